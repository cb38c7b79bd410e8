"""What the core counts on in a reader of receipts."""

from collections.abc import Mapping

import pytest

from budkavle.model.receipts import Receipt
from budkavle.model.states import DELIVERY, DeliveryState
from budkavle.plugins import conformance
from budkavle.plugins.protocols.receipt_handler import ReceiptHandler
from budkavle.testing.contracts.base import NONSENSE, ORGANISATION


class ReceiptHandlerContract:
    """What the core counts on in a reader of receipts."""

    @pytest.fixture
    def handler(self) -> ReceiptHandler:
        """Give the handler; to be overridden."""
        pytest.fail("a contract needs the fixture `handler`")

    @pytest.fixture
    def words(self) -> bytes:
        """Give a peer's receipt; to be overridden."""
        pytest.fail("a contract needs the fixture `words`")

    @pytest.fixture
    def context(self) -> Mapping[str, str]:
        """Give what the transport knows beside the words."""
        return {"organisation_id": str(ORGANISATION)}

    def test_it_keeps_the_promise(self, handler: ReceiptHandler) -> None:
        """Every attribute and method is there, of the right type."""
        assert [str(fault) for fault in conformance.faults("receipt_handlers", handler)] == []

    def test_a_receipt_is_read(self, handler: ReceiptHandler, words: bytes, context: Mapping[str, str]) -> None:
        """It names the delivery, a state that a delivery under way may get, and a time with its zone."""
        receipt = handler.read(words, context)
        assert isinstance(receipt, Receipt)
        assert receipt.remote_id
        assert receipt.state in DELIVERY[DeliveryState.SEND_IN_PROGRESS]
        assert receipt.at.tzinfo is not None
        assert receipt.evidence == words

    def test_reading_is_pure(self, handler: ReceiptHandler, words: bytes, context: Mapping[str, str]) -> None:
        """The same words always mean the same."""
        assert handler.read(words, context) == handler.read(words, context)

    def test_nonsense_is_no_receipt(self, handler: ReceiptHandler, context: Mapping[str, str]) -> None:
        """What is not a receipt of this kind gives None, and raises nothing."""
        assert [handler.read(nonsense, context) for nonsense in NONSENSE] == [None] * len(NONSENSE)
