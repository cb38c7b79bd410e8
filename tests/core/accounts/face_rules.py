"""The functions of the face that take an actor, and for whom each works."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from budkavle.accounts import mailboxes, organisations, users
from budkavle.accounts.core_settings import BinSettings
from budkavle.approvals import ApprovalRequest, NewApproval
from budkavle.cases import ClosedCaseFilter, actions, attachments, counts, mailbox_deletion
from budkavle.deliveries import SentFilter, recall
from budkavle.identification import NewIdentity
from budkavle.messaging import GuestLetter, MessageFilter, sending
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.model.notices import NewsKind, NoticeKind
from budkavle.model.sentences import Sentence
from budkavle.model.states import ApprovalState
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@dataclass(frozen=True)
class Scene:
    """The things that the functions are asked for."""

    organisation: SampleOrganisation
    elsewhere: SampleUser
    """Who administers another organisation."""
    case_id: UUID
    message_id: UUID
    """The case's message."""
    delivery_id: UUID
    attachment_id: UUID
    """A file of the case's message."""
    upload_id: UUID
    """A file that Ada has uploaded and not sent."""
    later: datetime
    request_id: UUID
    """What Bo has asked for, and the members of the mailbox decide."""


MEMBERS = {"member", "below the level", "mailbox administrator"}
SURE_MEMBERS = MEMBERS - {"below the level"}
USERS = MEMBERS | {"administrator", "platform", "colleague"}
ADMINISTRATORS = {"administrator", "platform", "administer", "accounts", "every scope"}
MANAGERS = ADMINISTRATORS | {"mailbox administrator"}
READERS = {"read", "read and write", "every scope"}
WRITERS = {"read and write", "every scope"}
OPERATORS = {"platform", "installation", "every scope", "every scope elsewhere"}
HERE = USERS | READERS | ADMINISTRATORS | {"no scope", "guest"}
"""Everybody of the organisation."""
EVERYBODY = HERE | {"installation", "elsewhere", "every scope elsewhere"}
ADMINISTRATORS_OF_THEIRS = ADMINISTRATORS | {"elsewhere", "every scope elsewhere"}
"""For what is asked of the actor's own organisation, whichever it is."""
READERS_OF_THEIRS = READERS | {"every scope elsewhere"}


@dataclass(frozen=True)
class Rule:
    """How a function is called, and for whom it works."""

    arguments: Callable[[Scene], tuple[Any, ...]]
    may: set[str]
    keywords: Callable[[Scene], dict[str, Any]] = lambda _: {}


def of_mailbox(scene: Scene) -> tuple[Any, ...]:
    return (scene.organisation.mailbox.id,)


def of_case(scene: Scene) -> tuple[Any, ...]:
    return (scene.case_id,)


def of_bo(scene: Scene) -> tuple[Any, ...]:
    return (scene.organisation.colleague.user_id,)


def of_delivery(scene: Scene) -> tuple[Any, ...]:
    return (scene.delivery_id,)


def of_request(scene: Scene) -> tuple[Any, ...]:
    return (scene.request_id,)


def nothing(_: Scene) -> tuple[Any, ...]:
    return ()


def a_draft(scene: Scene) -> tuple[Any, ...]:
    to = Address("fake", "region", "Vårdcentralen Bankeryd", "Region Jönköpings län")
    return scene.organisation.mailbox.id, Draft((to,), "Hej", "Hej!")


def an_approved_draft(scene: Scene) -> tuple[Any, ...]:
    """A draft that somebody has said yes to."""
    now, mailbox_id = datetime.now(UTC), scene.organisation.mailbox.id
    request = ApprovalRequest(
        uuid4(),
        scene.organisation.id,
        "fake.prove",
        ApprovalState.APPROVED,
        Sentence("Något händer."),
        "",
        now,
        now,
        mailbox_id=mailbox_id,
    )
    return (*a_draft(scene), request)


def a_letter(scene: Scene) -> tuple[Any, ...]:
    return scene.organisation.mailbox.id, GuestLetter("eva@exempel.example", "Eva", "Hej", "Hej!", str(uuid4()))


