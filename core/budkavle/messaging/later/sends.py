"""Scheduled sending: the draft waits, and a worker checks and sends it at the time that its author chose.

Until then there is a draft and no message, so nothing is in the case; members of a function mailbox see that it waits
(`colleagues`). It is sent with the author's rights at that time. If it cannot be sent, it becomes a draft again, and
the author is notified.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import Row, and_, delete, func, select, update

from budkavle.accounts.permissions import require_user, require_writer
from budkavle.cases import attachments
from budkavle.cases.retention import present
from budkavle.i18n import say, translations
from budkavle.logs import describe
from budkavle.messaging import case_view, saved_drafts, sending
from budkavle.messaging.recipients import Routes
from budkavle.messaging.saved_drafts import SavedDraft, SavedForm
from budkavle.model import sources
from budkavle.model.errors import (
    BudkavleError,
    Conflict,
    Invalid,
    NotYet,
    Temporary,
    TooMany,
    Unavailable,
)
from budkavle.model.loa import Loa
from budkavle.model.messages import Draft
from budkavle.model.notices import Notice, NoticeKind, NoticeLink
from budkavle.model.people import CORE_NAME, Role, SystemActor, UserActor
from budkavle.model.sentences import Sentence
from budkavle.notices.asking import notice_kinds, notify
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.plugins.protocols.transport import Backoff
from budkavle.storage import audit, outbox
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import kept_drafts, users

log = structlog.get_logger("budkavle.messaging.later")
QUEUE = "budkavle.later"
FURTHEST = timedelta(days=180)
"""How far ahead a time may be chosen."""
KEPT_AFTER = timedelta(days=30)
"""How long after the chosen time the files are kept, if nothing could be sent."""
TOO_LATE = "Meddelandet har redan skickats, eller så väntar det inte längre."
_BACKOFF = Backoff(longest=timedelta(minutes=15), tries=40)
_DRAFT = "draft.to_send"
"""The internal form field that contains the draft to send; no page has it."""
_NOT_SENT = (
    "Ett meddelande som du hade bestämt en tid för kunde inte skickas. Det finns kvar bland dina utkast, och där står "
    "varför."
)
_NO_ACCOUNT = "Den som skrev meddelandet har inte längre något konto."
_NOT_WITH_APPROVAL = "Det som skickas från {mailbox} ska godkännas av en kollega, och kan därför inte skickas senare."


class _Entry(msgspec.Struct, frozen=True):
    draft_id: UUID
    send_as: UUID


@dataclass(frozen=True, slots=True)
class LaterSend:
    """A scheduled message."""

    draft: SavedDraft
    at: datetime


def send_later(
    work: Work, mailbox_id: UUID, draft: Draft, at: datetime, saved: SavedForm, *, routes: Routes | None = None
) -> None:
    """Check a draft as `send` does, and schedule it.

    Args:
        work: The unit of work; its actor is a user, and a member of the mailbox.
        mailbox_id: The mailbox to send from.
        draft: What to send.
        at: When.
        saved: The form that it was written on, whose draft waits.
        routes: The address books' answers about the recipients, if already known.

    Raises:
        Invalid: The time is past, or too far ahead, or the draft breaks a rule.
        Conflict: The mailbox requires approval, or the draft has been sent. `send` documents the other errors.
    """
    require_user(work.actor)
    now = present(work)
    _check_time(at, now)
    outgoing, _ = sending.check(work, mailbox_id, draft, timedelta(0), routes)
    mailbox = require_writer(work, mailbox_id).mailbox
    if mailbox.needs_approval or 0 < sending.approval_level(work, mailbox, draft.loa) <= draft.loa:
        raise Conflict(_NOT_WITH_APPROVAL, mailbox=mailbox.name)
    to_send = b64encode(msgspec.msgpack.encode(replace(draft, once=None))).decode()
    saved_drafts.save(work, saved.draft_id, {**saved.fields, _DRAFT: [to_send]}, draft.attachments, saved.about)
    attachments.keep_uploads(work, draft.attachments, at + KEPT_AFTER)
    values = {"send_at": at, "send_as": outgoing.id, "send_level": int(work.actor.loa), "send_failure": ""}
    work.connection.execute(update(kept_drafts).where(_mine(work, saved.draft_id)).values(**values))
    entry = msgspec.json.encode(_Entry(saved.draft_id, outgoing.id))
    delay = max(at - now, timedelta(0))
    outbox.enqueue(work, outbox.NewEntry(QUEUE, entry, key=str(sources.new_id()), delay=delay))
    audit.record(work, "message.scheduled", outgoing.id, mailbox=str(mailbox_id))


def cancel(work: Work, draft_id: UUID) -> None:
    """Turn a scheduled message into a draft again.

    Raises:
        Conflict: It has been sent, or is not scheduled.
    """
    waits = and_(_mine(work, draft_id), kept_drafts.c.send_as.is_not(None))
    free = {"send_at": None, "send_as": None, "changed_at": func.now()}
    if work.connection.execute(update(kept_drafts).where(waits).values(**free)).rowcount == 0:
        raise Conflict(TOO_LATE)
    audit.record(work, "message.unscheduled", draft_id)


def load_waiting(work: Work, mailbox_id: UUID | None = None) -> list[LaterSend]:
    """Return the actor's own scheduled messages, the next one first; of one mailbox, if given."""
    own = and_(kept_drafts.c.organisation_id == work.organisation_id, kept_drafts.c.user_id == work.actor.user_id)
    query = select(kept_drafts.c.id, kept_drafts.c.mailbox_id, kept_drafts.c.send_at).where(own, saved_drafts.WAITS)
    times = {row.id: row for row in work.connection.execute(query) if mailbox_id in {None, row.mailbox_id}}
    waiting = (draft for draft in saved_drafts.load_waiting(work) if draft.id in times) if times else ()
    return sorted((LaterSend(draft, times[draft.id].send_at) for draft in waiting), key=lambda one: one.at)


