"""Budkavle: secure messages between functions. This is the face; a plugin imports its names from here.

What pages, forms and guests need is in `budkavle.web`, what tests need in `budkavle.testing`. Nothing else is promised.
Each name stands here once: a type checker reads the lines below, and at run time `lazy_names` reads the same lines and
imports a name's module at its first use, so that the command line starts quickly.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.accounts import delegations, mailboxes, organisations, preferences, users
    from budkavle.accounts.delegations import delegate as delegate
    from budkavle.accounts.delegations import end_delegation as end_delegation
    from budkavle.accounts.mailboxes import add_members as add_members
    from budkavle.accounts.mailboxes import all_mailboxes as all_mailboxes
    from budkavle.accounts.mailboxes import create_mailbox as create_mailbox
    from budkavle.accounts.mailboxes import mailbox_exists as mailbox_exists
    from budkavle.accounts.organisations import all_organisations as all_organisations
    from budkavle.accounts.organisations import create_organisation as create_organisation
    from budkavle.accounts.organisations import enter_organisation as enter_organisation
    from budkavle.accounts.organisations import organisation_by_slug as organisation_by_slug
    from budkavle.accounts.permissions import require_admin as require_admin
    from budkavle.accounts.permissions import require_manager as require_manager
    from budkavle.accounts.permissions import require_member as require_member
    from budkavle.accounts.permissions import require_platform as require_platform
    from budkavle.accounts.permissions import standing as standing
    from budkavle.accounts.preferences import prefer as prefer
    from budkavle.accounts.users import create_user as create_user
    from budkavle.accounts.users import search_users as search_users
    from budkavle.cases import attachments, counts, inbox
    from budkavle.cases.actions import close as close
    from budkavle.cases.actions import take as take
    from budkavle.cases.inbox import CaseFilter as CaseFilter
    from budkavle.cases.owned_files import OwnedFiles as OwnedFiles
    from budkavle.cli.tell import translate as translate
    from budkavle.deliveries import delivery_facts, evidence
    from budkavle.deliveries.delivery_facts import Fact as Fact
    from budkavle.deliveries.delivery_history import DeliveryHistory as DeliveryHistory
    from budkavle.deliveries.delivery_history import delivery_histories as delivery_histories
    from budkavle.deliveries.delivery_queries import SentDelivery as SentDelivery
    from budkavle.deliveries.delivery_queries import SentFilter as SentFilter
    from budkavle.deliveries.delivery_queries import delivery_states as delivery_states
    from budkavle.deliveries.delivery_queries import sent_deliveries as sent_deliveries
    from budkavle.deliveries.delivery_queries import waiting_deliveries as waiting_deliveries
    from budkavle.deliveries.evidence import Evidence as Evidence
    from budkavle.deliveries.failure_explanation import explain_failure as explain_failure
    from budkavle.host import Host as Host
    from budkavle.i18n import translations as translations
    from budkavle.identification import identities, rate_limit
    from budkavle.identification.rate_limit import Limit as Limit
    from budkavle.messaging import case_view
    from budkavle.messaging.case_view import CaseView as CaseView
    from budkavle.messaging.case_view import open_attachment as open_attachment
    from budkavle.messaging.message_list import ListedMessage as ListedMessage
    from budkavle.messaging.message_list import MessageFilter as MessageFilter
    from budkavle.messaging.message_list import MessageMark as MessageMark
    from budkavle.messaging.message_list import answerable_message as answerable_message
    from budkavle.messaging.message_list import existing_messages as existing_messages
    from budkavle.messaging.message_list import messages_named as messages_named
    from budkavle.messaging.message_list import messages_since as messages_since
    from budkavle.messaging.sending import receipt as receipt
    from budkavle.messaging.sending import send as send
    from budkavle.model.errors import BudkavleError as BudkavleError
    from budkavle.model.errors import Conflict as Conflict
    from budkavle.model.errors import Forbidden as Forbidden
    from budkavle.model.errors import Invalid as Invalid
    from budkavle.model.errors import Misconfigured as Misconfigured
    from budkavle.model.errors import NotFound as NotFound
    from budkavle.model.errors import NotSignedIn as NotSignedIn
    from budkavle.model.errors import NotYet as NotYet
    from budkavle.model.errors import Permanent as Permanent
    from budkavle.model.errors import Temporary as Temporary
    from budkavle.model.errors import TooLarge as TooLarge
    from budkavle.model.errors import Unavailable as Unavailable
    from budkavle.model.identifiers import as_uuid as as_uuid
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
    from budkavle.model.states import DeliveryState as DeliveryState
    from budkavle.model.states import IncomingState as IncomingState
    from budkavle.model.swedish_numbers import personal_number as personal_number
    from budkavle.model.swedish_numbers import phone_number as phone_number
    from budkavle.operations.outbound_http import check_outside_url as check_outside_url
    from budkavle.operations.outbound_http import outside_client as outside_client
    from budkavle.plugins.bounded_process import Bounds as Bounds
    from budkavle.plugins.bounded_process import bounded as bounded
    from budkavle.plugins.calls import call as call
    from budkavle.plugins.hookspecs import hookimpl as hookimpl
    from budkavle.plugins.hookspecs import hookspec as hookspec
    from budkavle.plugins.job import Job as Job
    from budkavle.plugins.optional_protocols import FactWords as FactWords
    from budkavle.plugins.optional_protocols import KeepsFavourites as KeepsFavourites
    from budkavle.plugins.optional_protocols import KnowsSenders as KnowsSenders
    from budkavle.plugins.optional_protocols import Listing as Listing
    from budkavle.plugins.optional_protocols import StateWords as StateWords
    from budkavle.plugins.outbox import Outbox as Outbox
    from budkavle.plugins.outbox import OutboxEntry as OutboxEntry
    from budkavle.plugins.protocols import Advice as Advice
    from budkavle.plugins.protocols import Adviser as Adviser
    from budkavle.plugins.protocols import Backoff as Backoff
    from budkavle.plugins.protocols import Capabilities as Capabilities
    from budkavle.plugins.protocols import Directory as Directory
    from budkavle.plugins.protocols import Entry as Entry
    from budkavle.plugins.protocols import Failed as Failed
    from budkavle.plugins.protocols import Field as Field
    from budkavle.plugins.protocols import Health as Health
    from budkavle.plugins.protocols import HealthCheck as HealthCheck
    from budkavle.plugins.protocols import IdentityProvider as IdentityProvider
    from budkavle.plugins.protocols import Poll as Poll
    from budkavle.plugins.protocols import Prompt as Prompt
    from budkavle.plugins.protocols import ReceiptHandler as ReceiptHandler
    from budkavle.plugins.protocols import Redirect as Redirect
    from budkavle.plugins.protocols import Step as Step
    from budkavle.plugins.protocols import Transport as Transport
    from budkavle.plugins.provider_traits import ProviderTraits as ProviderTraits
    from budkavle.storage.audit import record as record
    from budkavle.storage.audit import signed_entries as signed_entries
    from budkavle.storage.event_log import EventLog as EventLog
    from budkavle.storage.outbox import NewEntry as NewEntry
    from budkavle.storage.outbox import enqueue as enqueue
    from budkavle.storage.pipeline import QueryFile as QueryFile
    from budkavle.storage.pipeline import Statement as Statement
    from budkavle.storage.platform import Platform as Platform
    from budkavle.storage.platform import Work as Work

    list_delegations = delegations.delegations
    find_mailbox = mailboxes.mailbox
    find_organisation = organisations.organisation
    read_preferences = preferences.preferences
    find_user = users.user
    store_attachment = attachments.store
    list_boxes = counts.mailbox_counts
    list_cases = inbox.inbox
    list_sent = inbox.sent
    note_fact = delivery_facts.note
    read_evidence = evidence.evidence
    identity_accounts = identities.accounts
    keep_identity_secret = identities.store_secret
    link_identity = identities.link
    linked_identities = identities.linked
    within_limit = rate_limit.within
    find_message = case_view.message
    find_messages = case_view.messages
    read_case = case_view.case
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
