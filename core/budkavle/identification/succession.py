"""Closing an account: its cases are released, and successors take over its mailboxes.

The personal inbox stays sealed. A successor may read it for a while, once a second administrator has approved it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts import mailboxes, user_list, users
from budkavle.accounts.mailboxes import personal_id
from budkavle.accounts.permissions import require_admin
from budkavle.approvals.requests import ask_for_kind
from budkavle.i18n import say, translations
from budkavle.logs import describe
from budkavle.model.approvals import ApprovalKind, ApprovalRequest, Approvers, NewApproval
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.notices import Notice, NoticeKind, NoticeLink
from budkavle.model.people import User
from budkavle.model.sentences import Sentence
from budkavle.model.states import CaseState
from budkavle.notices.asking import notice_kinds, notify
from budkavle.storage import audit, case_log
from budkavle.storage.database.case_readers import with_all_cases
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import cases, memberships
from budkavle.storage.tables import mailboxes as boxes
from budkavle.storage.tables import users as table

KIND = "budkavle.successor"
LASTS = timedelta(days=90)
log = structlog.get_logger("budkavle.identification")


class _Content(msgspec.Struct, frozen=True):
    owner_id: UUID
    successor_id: UUID


READER_LEFT = (
    "{name} läser inte längre din personliga inkorg åt dig, eftersom kontot är stängt. "
    "Välj en annan kollega om inkorgen ska läsas medan du är borta."
)
NO_SUCCESSOR = "Ingen användare med ett öppet konto har den adressen. Kontrollera den, eller lämna fältet tomt."


def find_successor(work: Work, email: str, closing: UUID) -> UUID:
    """Return the successor with an address.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        email: The address of an open account of the organisation.
        closing: The account that is closed, which cannot be its own successor.

    Raises:
        Invalid: No open account has the address.
    """
    require_admin(work.actor)
    query = select(table.c.id).where(
        table.c.organisation_id == work.organisation_id,
        table.c.email == email.strip().lower(),
        table.c.active,
        table.c.id != closing,
    )
    successor_id: UUID | None = work.connection.execute(query).scalar_one_or_none()
    if successor_id is None:
        raise Invalid(NO_SUCCESSOR)
    return successor_id


def close_account(work: Work, user_id: UUID, successors: Mapping[UUID, UUID]) -> User:
    """Close an account, and hand over its function mailboxes.

    Sign-in is no longer possible, and its sessions end at once. Its open cases are released in every mailbox. It loses
    access to others' inboxes, and their owners are notified by mail. A successor in a mailbox gets the closed account's
    role there. In other mailboxes the membership stays, in case the account is reopened.

    Args:
        work: The unit of work; the caller has checked that its actor may close the account.
        user_id: The account.
        successors: The successors, by function mailbox.

    Raises:
        Invalid: A successor has no open account here.
        Conflict: It is the last administrator of the organisation.
    """
    closed = users.update_user(work, user_id, active=False)
    _check_open(work, set(successors.values()))
    release_work(work, user_id)
    for box in user_list.mailboxes_of(work, user_id):
        if successor_id := successors.get(box.id):
            _hand_over(work, box, user_id, successor_id)
    return closed


def release_work(work: Work, user_id: UUID) -> None:
    """Release the open cases of an account that has been closed, and end its access to others' inboxes.

    Args:
        work: The unit of work that closed the account.
        user_id: The account.
    """
    _release_cases(work, user_id)
    _end_delegations(work, user_id)


def _check_open(work: Work, user_ids: set[UUID]) -> None:
    query = select(table.c.id).where(
        table.c.organisation_id == work.organisation_id, table.c.id.in_(user_ids), table.c.active
    )
    if set(work.connection.execute(query).scalars()) != user_ids:
        raise Invalid(NO_SUCCESSOR)


def _release_cases(work: Work, user_id: UUID) -> None:
    statement = update(cases).where(
        cases.c.organisation_id == work.organisation_id,
        cases.c.holder_id == user_id,
        cases.c.state == CaseState.OPEN.value,
    )
    released = statement.values(holder_id=None).returning(cases.c.mailbox_id, cases.c.id)
    with with_all_cases(work.connection, work.reader):  # the administrator need not be a named reader of the cases
        rows = work.connection.execute(released).all()
    for row in rows:
        case_log.write(work, case_log.CaseChange(row.mailbox_id, row.id, "released"), reason="member-removed")


def _end_delegations(work: Work, user_id: UUID) -> None:
    """End the user's access to others' inboxes; others' access to the user's inbox ends by its own date."""
    statement = delete(memberships).where(
        memberships.c.organisation_id == work.organisation_id,
        memberships.c.user_id == user_id,
        memberships.c.until.is_not(None),
    )
    mailbox_ids = work.connection.execute(statement.returning(memberships.c.mailbox_id)).scalars().all()
    for mailbox_id in mailbox_ids:
        audit.record(work, "delegation.ended", user_id, mailbox=str(mailbox_id))
    if mailbox_ids and NoticeKind.MAIL in notice_kinds(work.platform):
        _tell_owners(work, user_id, mailbox_ids)


def _tell_owners(work: Work, user_id: UUID, mailbox_ids: Sequence[UUID]) -> None:
    """Notify the owners of inboxes that their stand-in is gone; only they can choose another."""
    reader = users.user(work, user_id)
    owned = select(boxes.c.owner_id).where(boxes.c.organisation_id == work.organisation_id, boxes.c.id.in_(mailbox_ids))
    owners = select(table).where(table.c.organisation_id == work.organisation_id, table.c.id.in_(owned), table.c.active)
    for row in work.connection.execute(owners).mappings():
        owner = users.as_user(row)
        try:
            notify(work, _reader_left(work.platform, owner, reader))
        except Invalid as error:  # such as an address that cannot get mail; the account is still closed
            log.warning("delegation.not_told", **describe(error))


def _reader_left(platform: Platform, owner: User, reader: User) -> Notice:
    words = translations(owner.language, dict(platform.plugins.folders("locale")))
    return Notice(
        NoticeKind.MAIL,
        owner.email,
        "budkavle.delegation",
        subject=say("Din inkorg läses inte längre", words),
        text=say(Sentence(READER_LEFT, name=reader.name), words),
        language=owner.language,
        about=owner.id,
        link=NoticeLink(say("Mitt konto", words), f"{platform.settings.base_url.rstrip('/')}/account"),
    )


def _hand_over(work: Work, box: user_list.MailboxOfUser, user_id: UUID, successor_id: UUID) -> None:
    of_mailbox = (memberships.c.organisation_id == work.organisation_id, memberships.c.mailbox_id == box.id)
    mailboxes.insert_members(work, box.id, [successor_id], administrator=box.administrator)
    if box.administrator:
        grant = update(memberships).where(*of_mailbox, memberships.c.user_id == successor_id)
        work.connection.execute(grant.values(administrator=True))
    work.connection.execute(delete(memberships).where(*of_mailbox, memberships.c.user_id == user_id))
    audit.record(work, "mailbox.member-added", box.id, user=str(successor_id))
    audit.record(work, "mailbox.member-removed", box.id, user=str(user_id))


def ask_to_succeed(work: Work, owner_id: UUID, successor_id: UUID, reason: str) -> ApprovalRequest:
    """Request that somebody may read the personal inbox of a closed account; another administrator decides.

    Args:
        work: The unit of work; the caller has checked that its actor may change the account.
        owner_id: The closed account.
        successor_id: The user who is to read it.
        reason: The reason.

    Raises:
        Conflict: The account is open, or the successor's is closed.
    """
    owner = users.user(work, owner_id)
    successor = users.user(work, successor_id)
    _check(owner.active, successor.active)
    sentence = Sentence(
        "{successor} får läsa den personliga inkorgen hos {owner}, vars konto är stängt, i {days} dagar.",
        successor=successor.name,
        owner=owner.name,
        days=LASTS.days,
    )
    content = msgspec.json.encode(_Content(owner_id, successor_id))
    return ask_for_kind(work, NewApproval(KIND, sentence, reason, content), SUCCESSION)


def _check(owner_open: bool, successor_open: bool) -> None:
    if owner_open:
        raise Conflict("Kontot är öppet. Stäng det först.")
    if not successor_open:
        raise Conflict("Den som ska ta över har inget öppet konto.")


def _run(work: Work, request: ApprovalRequest) -> None:
    content = msgspec.json.decode(request.content, type=_Content)
    owner, successor = users.user(work, content.owner_id), users.user(work, content.successor_id)
    _check(owner.active, successor.active)
    terms: dict[str, Any] = {"until": func.now() + LASTS, "since": None, "may_answer": False}
    row = {
        "organisation_id": work.organisation_id,
        "mailbox_id": personal_id(owner.id),
        "user_id": successor.id,
        "administrator": False,
        **terms,
    }
    keys = ["organisation_id", "mailbox_id", "user_id"]
    write = upsert(memberships).values(row).on_conflict_do_update(index_elements=keys, set_=terms)
    work.connection.execute(write)
    audit.record(work, "mailbox.successor-set", owner.id, user=str(successor.id))


SUCCESSION = ApprovalKind("successor", "Läsa en stängd inkorg", _run, Approvers.ADMINISTRATORS)
