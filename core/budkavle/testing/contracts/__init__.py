"""The contract tests: what every transport, directory, identity provider, outbox, notifier and so on must do.

Write a class in your tests that inherits from one of these, with a fixture for the object, and pytest runs the
whole contract against it. The built-in plugins pass the same.

    class TestPigeon(TransportContract):
        @pytest.fixture
        def transport(self): return Pigeon(...)

        @pytest.fixture
        def recipient(self): return Address("pigeon", "loft 7")
"""

from budkavle.testing.contracts.adviser import AdviserContract
from budkavle.testing.contracts.approval import ApprovalKindContract
from budkavle.testing.contracts.base import MAILBOX, ORGANISATION
from budkavle.testing.contracts.destruction import CleanUpContract, HoldBackContract
from budkavle.testing.contracts.directory import DirectoryContract
from budkavle.testing.contracts.identity_provider import IdentityProviderContract
from budkavle.testing.contracts.key_provider import KeyProviderContract
from budkavle.testing.contracts.notifier import NotifierContract
from budkavle.testing.contracts.outbox import OutboxContract
from budkavle.testing.contracts.receipt_handler import ReceiptHandlerContract
from budkavle.testing.contracts.settings_section import SettingsSectionContract
from budkavle.testing.contracts.transport import TransportContract

__all__ = [
    "MAILBOX",
    "ORGANISATION",
    "AdviserContract",
    "ApprovalKindContract",
    "CleanUpContract",
    "DirectoryContract",
    "HoldBackContract",
    "IdentityProviderContract",
    "KeyProviderContract",
    "NotifierContract",
    "OutboxContract",
    "ReceiptHandlerContract",
    "SettingsSectionContract",
    "TransportContract",
]
