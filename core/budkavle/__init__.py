"""Budkavle: secure messages between functions. This is the face, from which plugins import.

The functions of each subject are in its folder: `budkavle.accounts`, `budkavle.cases`, `budkavle.deliveries` and so on.
`budkavle.web` has pages, forms and guests, `budkavle.testing` has the test kit. All other modules are internal.
Each name is listed here once: a type checker reads the lines below, and at run time `lazy_names` reads the same lines
and imports a name's module when it is first used, so that the command line starts quickly.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.cli.tell import translate as translate
    from budkavle.csv_files import write_csv as write_csv
    from budkavle.host import Host as Host
    from budkavle.i18n import translations as translations
    from budkavle.model.errors import BudkavleError as BudkavleError
    from budkavle.model.errors import Conflict as Conflict
    from budkavle.model.errors import Damaged as Damaged
    from budkavle.model.errors import Forbidden as Forbidden
    from budkavle.model.errors import Invalid as Invalid
    from budkavle.model.errors import Misconfigured as Misconfigured
    from budkavle.model.errors import NotFound as NotFound
    from budkavle.model.errors import NotYet as NotYet
    from budkavle.model.errors import Permanent as Permanent
    from budkavle.model.errors import Temporary as Temporary
    from budkavle.model.errors import TooLarge as TooLarge
    from budkavle.model.errors import Unavailable as Unavailable
    from budkavle.model.input_rules.identifiers import as_uuid as as_uuid
    from budkavle.model.input_rules.swedish_numbers import personal_number as personal_number
    from budkavle.model.input_rules.swedish_numbers import phone_number as phone_number
    from budkavle.model.loa import Loa as Loa
    from budkavle.model.mailboxes import FunctionMailbox as FunctionMailbox
    from budkavle.model.mailboxes import MailboxKind as MailboxKind
    from budkavle.model.messages import Address as Address
    from budkavle.model.messages import Attachment as Attachment
    from budkavle.model.messages import Delivery as Delivery
    from budkavle.model.messages import DeliveryEvent as DeliveryEvent
    from budkavle.model.messages import Direction as Direction
    from budkavle.model.messages import Draft as Draft
    from budkavle.model.messages import Fault as Fault
    from budkavle.model.messages import File as File
    from budkavle.model.messages import Incoming as Incoming
    from budkavle.model.messages import Message as Message
    from budkavle.model.messages import Outcome as Outcome
    from budkavle.model.messages import Outgoing as Outgoing
    from budkavle.model.messages import Person as Person
    from budkavle.model.messages import Purpose as Purpose
    from budkavle.model.messages import ReceiptToSend as ReceiptToSend
    from budkavle.model.messages import Reference as Reference
    from budkavle.model.messages import Refusal as Refusal
    from budkavle.model.messages import Terms as Terms
    from budkavle.model.people import Actor as Actor
    from budkavle.model.people import ActorScope as ActorScope
    from budkavle.model.people import Identity as Identity
    from budkavle.model.people import Organisation as Organisation
    from budkavle.model.people import Role as Role
    from budkavle.model.people import SystemActor as SystemActor
    from budkavle.model.people import UserActor as UserActor
    from budkavle.model.receipts import Reason as Reason
    from budkavle.model.receipts import Receipt as Receipt
    from budkavle.model.receipts import ReceiptWords as ReceiptWords
    from budkavle.model.sentences import Sentence as Sentence
    from budkavle.model.settings_sections import Setting as Setting
    from budkavle.model.settings_sections import SettingsSection as SettingsSection
    from budkavle.model.settings_sections import SettingsTest as SettingsTest
    from budkavle.model.states import DeliveryState as DeliveryState
    from budkavle.model.states import IncomingState as IncomingState
    from budkavle.operations.outbound_http import check_outside_url as check_outside_url
    from budkavle.operations.outbound_http import outside_client as outside_client
    from budkavle.plugins.bounded_process import Bounds as Bounds
    from budkavle.plugins.bounded_process import bounded as bounded
    from budkavle.plugins.calls import call as call
    from budkavle.plugins.hookspecs import hookimpl as hookimpl
    from budkavle.plugins.hookspecs import hookspec as hookspec
    from budkavle.plugins.protocols.adviser import Advice as Advice
    from budkavle.plugins.protocols.adviser import Adviser as Adviser
    from budkavle.plugins.protocols.directory import Directory as Directory
    from budkavle.plugins.protocols.directory import Entry as Entry
    from budkavle.plugins.protocols.directory import KeepsFavourites as KeepsFavourites
    from budkavle.plugins.protocols.directory import KnowsSenders as KnowsSenders
    from budkavle.plugins.protocols.directory import Listing as Listing
    from budkavle.plugins.protocols.health import Health as Health
    from budkavle.plugins.protocols.health import HealthCheck as HealthCheck
    from budkavle.plugins.protocols.identity_provider import Failed as Failed
    from budkavle.plugins.protocols.identity_provider import Field as Field
    from budkavle.plugins.protocols.identity_provider import IdentityProvider as IdentityProvider
    from budkavle.plugins.protocols.identity_provider import Poll as Poll
    from budkavle.plugins.protocols.identity_provider import Prompt as Prompt
    from budkavle.plugins.protocols.identity_provider import ProviderTraits as ProviderTraits
    from budkavle.plugins.protocols.identity_provider import Redirect as Redirect
    from budkavle.plugins.protocols.identity_provider import Step as Step
    from budkavle.plugins.protocols.job import Job as Job
    from budkavle.plugins.protocols.key_provider import KeyProvider as KeyProvider
    from budkavle.plugins.protocols.outbox import Outbox as Outbox
    from budkavle.plugins.protocols.outbox import OutboxEntry as OutboxEntry
    from budkavle.plugins.protocols.receipt_handler import ReceiptHandler as ReceiptHandler
    from budkavle.plugins.protocols.transport import Backoff as Backoff
    from budkavle.plugins.protocols.transport import Capabilities as Capabilities
    from budkavle.plugins.protocols.transport import FactWords as FactWords
    from budkavle.plugins.protocols.transport import StateWords as StateWords
    from budkavle.plugins.protocols.transport import Transport as Transport
    from budkavle.storage.audit import record as record
    from budkavle.storage.platform import Platform as Platform
    from budkavle.storage.platform import Work as Work
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
