"""Traces of deliveries, for OpenTelemetry: off unless an endpoint is set, and then only a comparison for each span.

A delivery's trace is found by the delivery's id: that id is the trace id, on the sender's side and on the receiver's,
in web and worker alike, so nothing has to be stored or sent along. Spans have ids and names of parts, no content.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

_provider: "list[TracerProvider]" = []


def switch_on(endpoint: str | None, service: str, share: float = 1.0, processor: "SpanProcessor | None" = None) -> bool:
    """Begin to trace in this process, if there is an endpoint and the packages of `budkavle[telemetry]`.

    Args:
        endpoint: Where spans are sent by OTLP over HTTP; None leaves tracing off.
        service: The name of this process, such as `budkavle-web`.
        share: The share of deliveries and pages to trace.
        processor: Receives the spans instead of the endpoint.

    Returns:
        Whether it traces.
    """
    if endpoint is None or _provider:
        return bool(_provider)
    try:
        from budkavle.measures import spans
    except ImportError:
        return False
    _provider.append(spans.provider(endpoint, service, share, processor))
    return True


def switch_off() -> None:
    """Send waiting spans, and stop tracing."""
    while _provider:
        _provider.pop().shutdown()


def delivery_span(
    name: str, delivery_id: UUID | None, *, first: bool = False, **attributes: str | int
) -> AbstractContextManager[Any]:
    """Return a span in a delivery's trace for a block, linked to the surrounding span.

    Args:
        name: What is done, such as `delivery.attempt`.
        delivery_id: The delivery of the trace; None if there is none.
        first: Whether the trace begins with it.
        attributes: Ids and names of parts; never content, a person or an address.
    """
    return _in_trace(name, delivery_id, first, attributes) if _provider and delivery_id else nullcontext()


def span(name: str) -> AbstractContextManager[Any]:
    """Return a span in a separate trace for a block, such as a page."""
    if not _provider:
        return nullcontext()
    tracer = _provider[0].get_tracer("budkavle")
    return tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)


@contextmanager
def _in_trace(name: str, delivery_id: UUID, first: bool, attributes: dict[str, str | int]) -> Iterator[Any]:
    from budkavle.measures import spans

    values = {f"budkavle.{key}": value for key, value in attributes.items()}
    values["budkavle.delivery"] = str(delivery_id)
    tracer = _provider[0].get_tracer("budkavle")
    with spans.below(tracer, name, delivery_id.int, root_span(delivery_id), values, first=first) as made:
        yield made


def note(name: str, delivery_id: UUID | None, *, first: bool = False, **attributes: str | int) -> None:
    """Add a span for something that has happened, as `delivery_span` does."""
    with delivery_span(name, delivery_id, first=first, **attributes):
        pass


def root_span(delivery_id: UUID) -> int:
    """Return the id of the first span of a delivery's trace."""
    return int.from_bytes(hashlib.sha256(delivery_id.bytes).digest()[:8], "big") or 1
