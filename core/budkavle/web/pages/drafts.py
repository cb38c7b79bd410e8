"""Drafts: saved while the user types, listed, and reopened; and "Ångra" for some seconds after sending."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle.accounts.message_settings import MessageSettings
from budkavle.accounts.permissions import require_loa
from budkavle.deliveries import undo as undoing
from budkavle.identification.flow import safe_path
from budkavle.messaging import assurance, held_sends, saved_drafts
from budkavle.messaging.directories import find
from budkavle.messaging.later import colleagues
from budkavle.messaging.later import sends as later_sends
from budkavle.messaging.saved_drafts import SavedDraft, SavedForm
from budkavle.model.errors import Conflict
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.loa import Loa
from budkavle.model.sentences import Sentence
from budkavle.model.times import clock, minute, when
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.pages.compose.form import address as recipient
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

ID, URL = "draft", "draft_url"
"""Hidden fields of the form: the draft's id, and the page that it is written on."""
NOT_KEPT = frozenset(
    [
        "csrf",
        "send",
        "find",
        "preview",
        "add",
        "remove",
        "star",
        "unstar",
        "ask_unstar",
        "drop",
        "keep",
        "advise",
        "insert",
        "find_text",
        "text_words",
        "caret",
        "advised",
        "more",
        "less",
        "draft.to_send",
    ]
)
"""Fields that are not saved: the token and the buttons."""
DROPPED, BACK = "dropped", "back"
"""In the query after a draft was deleted, or after a scheduled message became a draft again."""
SAID = {
    DROPPED: N_("Utkastet är borttaget."),
    BACK: N_("Meddelandet skickas inte. Det är ett utkast igen."),
}
EMPTY = ("subject", "body", "recipients", "q", "attachment")
"""If all of these are empty, no draft is saved."""


