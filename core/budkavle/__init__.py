"""Budkavle: secure messages between functions. This is the face; a plugin needs to import nothing else.

Names are fetched from their modules at the first use, so that the command line starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from budkavle.accounts.delegations import Delegation, delegate, end_delegation
    from budkavle.accounts.delegations import delegations as list_delegations
    from budkavle.accounts.mailboxes import (
        add_members,
        all_mailboxes,
        create_mailbox,
        members,
        remove_members,
        set_administrator,
        update_mailbox,
    )
    from budkavle.accounts.mailboxes import mailbox as find_mailbox
    from budkavle.accounts.organisations import (
        all_organisations,
        create_organisation,
        enter_organisation,
        update_organisation,
    )
    from budkavle.accounts.organisations import organisation as find_organisation
    from budkavle.accounts.permissions import (
        Standing,
        require_admin,
        require_manager,
        require_member,
        require_platform,
        standing,
    )
    from budkavle.accounts.preferences import prefer
    from budkavle.accounts.preferences import preferences as read_preferences
    from budkavle.accounts.users import create_user, search_users, update_user
    from budkavle.accounts.users import user as find_user
    from budkavle.cases.actions import (
        bin_case,
        close,
        mark_read,
        mark_unread,
        release,
        reopen,
        restore,
        take,
        take_over,
    )
    from budkavle.cases.attachments import discard as discard_attachment
    from budkavle.cases.attachments import store as store_attachment
    from budkavle.cases.counts import boxes as list_boxes
    from budkavle.cases.counts import counts
    from budkavle.cases.inbox import CaseFilter, Page, Scope, Sent
    from budkavle.cases.inbox import inbox as list_cases
    from budkavle.cases.inbox import sent as list_sent
    from budkavle.cases.mailbox_deletion import delete_mailbox
    from budkavle.cases.search import search as search_cases
    from budkavle.cli.tell import told
    from budkavle.deliveries.delivery_facts import Fact
    from budkavle.deliveries.delivery_facts import note as note_fact
    from budkavle.deliveries.evidence import Evidence
    from budkavle.deliveries.evidence import evidence as read_evidence
    from budkavle.deliveries.recall import recall
    from budkavle.host import Host
    from budkavle.i18n import translations
    from budkavle.identification.guest_sessions import Guest
    from budkavle.identification.identities import accounts as identity_accounts
    from budkavle.identification.identities import keep_secret as keep_identity_secret
    from budkavle.identification.identities import link as link_identity
    from budkavle.identification.identities import linked as linked_identities
    from budkavle.identification.identities import secret as identity_secret
    from budkavle.identification.outcome import GuestOf
    from budkavle.identification.rate_limit import Limit
    from budkavle.identification.rate_limit import within as within_limit
    from budkavle.messaging.arrival_notice import Newcomer, newcomer
    from budkavle.messaging.assurance import guest_methods
    from budkavle.messaging.case_view import CaseView, open_attachment
    from budkavle.messaging.case_view import case as read_case
    from budkavle.messaging.case_view import message as find_message
    from budkavle.messaging.case_view import messages as find_messages
    from budkavle.messaging.guest_access import Peek, peek
    from budkavle.messaging.guest_access import answer as answer_as_guest
    from budkavle.messaging.guest_access import open_file as open_guest_file
    from budkavle.messaging.guest_access import open_message as open_guest_message
    from budkavle.messaging.receiving import Accepted, accept, refuse
    from budkavle.messaging.sending import receipt, retry, send
    from budkavle.model.errors import (
        BudkavleError,
        Conflict,
        Forbidden,
        Invalid,
        Misconfigured,
        NotFound,
        NotSignedIn,
        NotYet,
        Permanent,
        StepUp,
        Temporary,
        TooLarge,
        Unavailable,
    )
    from budkavle.model.identifiers import as_uuid
    from budkavle.model.loa import Loa
    from budkavle.model.mailboxes import Case, CaseEvent, FunctionMailbox, MailboxKind, Member
    from budkavle.model.messages import (
        Address,
        Attachment,
        Delivery,
        DeliveryEvent,
        Direction,
        Draft,
        Fault,
        File,
        Incoming,
        Message,
        Outcome,
        Outgoing,
        Person,
        Purpose,
        ReceiptToSend,
        Reference,
        Refusal,
        SenderCheck,
        Terms,
    )
    from budkavle.model.people import (
        Actor,
        ActorScope,
        GuestActor,
        Identity,
        Organisation,
        Role,
        SystemActor,
        User,
        UserActor,
    )
    from budkavle.model.receipts import Reason, Receipt, ReceiptResult, ReceiptWords
    from budkavle.model.states import CaseState, DeliveryState, IncomingState
    from budkavle.model.swedish_numbers import personal_number, phone_number
    from budkavle.operations.outbound_http import check_outside_url, outside_client
    from budkavle.plugins.bounded_process import Bounds, bounded
    from budkavle.plugins.calls import call
    from budkavle.plugins.hookspecs import hookimpl, hookspec
    from budkavle.plugins.job import Job
    from budkavle.plugins.optional_protocols import KnowsSenders, Listing, SaysStates, StateWords
    from budkavle.plugins.protocols import (
        Advice,
        Adviser,
        Backoff,
        Capabilities,
        Directory,
        Entry,
        Failed,
        Field,
        FindsMany,
        Health,
        HealthCheck,
        IdentityProvider,
        KeepsFavourites,
        MaybeAsync,
        Panel,
        Poll,
        Prompt,
        ReceiptHandler,
        Redirect,
        Step,
        TakesBack,
        Transport,
    )
    from budkavle.plugins.provider_traits import ProviderTraits
    from budkavle.storage.audit import record
    from budkavle.storage.pipeline import QueryFile, Statement
    from budkavle.storage.platform import Platform, Work
    from budkavle.web.auth import Visitor
    from budkavle.web.http.embedding import Frame
    from budkavle.web.http.forms import Form, WebRequest, check_token, read_multipart
    from budkavle.web.http.request_limits import allow as allow_body
    from budkavle.web.identification import admit_guest, dismiss_guest, identify_guest
    from budkavle.web.identification import page as guest_page
    from budkavle.web.popup import Window
    from budkavle.web.views.layout import page as plugin_page

__all__ = [
    "Accepted",
    "Actor",
    "ActorScope",
    "Address",
    "Advice",
    "Adviser",
    "Attachment",
    "Backoff",
    "Bounds",
    "BudkavleError",
    "Capabilities",
    "Case",
    "CaseEvent",
    "CaseFilter",
    "CaseState",
    "CaseView",
    "Conflict",
    "Delegation",
    "Delivery",
    "DeliveryEvent",
    "DeliveryState",
    "Direction",
    "Directory",
    "Draft",
    "Entry",
    "Evidence",
    "Fact",
    "Failed",
    "Fault",
    "Field",
    "File",
    "FindsMany",
    "Forbidden",
    "Form",
    "Frame",
    "FunctionMailbox",
    "Guest",
    "GuestActor",
    "GuestOf",
    "Health",
    "HealthCheck",
    "Host",
    "Identity",
    "IdentityProvider",
    "Incoming",
    "IncomingState",
    "Invalid",
    "Job",
    "KeepsFavourites",
    "KnowsSenders",
    "Limit",
    "Listing",
    "Loa",
    "MailboxKind",
    "MaybeAsync",
    "Member",
    "Message",
    "Misconfigured",
    "Newcomer",
    "NotFound",
    "NotSignedIn",
    "NotYet",
    "Organisation",
    "Outcome",
    "Outgoing",
    "Page",
    "Panel",
    "Peek",
    "Permanent",
    "Person",
    "Platform",
    "Poll",
    "Prompt",
    "ProviderTraits",
    "Purpose",
    "QueryFile",
    "Reason",
    "Receipt",
    "ReceiptHandler",
    "ReceiptResult",
    "ReceiptToSend",
    "ReceiptWords",
    "Redirect",
    "Reference",
    "Refusal",
    "Role",
    "SaysStates",
    "Scope",
    "SenderCheck",
    "Sent",
    "Standing",
    "StateWords",
    "Statement",
    "Step",
    "StepUp",
    "SystemActor",
    "TakesBack",
    "Temporary",
    "Terms",
    "TooLarge",
    "Transport",
    "Unavailable",
    "User",
    "UserActor",
    "Visitor",
    "WebRequest",
    "Window",
    "Work",
    "accept",
    "add_members",
    "admit_guest",
    "all_mailboxes",
    "all_organisations",
    "allow_body",
    "answer_as_guest",
    "as_uuid",
    "bin_case",
    "bounded",
    "call",
    "check_outside_url",
    "check_token",
    "close",
    "counts",
    "create_mailbox",
    "create_organisation",
    "create_user",
    "delegate",
    "delete_mailbox",
    "discard_attachment",
    "dismiss_guest",
    "end_delegation",
    "enter_organisation",
    "find_mailbox",
    "find_message",
    "find_messages",
    "find_organisation",
    "find_user",
    "guest_methods",
    "guest_page",
    "hookimpl",
    "hookspec",
    "identify_guest",
    "identity_accounts",
    "identity_secret",
    "keep_identity_secret",
    "link_identity",
    "linked_identities",
    "list_boxes",
    "list_cases",
    "list_delegations",
    "list_sent",
    "mark_read",
    "mark_unread",
    "members",
    "newcomer",
    "note_fact",
    "open_attachment",
    "open_guest_file",
    "open_guest_message",
    "outside_client",
    "peek",
    "personal_number",
    "phone_number",
    "plugin_page",
    "prefer",
    "read_case",
    "read_evidence",
    "read_multipart",
    "read_preferences",
    "recall",
    "receipt",
    "record",
    "refuse",
    "release",
    "remove_members",
    "reopen",
    "require_admin",
    "require_manager",
    "require_member",
    "require_platform",
    "restore",
    "retry",
    "search_cases",
    "search_users",
    "send",
    "set_administrator",
    "standing",
    "store_attachment",
    "take",
    "take_over",
    "told",
    "translations",
    "update_mailbox",
    "update_organisation",
    "update_user",
    "within_limit",
]

_HOMES = {
    "web.http.embedding": "Frame",
    "web.popup": "Window",
    "web.identification": "identify_guest page=guest_page admit_guest dismiss_guest",
    "accounts.preferences": "prefer preferences=read_preferences",
    "accounts.delegations": "Delegation delegate delegations=list_delegations end_delegation",
    "identification.guest_sessions": "Guest",
    "identification.outcome": "GuestOf",
    "identification.identities": "accounts=identity_accounts keep_secret=keep_identity_secret link=link_identity linked=linked_identities secret=identity_secret",  # noqa: E501 - a list
    "messaging.receiving": "Accepted accept refuse",
    "messaging.assurance": "guest_methods",
    "model.swedish_numbers": "personal_number phone_number",
    "cases.mailbox_deletion": "delete_mailbox",
    "identification.rate_limit": "Limit within=within_limit",
    "storage.audit": "record",
    "plugins.bounded_process": "Bounds bounded",
    "accounts.mailboxes": "add_members all_mailboxes create_mailbox mailbox=find_mailbox members remove_members set_administrator update_mailbox",  # noqa: E501 - a list
    "plugins.calls": "call",
    "cli.tell": "told",
    "cases.actions": "bin_case close mark_read mark_unread release reopen restore take take_over",
    "plugins.protocols": (
        "Advice Adviser Backoff Capabilities Directory Entry Failed Field FindsMany Health HealthCheck "
        "IdentityProvider KeepsFavourites MaybeAsync Panel Poll Prompt ReceiptHandler Redirect Step "
        "TakesBack Transport"
    ),
    "plugins.provider_traits": "ProviderTraits",
    "plugins.optional_protocols": "KnowsSenders Listing SaysStates StateWords",
    "storage.pipeline": "QueryFile Statement",
    "model.errors": (
        "BudkavleError Conflict Forbidden Invalid Misconfigured NotFound NotSignedIn NotYet Permanent StepUp Temporary "
        "TooLarge Unavailable"
    ),
    "deliveries.evidence": "Evidence evidence=read_evidence",
    "deliveries.delivery_facts": "Fact note=note_fact",
    "messaging.guest_access": "Peek answer=answer_as_guest open_file=open_guest_file open_message=open_guest_message peek",  # noqa: E501 - a list
    "plugins.hookspecs": "hookimpl hookspec",
    "host": "Host",
    "cases.inbox": "CaseFilter Page Scope Sent inbox=list_cases sent=list_sent",
    "model.loa": "Loa",
    "model.mailboxes": "Case CaseEvent FunctionMailbox MailboxKind Member",
    "model.messages": (
        "Address Attachment Delivery DeliveryEvent Direction Draft Fault File Incoming Message Outcome "
        "Outgoing Person Purpose ReceiptToSend Reference Refusal SenderCheck Terms"
    ),
    "operations.outbound_http": "check_outside_url outside_client",
    "accounts.organisations": "all_organisations create_organisation enter_organisation organisation=find_organisation update_organisation",  # noqa: E501 - a list
    "model.people": "Actor ActorScope GuestActor Identity Organisation Role SystemActor User UserActor",
    "plugins.job": "Job",
    "storage.platform": "Platform Work",
    "cases.counts": "boxes=list_boxes counts",
    "messaging.case_view": "CaseView case=read_case open_attachment message=find_message messages=find_messages",
    "deliveries.recall": "recall",
    "model.receipts": "Reason Receipt ReceiptResult ReceiptWords",
    "accounts.permissions": "Standing require_admin require_manager require_member require_platform standing",
    "messaging.sending": "receipt retry send",
    "cases.search": "search=search_cases",
    "model.identifiers": "as_uuid",
    "model.states": "CaseState DeliveryState IncomingState",
    "cases.attachments": "discard=discard_attachment store=store_attachment",
    "accounts.users": "create_user user=find_user search_users update_user",
    "web.http.request_limits": "allow=allow_body",
    "web.http.forms": "Form WebRequest read_multipart check_token",
    "web.auth": "Visitor",
    "web.views.layout": "page=plugin_page",
    "i18n": "translations",
    "messaging.arrival_notice": "Newcomer newcomer",
}
"""Modules and the names that are theirs, `OWN=FACE` where a module has the face's name already."""
_FOUND = {
    word.rpartition("=")[2]: (module, word.partition("=")[0])
    for module, words in _HOMES.items()
    for word in words.split()
}


def __getattr__(name: str) -> Any:
    if name not in _FOUND:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, own = _FOUND[name]
    return globals().setdefault(name, getattr(import_module(f"{__name__}.{module}"), own))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
