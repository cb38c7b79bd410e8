"""Budkavle: secure messages between functions. This is the face; a plugin needs to import nothing else.

Names are fetched from their modules at the first use, so that the command line starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from budkavle.arrivals import Accepted, accept, refuse
    from budkavle.assurance import guest_methods
    from budkavle.attempts import Limit
    from budkavle.attempts import within as within_limit
    from budkavle.audit import record
    from budkavle.bounds import Bounds, bounded
    from budkavle.boxes import (
        add_members,
        all_mailboxes,
        create_mailbox,
        members,
        remove_members,
        set_administrator,
        update_mailbox,
    )
    from budkavle.boxes import mailbox as find_mailbox
    from budkavle.calling import call
    from budkavle.cases import bin_case, close, mark_read, mark_unread, release, reopen, restore, take, take_over
    from budkavle.cli.tell import told
    from budkavle.contracts import (
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
    from budkavle.database import Statement
    from budkavle.delegations import Delegation, delegate, end_delegation
    from budkavle.delegations import delegations as list_delegations
    from budkavle.errors import (
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
    from budkavle.evidence import Evidence
    from budkavle.evidence import evidence as read_evidence
    from budkavle.facts import Fact
    from budkavle.facts import note as note_fact
    from budkavle.guest_reading import Peek, peek
    from budkavle.guest_reading import answer as answer_as_guest
    from budkavle.guest_reading import open_file as open_guest_file
    from budkavle.guest_reading import open_message as open_guest_message
    from budkavle.guest_sessions import Guest
    from budkavle.hookspecs import hookimpl
    from budkavle.host import Host
    from budkavle.i18n import translations
    from budkavle.identified import GuestOf
    from budkavle.identities import accounts as identity_accounts
    from budkavle.identities import keep_secret as keep_identity_secret
    from budkavle.identities import link as link_identity
    from budkavle.identities import linked as linked_identities
    from budkavle.identities import secret as identity_secret
    from budkavle.inbox import CaseFilter, Page, Scope, Sent
    from budkavle.inbox import inbox as list_cases
    from budkavle.inbox import sent as list_sent
    from budkavle.loa import Loa
    from budkavle.mailbox_deletion import delete_mailbox
    from budkavle.mailboxes import Case, CaseEvent, FunctionMailbox, MailboxKind, Member
    from budkavle.messages import (
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
    from budkavle.more_contracts import KnowsSenders, Listing, SaysStates, StateWords
    from budkavle.newcomers import Newcomer, newcomer
    from budkavle.organisations import all_organisations, create_organisation, update_organisation
    from budkavle.organisations import organisation as find_organisation
    from budkavle.outside import check_outside_url, outside_client
    from budkavle.people import Actor, Identity, Organisation, Role, User
    from budkavle.periodic import Job
    from budkavle.platform import Platform
    from budkavle.preferences import prefer
    from budkavle.preferences import preferences as read_preferences
    from budkavle.rail import boxes as list_boxes
    from budkavle.rail import counts
    from budkavle.reading import CaseView, open_attachment
    from budkavle.reading import case as read_case
    from budkavle.reading import message as find_message
    from budkavle.reading import messages as find_messages
    from budkavle.recalling import recall
    from budkavle.receipts import Reason, Receipt
    from budkavle.rights import Standing, require_admin, require_manager, require_member, require_platform, standing
    from budkavle.router import receipt, retry, send
    from budkavle.search import search as search_cases
    from budkavle.states import ACCESS_POINT, KV_MEDDELANDESTATUS, CaseState, DeliveryState, IncomingState
    from budkavle.swedish_numbers import personal_number, phone_number
    from budkavle.uploads import discard as discard_attachment
    from budkavle.uploads import store as store_attachment
    from budkavle.users import create_user, search_users, update_user
    from budkavle.users import user as find_user
    from budkavle.web.bodies import allow as allow_body
    from budkavle.web.forms import Form, WebRequest, check_token, read_multipart
    from budkavle.web.frame import page as plugin_page
    from budkavle.web.frames import Frame
    from budkavle.web.guard import Visitor
    from budkavle.web.handover import Window
    from budkavle.web.identify import admit_guest, dismiss_guest, identify_guest
    from budkavle.web.identify import page as guest_page

__all__ = [
    "ACCESS_POINT",
    "KV_MEDDELANDESTATUS",
    "Accepted",
    "Actor",
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
    "Purpose",
    "Reason",
    "Receipt",
    "ReceiptHandler",
    "ReceiptToSend",
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
    "TakesBack",
    "Temporary",
    "Terms",
    "TooLarge",
    "Transport",
    "Unavailable",
    "User",
    "Visitor",
    "WebRequest",
    "Window",
    "accept",
    "add_members",
    "admit_guest",
    "all_mailboxes",
    "all_organisations",
    "allow_body",
    "answer_as_guest",
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
    "find_mailbox",
    "find_message",
    "find_messages",
    "find_organisation",
    "find_user",
    "guest_methods",
    "guest_page",
    "hookimpl",
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
    "web.frames": "Frame",
    "web.handover": "Window",
    "web.identify": "identify_guest page=guest_page admit_guest dismiss_guest",
    "preferences": "prefer preferences=read_preferences",
    "delegations": "Delegation delegate delegations=list_delegations end_delegation",
    "guest_sessions": "Guest",
    "identified": "GuestOf",
    "identities": "accounts=identity_accounts keep_secret=keep_identity_secret link=link_identity linked=linked_identities secret=identity_secret",  # noqa: E501 - a list
    "arrivals": "Accepted accept refuse",
    "assurance": "guest_methods",
    "swedish_numbers": "personal_number phone_number",
    "mailbox_deletion": "delete_mailbox",
    "attempts": "Limit within=within_limit",
    "audit": "record",
    "bounds": "Bounds bounded",
    "boxes": "add_members all_mailboxes create_mailbox mailbox=find_mailbox members remove_members set_administrator update_mailbox",  # noqa: E501 - a list
    "calling": "call",
    "cli.tell": "told",
    "cases": "bin_case close mark_read mark_unread release reopen restore take take_over",
    "contracts": (
        "Advice Adviser Backoff Capabilities Directory Entry Failed Field FindsMany Health HealthCheck "
        "IdentityProvider KeepsFavourites MaybeAsync Panel Poll Prompt ReceiptHandler Redirect Step "
        "TakesBack Transport"
    ),
    "more_contracts": "KnowsSenders Listing SaysStates StateWords",
    "database": "Statement",
    "errors": (
        "BudkavleError Conflict Forbidden Invalid Misconfigured NotFound NotSignedIn NotYet Permanent StepUp Temporary "
        "TooLarge Unavailable"
    ),
    "evidence": "Evidence evidence=read_evidence",
    "facts": "Fact note=note_fact",
    "guest_reading": "Peek answer=answer_as_guest open_file=open_guest_file open_message=open_guest_message peek",
    "hookspecs": "hookimpl",
    "host": "Host",
    "inbox": "CaseFilter Page Scope Sent inbox=list_cases sent=list_sent",
    "loa": "Loa",
    "mailboxes": "Case CaseEvent FunctionMailbox MailboxKind Member",
    "messages": (
        "Address Attachment Delivery DeliveryEvent Direction Draft Fault File Incoming Message Outcome "
        "Outgoing Person Purpose ReceiptToSend Reference Refusal SenderCheck Terms"
    ),
    "outside": "check_outside_url outside_client",
    "organisations": "all_organisations create_organisation organisation=find_organisation update_organisation",
    "people": "Actor Identity Organisation Role User",
    "periodic": "Job",
    "platform": "Platform",
    "rail": "boxes=list_boxes counts",
    "reading": "CaseView case=read_case open_attachment message=find_message messages=find_messages",
    "recalling": "recall",
    "receipts": "Reason Receipt",
    "rights": "Standing require_admin require_manager require_member require_platform standing",
    "router": "receipt retry send",
    "search": "search=search_cases",
    "states": "ACCESS_POINT KV_MEDDELANDESTATUS CaseState DeliveryState IncomingState",
    "uploads": "discard=discard_attachment store=store_attachment",
    "users": "create_user user=find_user search_users update_user",
    "web.bodies": "allow=allow_body",
    "web.forms": "Form WebRequest read_multipart check_token",
    "web.guard": "Visitor",
    "web.frame": "page=plugin_page",
    "i18n": "translations",
    "newcomers": "Newcomer newcomer",
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
