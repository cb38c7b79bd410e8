"""Makes spans with OpenTelemetry's packages: import it only where something is traced."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.util.types import AttributeValue

_numbers: ContextVar[tuple[int, int] | None] = ContextVar("numbers", default=None)


class _Numbers(RandomIdGenerator):
    """Random ids, except for the first span of a delivery."""

    def generate_trace_id(self) -> int:
        """Return a trace's id."""
        numbers = _numbers.get()
        return numbers[0] if numbers else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """Return a span's id."""
        numbers = _numbers.get()
        return numbers[1] if numbers else super().generate_span_id()


def provider(endpoint: str, service: str, share: float, processor: SpanProcessor | None) -> TracerProvider:
    """Return the provider that makes spans and sends them."""
    if processor is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        processor = BatchSpanProcessor(OTLPSpanExporter(endpoint))
    made = TracerProvider(
        # By the trace's id alone, so that every host decides the same about a delivery.
        sampler=TraceIdRatioBased(share),
        resource=Resource.create({"service.name": service}),
        id_generator=_Numbers(),
        shutdown_on_exit=True,
    )
    made.add_span_processor(processor)
    return made


@contextmanager
def below(
    tracer: trace.Tracer,
    name: str,
    trace_id: int,
    first_span: int,
    values: Mapping[str, AttributeValue],
    *,
    first: bool,
) -> Iterator[trace.Span]:
    """Make a span in a delivery's trace for a block, linked to the surrounding span."""
    around = trace.get_current_span().get_span_context()
    links = [Link(around)] if around.is_valid and around.trace_id != trace_id else []
    context, token = Context(), None
    if first:
        token = _numbers.set((trace_id, first_span))
    elif around.trace_id == trace_id:
        context = trace.set_span_in_context(trace.get_current_span())
    else:
        root = SpanContext(trace_id, first_span, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        context = trace.set_span_in_context(NonRecordingSpan(root), context)
    try:
        made = tracer.start_span(name, context, links=links, attributes=values)
    finally:
        if token:
            _numbers.reset(token)
    # An exception may contain content: its kind is in the log, with the same ids.
    with trace.use_span(made, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        yield made
