"""The test kit for plugin authors: fixtures, working fakes, and the contract of each kind of plugin.

pytest loads `fixtures` itself wherever Budkavle is installed. The names below are the rest, as members of `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.testing import browsing
    from budkavle.testing.acting import in_work as in_work
    from budkavle.testing.actors import system_actor as system_actor
    from budkavle.testing.browsing import Browser as Browser
    from budkavle.testing.contracts import MAILBOX as MAILBOX
    from budkavle.testing.contracts import ORGANISATION as ORGANISATION
    from budkavle.testing.contracts import AdviserContract as AdviserContract
    from budkavle.testing.contracts import ApprovalKindContract as ApprovalKindContract
    from budkavle.testing.contracts import CleanUpContract as CleanUpContract
    from budkavle.testing.contracts import DirectoryContract as DirectoryContract
    from budkavle.testing.contracts import HoldBackContract as HoldBackContract
    from budkavle.testing.contracts import IdentityProviderContract as IdentityProviderContract
    from budkavle.testing.contracts import KeyProviderContract as KeyProviderContract
    from budkavle.testing.contracts import NotifierContract as NotifierContract
    from budkavle.testing.contracts import OutboxContract as OutboxContract
    from budkavle.testing.contracts import ReceiptHandlerContract as ReceiptHandlerContract
    from budkavle.testing.contracts import SettingsSectionContract as SettingsSectionContract
    from budkavle.testing.contracts import TransportContract as TransportContract
    from budkavle.testing.fakes import FakeDirectory as FakeDirectory
    from budkavle.testing.fakes import FakeIdentityProvider as FakeIdentityProvider
    from budkavle.testing.fakes import FakeNotifier as FakeNotifier
    from budkavle.testing.fakes import FakeTransport as FakeTransport
    from budkavle.testing.organisations import SampleOrganisation as SampleOrganisation
    from budkavle.testing.organisations import SampleUser as SampleUser
    from budkavle.testing.past import PastEvent as PastEvent
    from budkavle.testing.past import record_past as record_past
    from budkavle.testing.plugins import offer as offer
    from budkavle.testing.plugins import plugin_module as plugin_module
    from budkavle.testing.words import untranslated as untranslated
    from budkavle.testing.working import deliver_due as deliver_due
    from budkavle.testing.working import do_job as do_job

    browse = browsing.browsing
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
