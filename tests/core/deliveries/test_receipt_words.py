"""Receipts in a peer's own words: the core finds the handler, stores the evidence, and applies the state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from budkavle.messaging import sending
from budkavle.model.errors import Invalid
from budkavle.model.receipts import Receipt, ReceiptResult, ReceiptWords
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.plugins import calls
from budkavle.plugins.hookspecs import hookimpl
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import plugin_module

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass
class Notes:
    """Reads `landed ID` and `lost ID`, and claims that the receipt is another's."""

    name: str = "notes"
    transport: str = "fake"
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        self.asked.append(context)
        what, _, delivery = words.decode("ascii", "replace").partition(" ")
        states = {"landed": DeliveryState.ACKNOWLEDGED, "lost": DeliveryState.REJECTED}
        return Receipt(uuid4(), "other", delivery, states[what], AT) if what in states else None


@dataclass
class Fails(Notes):
    """A handler that raises."""

    name: str = "fails"
    raised: BaseException = field(default_factory=lambda: RuntimeError("no"))

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        raise self.raised


@dataclass
class Nonsense(Notes):
    """A handler that answers with something else."""

    name: str = "nonsense"

    def read(self, words: bytes, context: Mapping[str, str]) -> Any:
        return "landed"


def handing_over(organisation: SampleOrganisation, words: bytes, **more: Any) -> ReceiptResult:
    host = organisation.platform.plugins.host("fake")
    result: ReceiptResult = host.receipt(ReceiptWords(organisation.id, "fake", words, **more))
    return result


@pytest.fixture
def sent(build_organisation: Callable[..., Any], draft: Callable[..., Any]) -> Callable[..., tuple[Any, UUID]]:
    """A delivery that waits for its receipt, in an installation with these handlers and other plugins."""

    def make(*handlers: Any, **others: Any) -> tuple[Any, UUID]:
        organisation = build_organisation(receipt_handlers=handlers, others=others)
        in_work(organisation.platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft())
        Worker(organisation.platform).work_once()
        return organisation, organisation.rows("SELECT id FROM deliveries")[0].id

    return make


@pytest.mark.feature("SD6")
def test_a_handler_reads_and_the_core_stores_and_applies(
    sent: Callable[..., tuple[Any, UUID]], notices: list[tuple[str, dict[str, Any]]]
) -> None:
    """The words are the evidence; whose receipt it is says the transport, never a handler."""
    notes = Notes()
    organisation, delivery = sent(notes)
    words = f"landed {delivery}".encode()
    result = handing_over(organisation, words, context={"ring": "7"})
    assert result.changed
    assert result.receipt == Receipt(
        organisation.id, "fake", str(delivery), DeliveryState.ACKNOWLEDGED, AT, evidence=words
    )
    assert organisation.delivery_states() == ["ACKNOWLEDGED"]
    assert notes.asked == [{"ring": "7", "organisation_id": str(organisation.id)}]
    (row,) = organisation.rows("SELECT applied, evidence FROM receipts")
    assert row.applied
    assert row.evidence is not None
    assert notices[-1] == ("state_changed", {"delivery_id": delivery, "state": "ACKNOWLEDGED"})
    assert not handing_over(organisation, words).changed, "the same again"


def test_other_bytes_may_be_the_evidence(sent: Callable[..., tuple[Any, UUID]]) -> None:
    """A signed envelope proves what a handler reads from inside it; a status of one's own server proves nothing."""
    organisation, delivery = sent(Notes())
    signed = handing_over(organisation, f"landed {delivery}".encode(), evidence=b"<signed/>").receipt
    assert signed is not None
    assert signed.evidence == b"<signed/>"
    bare = handing_over(organisation, f"lost {delivery}".encode(), evidence=b"").receipt
    assert bare is not None
    assert bare.evidence == b""
    assert [
        row.evidence is None for row in organisation.rows("SELECT evidence FROM receipts ORDER BY received_at")
    ] == [
        False,
        True,
    ]


def test_words_that_no_handler_reads_change_nothing(sent: Callable[..., tuple[Any, UUID]]) -> None:
    """Nor is a handler of another transport asked; the log says so without the words."""
    stranger = Notes("stranger", "pigeon")
    organisation, _ = sent(Notes(), stranger)
    with capture_logs() as logs:
        assert handing_over(organisation, b"hemligt") == ReceiptResult(None, changed=False)
    assert [(entry["event"], entry["bytes"]) for entry in logs] == [("receipt.not_read", 7)]
    assert "hemligt" not in str(logs)
    assert (stranger.asked, organisation.rows("SELECT 1 FROM receipts")) == ([], [])
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"]


def test_the_first_handler_that_reads_the_words_counts(sent: Callable[..., tuple[Any, UUID]]) -> None:
    """Another plugin may read another dialect of the same transport, or be asked first."""
    own, dialect = Notes(), Notes("dialect")
    first = plugin_module("dialect")
    first.budkavle_receipt_handlers = hookimpl(tryfirst=True)(lambda: [dialect])  # type: ignore[attr-defined]
    organisation, delivery = sent(own, dialect=first)
    assert handing_over(organisation, f"landed {delivery}".encode()).changed
    assert (len(dialect.asked), own.asked) == (1, [])


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(
    ("handler", "event"),
    [
        (Fails(), "plugin.failed"),
        (Fails(raised=SystemExit(3)), "plugin.failed"),
        (Nonsense(), "plugin.read_no_receipt"),
    ],
)
def test_another_plugins_handler_fails_alone(sent: Callable[..., tuple[Any, UUID]], handler: Notes, event: str) -> None:
    """It is logged, and the transport's own handler reads the words."""
    first = plugin_module("odd")
    first.budkavle_receipt_handlers = hookimpl(tryfirst=True)(lambda: [handler])  # type: ignore[attr-defined]
    organisation, delivery = sent(Notes(), odd=first)
    with capture_logs() as logs:
        assert handing_over(organisation, f"landed {delivery}".encode()).changed
    assert [(entry["event"], entry["plugin"]) for entry in logs if entry["log_level"] == "error"] == [(event, "odd")]
    assert [fault.called.plugin for fault in organisation.platform.plugins.walls.faults()] == ["odd"]


def test_a_handler_that_does_not_know_the_words_is_at_no_fault(sent: Callable[..., tuple[Any, UUID]]) -> None:
    """They may be of another dialect than its own."""
    first = plugin_module("odd")
    first.budkavle_receipt_handlers = hookimpl(tryfirst=True)(lambda: [Notes("odd")])  # type: ignore[attr-defined]
    organisation, _ = sent(Notes(), odd=first)
    assert not handing_over(organisation, b"hemligt").changed
    assert organisation.platform.plugins.walls.faults() == []


@pytest.mark.parametrize(("raised", "seen"), [(RuntimeError("no"), RuntimeError), (SystemExit(3), calls.Exited)])
def test_the_transports_own_handler_fails_before_its_eyes(
    sent: Callable[..., tuple[Any, UUID]], raised: BaseException, seen: type[Exception]
) -> None:
    """So that it does not tell its peer that all is well; what would end the process does not."""
    organisation, _ = sent(Fails(raised=raised))
    with pytest.raises(seen):
        handing_over(organisation, b"landed")


def test_a_plugin_speaks_for_its_own_transports_alone(sent: Callable[..., tuple[Any, UUID]]) -> None:
    """Another's deliveries are none of its business."""
    organisation, _ = sent(Notes())
    host = organisation.platform.plugins.host("fake")
    with pytest.raises(Invalid, match="transport"):
        host.receipt(ReceiptWords(organisation.id, "sdk", b"landed"))
