"""What the core requires of a receipt handler."""

from collections.abc import Mapping

import pytest

from budkavle.model.receipts import Receipt
from budkavle.model.states import DELIVERY, DeliveryState
from budkavle.plugins import conformance
from budkavle.plugins.protocols.receipt_handler import ReceiptHandler
from budkavle.testing.contracts.base import NONSENSE, ORGANISATION


class ReceiptHandlerContract:
    """What the core requires of a receipt handler."""

    @pytest.fixture
    def handler(self) -> ReceiptHandler:
        """Return the handler; to be overridden."""
        pytest.fail("a contract needs the fixture `handler`")

    @pytest.fixture
    def words(self) -> bytes:
        """Return a peer's receipt; to be overridden."""
        pytest.fail("a contract needs the fixture `words`")

    @pytest.fixture
    def context(self) -> Mapping[str, str]:
        """Return what the transport knows besides the receipt's bytes."""
        return {"organisation_id": str(ORGANISATION)}

    def test_it_keeps_the_promise(self, handler: ReceiptHandler) -> None:
        """It has every attribute and method, with the right types."""
        assert [str(fault) for fault in conformance.faults("receipt_handlers", handler)] == []

    def test_a_receipt_is_read(self, handler: ReceiptHandler, words: bytes, context: Mapping[str, str]) -> None:
        """It names the delivery, a state that may follow SEND_IN_PROGRESS, and a time with its zone."""
        receipt = handler.read(words, context)
        assert isinstance(receipt, Receipt)
        assert receipt.remote_id
        assert receipt.state in DELIVERY[DeliveryState.SEND_IN_PROGRESS]
        assert receipt.at.tzinfo is not None

    def test_a_reason_fits_into_a_sentence(
        self, handler: ReceiptHandler, words: bytes, context: Mapping[str, str]
    ) -> None:
        """A reason with a code stands within a sentence, before its code: it has no full stop of its own."""
        receipt = handler.read(words, context)
        assert [reason.text for reason in receipt.reasons if reason.code and reason.text.endswith(".")] == []  # type: ignore[union-attr]

    def test_reading_is_pure(self, handler: ReceiptHandler, words: bytes, context: Mapping[str, str]) -> None:
        """The same bytes always give the same receipt."""
        assert handler.read(words, context) == handler.read(words, context)

    def test_nonsense_is_no_receipt(self, handler: ReceiptHandler, context: Mapping[str, str]) -> None:
        """Bytes that are not a receipt of this kind give None, and raise no error."""
        assert [handler.read(nonsense, context) for nonsense in NONSENSE] == [None] * len(NONSENSE)
