"""A delivery's trace: from the page to the receipt, by the delivery's id alone, and without content."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import budkavle.measures
from budkavle.deliveries import receipts
from budkavle.measures import tracing
from budkavle.messaging import sending
from budkavle.model.errors import Misconfigured, Temporary
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import UserActor
from budkavle.model.receipts import Receipt
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.settings import load_settings
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation

ENDPOINT = "http://127.0.0.1:9/v1/traces"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """What is traced stays in memory."""
    kept = InMemorySpanExporter()
    assert tracing.switch_on(ENDPOINT, "budkavle-test", processor=SimpleSpanProcessor(kept))
    yield kept
    tracing.switch_off()


@pytest.mark.feature("ZO14")
def test_a_delivery_is_followed_from_the_page_to_the_receipt(
    exporter: InMemorySpanExporter,
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: UserActor,
    mailbox: FunctionMailbox,
    fake_transport: FakeTransport,
    draft: Callable[..., Any],
) -> None:
    """One trace has all of it, also a second attempt, and the page is linked; what was written is nowhere."""
    fake_transport.failures.append(Temporary("Anna Ek svarar inte."))
    with tracing.span("page"):
        in_work(platform, case_worker, sending.send, mailbox.id, draft())
    for _ in range(2):
        organisation.make_due()
        Worker(platform).work_once()
    delivery: UUID = organisation.rows("SELECT id FROM deliveries")[0].id
    receipt = Receipt(organisation.id, "fake", str(delivery), DeliveryState.ACKNOWLEDGED, datetime.now(UTC))
    in_work(platform, system_actor(organisation.id, name="fake"), receipts.receipt, receipt)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    own = [span for span in exporter.get_finished_spans() if span.context.trace_id == delivery.int]
    names = [span.name for span in own]
    assert names[0] == "delivery.queued"
    assert names.count("delivery.attempt") == names.count("transport.send") == 2
    assert names[-1] == "delivery.receipt"
    first = spans["delivery.queued"].context.span_id
    assert {span.parent.span_id for span in own if span.name in {"delivery.attempt", "delivery.receipt"}} == {first}
    attempts = {span.context.span_id for span in own if span.name == "delivery.attempt"}
    assert {span.parent.span_id for span in own if span.name == "transport.send"} == attempts
    assert [link.context.span_id for link in spans["delivery.queued"].links] == [spans["page"].context.span_id]
    said = str([(span.attributes, span.events, span.status.description) for span in own])
    assert not [word for word in ("Anna", "Kan ni", "@") if word in said]


def test_both_sides_find_the_same_trace(exporter: InMemorySpanExporter) -> None:
    """What receives knows the delivery's id alone: its span stands below the sender's first one."""
    delivery = uuid4()
    tracing.note("delivery.queued", delivery, first=True)
    tracing.note("delivery.received", delivery, transport="sdk")
    sent, received = exporter.get_finished_spans()
    assert received.context.trace_id == sent.context.trace_id == delivery.int
    assert received.parent is not None
    assert received.parent.span_id == sent.context.span_id
    with tracing.span("page"):
        tracing.note("delivery.queued", uuid4(), first=True)
    assert len({span.context.span_id for span in exporter.get_finished_spans()}) == 4


def test_nothing_is_traced_without_an_address() -> None:
    """Then a span is nothing at all, and what it would need is not made."""
    assert not tracing.switch_on(None, "budkavle-test")
    with tracing.span("page") as page, tracing.delivery_span("delivery.attempt", uuid4()) as attempt:
        assert (page, attempt) == (None, None)


@pytest.mark.parametrize("share", ["1.5", "-0.1"], ids=["more than all", "less than none"])
def test_a_share_is_from_none_to_all(tmp_path: Path, share: str) -> None:
    """Another one is refused as the settings are read, and not by what makes spans."""
    file = tmp_path / "budkavle.toml"
    file.write_text(f"[traces]\nshare = {share}\n", "utf-8")
    with pytest.raises(Misconfigured, match="share"):
        load_settings(file)


def test_without_the_packages_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are an extra: an installation without them does everything else."""
    monkeypatch.delitem(sys.modules, "budkavle.measures.spans", raising=False)
    monkeypatch.delattr(budkavle.measures, "spans", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    assert not tracing.switch_on(ENDPOINT, "budkavle-test")
    tracing.note("delivery.queued", uuid4(), first=True)