@post("/drafts", sync_to_thread=True, status_code=200)
def keep(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[str]:
    """Save the form as a draft; answers with the sentence that the page shows."""
    confirmation = keep_form(visitor, form)
    return Response(confirmation, media_type="text/plain")


@get("/drafts", sync_to_thread=True)
def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """List the user's drafts, with the names of their recipients."""
    with visitor.work() as work:
        saved, held = saved_drafts.load_all(work), held_sends.find_held(work)
    names = _names(visitor, saved)
    confirmation = visitor.say(SAID[said]) if said in SAID else ""
    levels = _levels(visitor, saved)
    rows = [
        _draft_row(visitor, draft, names, levels[draft.id])
        | {"held": draft.id in held, **({"url": f"/approvals/{held[draft.id].id}"} if draft.id in held else {})}
        for draft in saved
    ]
    context = {"drafts": rows, "waiting": waiting_rows(visitor), "said": confirmation}
    return page(visitor, "pages/drafts.html", context, folder="drafts")


@post("/drafts/drop", sync_to_thread=True)
def drop(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Delete a draft."""
    draft_id = as_uuid(form.get(ID))
    if draft_id is not None:
        with visitor.work() as work:
            saved_drafts.remove(work, draft_id)
    return Redirect(f"/drafts?said={DROPPED}", status_code=303)


@post("/drafts/take-back", sync_to_thread=True)
def take_back(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Turn a scheduled message into a draft again, and open it if it is to be changed."""
    draft_id = as_uuid(form.get(ID))
    if draft_id is None:
        raise Conflict(later_sends.TOO_LATE)
    with visitor.work() as work:
        later_sends.cancel(work, draft_id)
        draft = saved_drafts.load(work, draft_id)
    return Redirect(address(draft) if form.get("then") == "change" else f"/drafts?said={BACK}", status_code=303)


@post("/drafts/stop", sync_to_thread=True)
def stop(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Cancel a colleague's scheduled message, and redirect back to the page that showed it."""
    draft_id = as_uuid(form.get(ID))
    if draft_id is None:
        raise Conflict(later_sends.TOO_LATE)
    with visitor.work() as work:
        mailbox_id = colleagues.stop(work, draft_id)
    return Redirect(safe_path(form.get("back") or f"/m/{mailbox_id}/sent"), status_code=303)


@post("/undo", sync_to_thread=True)
def undo(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Undo a message that was just sent, and open it again as a draft."""
    message_id = as_uuid(form.get("message"))
    if message_id is None:
        raise Conflict(undoing.TOO_LATE)
    with visitor.work() as work:
        draft_id = undoing.undo(work, message_id)
    if draft_id is None:
        return Redirect("/drafts", status_code=303)
    with visitor.work() as work:
        return Redirect(address(saved_drafts.load(work, draft_id)), status_code=303)


def keep_form(visitor: Visitor, form: Form, files: Sequence[UUID] | None = None) -> str:
    """Save a form unless it is empty, and return the sentence that says when; empty if nothing was saved.

    Args:
        visitor: The writer.
        form: The form.
        files: Its attachments, if some were just uploaded with it; None for those that it names.
    """
    if files is None:
        files = [attachment_id for word in form.all("attachment") if (attachment_id := as_uuid(word))]
    saved = saved_form(form, files)
    if saved is None or not any(form.get(name).strip() for name in EMPTY):
        return ""
    with visitor.work() as work:
        at = saved_drafts.save(work, saved.draft_id, saved.fields, files, saved.about)
    return visitor.say("Utkast sparat {at}", at=clock(at, visitor.language))


def saved_form(form: Form, files: Sequence[UUID]) -> SavedForm | None:
    """Return the saved fields of a form with these attachments; None if the form names no draft."""
    draft_id = as_uuid(form.get(ID))
    if draft_id is None:
        return None
    fields = {name: values for name, values in form.values.items() if name not in NOT_KEPT}
    fields["attachment"] = [str(attachment_id) for attachment_id in files]
    return SavedForm(draft_id, fields, _messages_about(form.get))


def reopened(visitor: Visitor, draft_id: UUID) -> Form:
    """Return a draft as the form that was saved.

    Raises:
        NotFound: It has been sent or deleted, or is somebody else's.
        StepUp: It forwards or answers a message that takes a higher level to read.
    """
    with visitor.work() as work:
        saved = saved_drafts.load(work, draft_id)
    require_loa(visitor.actor, _levels(visitor, [saved])[draft_id])
    return Form({name: list(values) for name, values in saved.fields.items()})


def address(draft: SavedDraft) -> str:
    """Return the URL for continuing a draft."""
    path = safe_path(draft.get(URL) or "/compose")
    path = path if path.startswith(("/compose", "/c/")) else "/compose"
    return f"{path}{'&' if '?' in path else '?'}{ID}={draft.id}"


def hold(visitor: Visitor) -> timedelta:
    """Return how long a sending can be undone."""
    return timedelta(seconds=visitor.settings(MessageSettings).undo_seconds)


def _levels(visitor: Visitor, drafts: Sequence[SavedDraft]) -> dict[UUID, Loa]:
    """Return the level that it takes to read what each draft forwards or answers."""
    about = {draft.id: _messages_about(draft.get) for draft in drafts}
    ids = [message_id for message_ids in about.values() for message_id in message_ids]
    with visitor.work() as work:
        levels = assurance.levels_of(work, ids)
    return {
        draft_id: max((levels.get(message_id, Loa.NONE) for message_id in message_ids), default=Loa.NONE)
        for draft_id, message_ids in about.items()
    }


def _messages_about(get: Callable[[str], str]) -> list[UUID]:
    """Return the messages that a form forwards or answers."""
    return [message_id for name in ("forwards", "seen") if (message_id := as_uuid(get(name)))]


def waiting_rows(visitor: Visitor, mailbox_id: UUID | None = None) -> list[dict[str, Any]]:
    """Return the user's own scheduled messages; those from one mailbox, if given."""
    with visitor.work() as work:
        waiting = later_sends.load_waiting(work, mailbox_id)
    if not waiting:
        return []
    saved = [send.draft for send in waiting]
    names, levels = _names(visitor, saved), _levels(visitor, saved)
    return [
        {
            **_draft_row(visitor, send.draft, names, levels[send.draft.id]),
            "writer": "",
            "send_iso": send.at.isoformat(),
            "send_text": visitor.say("Skickas {at}", at=minute(send.at, visitor.language)),
        }
        for send in waiting
    ]


def planned_rows(visitor: Visitor, mailbox_id: UUID, about: Collection[UUID] | None = None) -> list[dict[str, Any]]:
    """Return all scheduled messages of a function mailbox, whoever wrote them.

    Args:
        visitor: The reader.
        mailbox_id: The mailbox.
        about: If given, only messages that answer or forward one of these.
    """
    with visitor.work() as work:
        planned = colleagues.load_planned(work, mailbox_id, about)
    if not planned:
        return []
    saved = [waiting.draft for waiting in planned]
    names, levels = _names(visitor, saved), _levels(visitor, saved)
    return [
        {
            **_draft_row(visitor, waiting.draft, names, levels[waiting.draft.id]),
            "writer": "" if waiting.is_own else waiting.writer,
            "send_iso": waiting.at.isoformat(),
            "send_text": visitor.say("Skickas {at}", at=minute(waiting.at, visitor.language)),
        }
        for waiting in planned
    ]


def _names(visitor: Visitor, saved: Sequence[SavedDraft]) -> dict[str, str]:
    """Return the names of the drafts' recipients, by their keys in the form."""
    words = list(dict.fromkeys(word for draft in saved for word in draft.fields.get("recipients", [])))
    with visitor.work() as work:
        recipients = find(work, None, [recipient(word) for word in words])
    return {word: str(address) for word, address in zip(words, recipients, strict=True)}


def _draft_row(visitor: Visitor, draft: SavedDraft, names: Mapping[str, str], level: Loa) -> dict[str, Any]:
    to = [names[word] for word in draft.fields.get("recipients", [])]
    masked = visitor.say("Tillitsnivå {loa}: legitimera dig för att läsa", loa=int(level))
    return {
        "id": draft.id,
        "url": address(draft),
        "subject": draft.get("subject").strip() if visitor.actor.loa.meets(level) else masked,
        "to": ", ".join(to),
        "at_iso": draft.changed_at.isoformat(),
        "at_text": when(draft.changed_at, visitor.language),
        "failure": visitor.say(Sentence.from_stored(draft.failure)) if draft.failure else "",
    }


HANDLERS = [keep, show, drop, take_back, stop, undo]