def core_outboxes(platform: Platform) -> dict[str, Outbox]:
    """Return the outbox of scheduled messages."""
    handle = partial(run, platform)
    return {
        QUEUE: Outbox(QUEUE, handle, partial(give_up, platform), backoff=_BACKOFF, every=timedelta(seconds=5)),
    }


def run(platform: Platform, entry: OutboxEntry) -> None:
    """Send a scheduled message whose time has come, once, with its author's present rights.

    Raises:
        NotYet: Its time has not come.
        Temporary: It could not be checked now, since something does not answer, or its author has reached a limit.
    """
    waiting = msgspec.json.decode(entry.content, type=_Entry)
    with platform.work(SystemActor(entry.organisation_id, CORE_NAME)) as work:
        row = _row(work, waiting)
        if row is None:
            return
        if row.pause > timedelta(0):
            raise NotYet("Tiden har inte kommit.", pause=row.pause)
        query = select(users).where(users.c.organisation_id == work.organisation_id, users.c.id == row.user_id)
        user = work.connection.execute(query).one_or_none()
    if user is None or not user.active:
        _fail(platform, entry.organisation_id, waiting, Sentence(_NO_ACCOUNT))
        return
    actor = UserActor(entry.organisation_id, user.id, user.name, Role(user.role), Loa(row.send_level), user.language)
    try:
        with platform.work(actor) as work:
            _send(work, row, waiting)
    except (Temporary, Unavailable):
        raise
    except TooMany as error:
        raise Temporary(error.sentence) from error
    except BudkavleError as error:
        _fail(platform, entry.organisation_id, waiting, _why(error))


def give_up(platform: Platform, entry: OutboxEntry, failure: str) -> None:
    """Turn it into a draft again, after all tries."""
    _fail(platform, entry.organisation_id, msgspec.json.decode(entry.content, type=_Entry), Sentence(failure))