RULES = {
    "find_organisation": Rule(nothing, EVERYBODY - {"installation"}),
    "update_organisation": Rule(nothing, ADMINISTRATORS_OF_THEIRS, lambda _: {"settings": {"guest_methods": []}}),
    "read_settings": Rule(lambda _: (BinSettings,), EVERYBODY),
    "settings_changed_at": Rule(lambda _: (BinSettings,), EVERYBODY),
    "counting_moment": Rule(nothing, EVERYBODY),
    "write_settings": Rule(lambda _: (BinSettings, {"bin_days": 3}), ADMINISTRATORS_OF_THEIRS),
    "read_licence": Rule(nothing, ADMINISTRATORS_OF_THEIRS | READERS),
    "usage_months": Rule(lambda scene: (scene.later.date(), scene.later.date()), ADMINISTRATORS_OF_THEIRS | READERS),
    "set_licence": Rule(lambda scene: (scene.organisation.id, {"users": 5}), OPERATORS),
    "all_organisations": Rule(nothing, OPERATORS),
    "create_organisation": Rule(lambda _: (f"Ny {uuid4()}",), OPERATORS),
    "enter_organisation": Rule(lambda scene: (scene.organisation.slug,), OPERATORS - {"platform"}),
    "find_user": Rule(of_bo, HERE),
    "search_users": Rule(lambda _: ("bo",), EVERYBODY),
    "search_mailboxes": Rule(lambda _: ("reg",), EVERYBODY),
    "find_accounts": Rule(lambda _: (["bo@habo.example"],), EVERYBODY),
    "mailbox_addresses": Rule(lambda scene: ("fake", [scene.organisation.mailbox.id]), EVERYBODY),
    "create_user": Rule(
        nothing,
        ADMINISTRATORS_OF_THEIRS,
        lambda _: {"email": f"{uuid4()}@habo.example", "name": "Ny Person"},
    ),
    "update_user": Rule(of_bo, ADMINISTRATORS, lambda _: {"active": True}),
    "linked_identities": Rule(of_bo, ADMINISTRATORS_OF_THEIRS),
    "link_identity": Rule(
        lambda _: (NewIdentity("fake", "bo", "Legitimation"),),
        ADMINISTRATORS,
        lambda scene: {"user_id": scene.organisation.colleague.user_id},
    ),
    "all_mailboxes": Rule(nothing, ADMINISTRATORS_OF_THEIRS | READERS),
    "find_mailbox": Rule(of_mailbox, MEMBERS | ADMINISTRATORS | READERS),
    "standing": Rule(of_mailbox, MEMBERS | ADMINISTRATORS | READERS),
    "members": Rule(of_mailbox, MEMBERS | ADMINISTRATORS | READERS),
    "mailbox_members": Rule(of_mailbox, MEMBERS | ADMINISTRATORS | READERS),
    "readable_mailboxes": Rule(nothing, EVERYBODY),
    "read_register": Rule(nothing, ADMINISTRATORS_OF_THEIRS),
    "create_mailbox": Rule(lambda _: (f"Ny {uuid4()}",), ADMINISTRATORS_OF_THEIRS),
    "update_mailbox": Rule(of_mailbox, MANAGERS, lambda _: {"description": "Ny"}),
    "make_default": Rule(of_mailbox, ADMINISTRATORS),
    "add_members": Rule(lambda scene: (scene.organisation.mailbox.id, [scene.organisation.outsider.user_id]), MANAGERS),
    "remove_members": Rule(
        lambda scene: (scene.organisation.mailbox.id, [scene.organisation.colleague.user_id]), MANAGERS
    ),
    "set_administrator": Rule(
        lambda scene: (scene.organisation.mailbox.id, scene.organisation.colleague.user_id),
        MANAGERS,
        lambda _: {"administrator": True},
    ),
    "delete_mailbox": Rule(of_mailbox, ADMINISTRATORS),
    "require_admin": Rule(nothing, ADMINISTRATORS_OF_THEIRS),
    "require_platform": Rule(nothing, OPERATORS),
    "require_loa": Rule(lambda _: (Loa.THREE,), (USERS - {"below the level"}) | READERS_OF_THEIRS | {"elsewhere"}),
    "require_member": Rule(of_mailbox, MEMBERS | READERS),
    "require_manager": Rule(of_mailbox, MANAGERS),
    "mailbox_counts": Rule(nothing, EVERYBODY),
    "counts": Rule(of_mailbox, MEMBERS | READERS),
    "count_organisation": Rule(nothing, ADMINISTRATORS_OF_THEIRS | READERS),
    "count_waiting_cases": Rule(nothing, ADMINISTRATORS_OF_THEIRS | READERS),
    "list_mailbox_people": Rule(nothing, ADMINISTRATORS_OF_THEIRS | READERS),
    "find_case_times": Rule(lambda scene: ([scene.case_id],), ADMINISTRATORS_OF_THEIRS | READERS_OF_THEIRS),
    "find_cases_by_number": Rule(lambda _: (["1"],), ADMINISTRATORS_OF_THEIRS | READERS_OF_THEIRS),
    "tell_colleagues": Rule(
        lambda scene: ([], NewsKind.MENTIONED, scene.organisation.mailbox.id, {}), MEMBERS | READERS
    ),
    "list_case_times": Rule(nothing, ADMINISTRATORS_OF_THEIRS | READERS_OF_THEIRS),
    "note_in_case": Rule(lambda scene: (scene.case_id, "pigeon.flown"), MEMBERS | ADMINISTRATORS | READERS),
    "closed_cases": Rule(lambda _: (ClosedCaseFilter(),), ADMINISTRATORS_OF_THEIRS | READERS_OF_THEIRS),
    "list_cases": Rule(of_mailbox, MEMBERS | READERS),
    "list_sent": Rule(of_mailbox, MEMBERS | READERS),
    "search_cases": Rule(
        lambda _: ("handling",), MEMBERS | READERS, lambda scene: {"mailbox_id": scene.organisation.mailbox.id}
    ),
    "search_everything": Rule(lambda _: ("handling",), READERS_OF_THEIRS),
    "search_texts": Rule(lambda _: (["handling"],), READERS_OF_THEIRS),
    "cases_with_words": Rule(
        lambda scene: ([scene.organisation.mailbox.id], [scene.case_id], "handling"), READERS_OF_THEIRS
    ),
    "mark_case_changed": Rule(of_case, EVERYBODY),
    "read_case": Rule(of_case, SURE_MEMBERS | READERS),
    "mark_read": Rule(of_case, MEMBERS | READERS),
    "mark_unread": Rule(of_case, MEMBERS | READERS),
    "take": Rule(of_case, MEMBERS),
    "take_over": Rule(lambda scene: (scene.case_id, None), MEMBERS),
    "release": Rule(of_case, MEMBERS | WRITERS),
    "close": Rule(of_case, MEMBERS | WRITERS),
    "reopen": Rule(of_case, MEMBERS | WRITERS),
    "bin_case": Rule(of_case, MEMBERS | WRITERS),
    "restore": Rule(of_case, MEMBERS | WRITERS),
    "send": Rule(a_draft, MEMBERS | WRITERS),
    "send_approved": Rule(an_approved_draft, MEMBERS | WRITERS),
    "receive_letter": Rule(a_letter, MEMBERS | WRITERS),
    "begin_draft": Rule(a_draft, MEMBERS & USERS),
    "message_kinds": Rule(of_mailbox, MEMBERS | WRITERS),
    "recall": Rule(of_delivery, MEMBERS | WRITERS),
    "retry": Rule(of_delivery, MEMBERS | WRITERS),
    "find_message": Rule(lambda scene: (scene.message_id,), READERS),
    "find_messages": Rule(lambda scene: ([scene.message_id],), READERS_OF_THEIRS),
    "newcomer": Rule(lambda scene: (scene.message_id,), READERS_OF_THEIRS),
    "ask_approval": Rule(
        lambda scene: (NewApproval("fake.prove", "Något händer.", mailbox_id=scene.organisation.mailbox.id),),
        MEMBERS | ADMINISTRATORS | READERS | {"no scope"},
    ),
    "find_approval": Rule(of_request, MEMBERS),
    "approve": Rule(of_request, MEMBERS),
    "reject": Rule(lambda scene: (scene.request_id, "Nej."), MEMBERS),
    "withdraw": Rule(of_request, set()),
    "list_approvals": Rule(nothing, USERS | {"elsewhere"}),
    "destroy": Rule(
        lambda _: ("Tiden har gått ut.",), ADMINISTRATORS_OF_THEIRS, lambda scene: {"case_ids": [scene.case_id]}
    ),
    "would_hold": Rule(
        lambda _: ("Tiden har gått ut.",), ADMINISTRATORS_OF_THEIRS, lambda scene: {"case_ids": [scene.case_id]}
    ),
    "waiting_deliveries": Rule(lambda _: ("fake",), READERS_OF_THEIRS, lambda scene: {"before": scene.later}),
    "delivery_states": Rule(lambda scene: ([scene.message_id],), READERS_OF_THEIRS),
    "unopened_deliveries": Rule(lambda scene: ([scene.message_id],), READERS_OF_THEIRS),
    "mark_recalled": Rule(lambda _: ("fake", "x"), WRITERS | {"every scope elsewhere"}),
    "delivery_histories": Rule(lambda scene: ([scene.message_id],), READERS_OF_THEIRS),
    "sent_deliveries": Rule(lambda scene: ("fake", SentFilter(scene.later, scene.later)), READERS_OF_THEIRS),
    "messages_since": Rule(
        lambda scene: (MessageFilter([scene.organisation.mailbox.id], ["fake"]),), READERS_OF_THEIRS
    ),
    "messages_named": Rule(
        lambda scene: (MessageFilter([scene.organisation.mailbox.id], ["fake"]), "x"), READERS_OF_THEIRS
    ),
    "existing_messages": Rule(lambda scene: ([scene.message_id],), READERS_OF_THEIRS),
    "answerable_message": Rule(lambda scene: (scene.organisation.mailbox.id, "x"), READERS_OF_THEIRS),
    "next_log_span": Rule(lambda _: (0,), READERS_OF_THEIRS),
    "stamped_spans": Rule(lambda _: ([1],), READERS_OF_THEIRS),
    "signed_entries": Rule(lambda scene: (["x"], scene.later, "thing"), READERS_OF_THEIRS),
    "list_notices": Rule(lambda _: (NoticeKind.SMS,), ADMINISTRATORS_OF_THEIRS),
    "read_evidence": Rule(of_delivery, ADMINISTRATORS | READERS),
    "read_receipts": Rule(of_delivery, ADMINISTRATORS_OF_THEIRS | READERS_OF_THEIRS),
    "screen_arriving": Rule(lambda _: ("x", ()), EVERYBODY),
    "store_attachment": Rule(lambda _: ("a.txt", "text/plain", iter([b"a"])), EVERYBODY - {"installation"}),
    "open_attachment": Rule(lambda scene: (scene.attachment_id,), SURE_MEMBERS | READERS),
    "discard_attachment": Rule(lambda scene: (scene.upload_id,), {"member", "below the level"}),
    "delegate": Rule(lambda scene: (scene.organisation.colleague.user_id, scene.later), USERS),
    "end_delegation": Rule(of_bo, USERS | {"elsewhere"}),
    "list_delegations": Rule(nothing, USERS | {"elsewhere"}),
    "prefer": Rule(lambda _: ("signature", "Ada"), USERS | {"elsewhere"}),
}
"""The functions of the face that take an actor."""
JUDGE_NOBODY = {
    *(
        "receipt",
        "record",
        "record_once",
        "note_refusal",
        "note_fact",
    ),  # a transport or a plugin tells what has happened
    *("guest_preview", "guest_methods", "read_preferences"),
    *("open_guest_message", "open_guest_file", "answer_as_guest"),  # they judge the guest, by method and level
    *("notify", "report_notice", "forget_notices"),
    *("find_notice", "find_notices", "count_failed_notices"),  # they tell no address and no text
    *("explain_failure", "enqueue", "mailbox_exists"),  # so it does when it asks whether a linked mailbox is there
    "bounded",  # another kind of work
    "keys_gone_by",  # a date of the installation
    "require_file_type",  # it judges the file
    "own_identity_secrets",  # of the actor's own account
}
"""They do not ask who the actor is."""
INSIDE: dict[str, Any] = {
    "bin_case": actions.bin_case,
    "counts": counts.counts,
    "delete_mailbox": mailbox_deletion.delete_mailbox,
    "discard_attachment": attachments.discard,
    "make_default": mailboxes.make_default,
    "mark_read": actions.mark_read,
    "mark_unread": actions.mark_unread,
    "members": mailboxes.members,
    "recall": recall.recall,
    "release": actions.release,
    "remove_members": mailboxes.remove_members,
    "reopen": actions.reopen,
    "restore": actions.restore,
    "retry": sending.retry,
    "set_administrator": mailboxes.set_administrator,
    "take_over": actions.take_over,
    "update_mailbox": mailboxes.update_mailbox,
    "update_organisation": organisations.update_organisation,
    "update_user": users.update_user,
}
"""Functions of the table that are not on the face: only the core's own pages call them."""