def _send(work: Work, row: "Row[Any]", waiting: _Entry) -> None:
    fields = saved_drafts.load(work, waiting.draft_id, waits=True).fields
    draft = msgspec.msgpack.decode(b64decode(fields[_DRAFT][0]), type=Draft)
    if case_view.sent_message(work, row.mailbox_id, waiting.send_as) is not None:
        saved_drafts.remove(work, waiting.draft_id)
        return

    def claim() -> None:
        # In the transaction that stores the message: the author takes the draft back before it, or not at all.
        this = and_(_mine(work, waiting.draft_id), kept_drafts.c.send_as == waiting.send_as)
        if work.connection.execute(delete(kept_drafts).where(this)).rowcount == 0:
            raise Conflict(TOO_LATE)

    sending.send_claimed(work, row.mailbox_id, replace(draft, once=waiting.send_as), claim)


def _fail(platform: Platform, organisation_id: UUID, waiting: _Entry, why: Sentence) -> None:
    """Turn it into a draft again, with the reason, and notify its author."""
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        row = _row(work, waiting)
        if row is None:
            return
        give_back(work, waiting.draft_id, row, why)
        audit.record(work, "message.not_scheduled", waiting.send_as, mailbox=str(row.mailbox_id))


def give_back(work: Work, draft_id: UUID, row: Any, why: Sentence) -> None:
    """Turn a scheduled message into its author's draft again, with the reason, and notify the author.

    Raises:
        Conflict: It has been sent meanwhile, or is already a draft again.
    """
    this = (kept_drafts.c.organisation_id == work.organisation_id, kept_drafts.c.id == draft_id)
    failed = {"send_at": None, "send_as": None, "send_failure": why.to_text(), "changed_at": func.now()}
    change = update(kept_drafts).where(*this, kept_drafts.c.send_as == row.send_as).values(**failed)
    if work.connection.execute(change).rowcount == 0:
        raise Conflict(TOO_LATE)
    of_user = (users.c.organisation_id == work.organisation_id, users.c.id == row.user_id, users.c.active)
    user = work.connection.execute(select(users).where(*of_user)).one_or_none()
    if user is None or not user.email or NoticeKind.MAIL not in notice_kinds(work.platform):
        return
    try:
        notify(work, _notice(work.platform, user, row.send_as))
    except Invalid as error:  # such as an address that cannot get mail; the draft says why all the same
        log.warning("later.not_told", message=str(row.send_as), **describe(error))


def _notice(platform: Platform, user: "Row[Any]", send_as: UUID) -> Notice:
    words = translations(user.language)
    return Notice(
        NoticeKind.MAIL,
        user.email,
        "budkavle.not_sent_later",
        subject=say("Ett meddelande skickades inte", words),
        text=say(_NOT_SENT, words),
        language=user.language,
        key=str(send_as),
        link=NoticeLink(say("Se dina utkast", words), f"{platform.settings.base_url.rstrip('/')}/drafts"),
    )


def _why(error: BudkavleError) -> Sentence:
    """Return why it was not sent: the fault of the first invalid field, if there is one."""
    if isinstance(error, Invalid) and error.fields:
        return Sentence(next(iter(error.fields.values())))
    return error.sentence


def _check_time(at: datetime, now: datetime) -> None:
    if at <= now:
        raise Invalid(
            "Meddelandet är inte sparat för att skickas.", fields={"later": "Välj en tid som inte har varit."}
        )
    if at > now + FURTHEST:
        sentence = Sentence("Välj en tid inom {days} dygn.", days=FURTHEST.days)
        raise Invalid("Meddelandet är inte sparat för att skickas.", fields={"later": sentence})


def _row(work: Work, waiting: _Entry) -> Any:
    columns = (
        kept_drafts.c.user_id,
        kept_drafts.c.mailbox_id,
        kept_drafts.c.send_level,
        kept_drafts.c.send_as,
        (kept_drafts.c.send_at - func.clock_timestamp()).label("pause"),
    )
    query = select(*columns).where(
        kept_drafts.c.organisation_id == work.organisation_id,
        kept_drafts.c.id == waiting.draft_id,
        kept_drafts.c.send_as == waiting.send_as,
    )
    return work.connection.execute(query).one_or_none()


def _mine(work: Work, draft_id: UUID) -> Any:
    return and_(
        kept_drafts.c.organisation_id == work.organisation_id,
        kept_drafts.c.id == draft_id,
        kept_drafts.c.user_id == work.actor.user_id,
    )
