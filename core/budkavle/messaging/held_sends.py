"""Messages that wait for another member's approval, in mailboxes that require it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec

from budkavle.approvals import requests
from budkavle.cases import attachments
from budkavle.identification import succession
from budkavle.messaging import case_view, saved_drafts, sending
from budkavle.messaging.recipients import Routes
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.messaging.sending import OutgoingDraft
from budkavle.model.approvals import ApprovalKind, ApprovalRequest, Approvers, NewApproval
from budkavle.model.errors import Conflict, NeedsApproval, TooLarge
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.messages import Attachment, Draft, Message
from budkavle.model.sentences import Sentence
from budkavle.model.states import ApprovalState
from budkavle.plugins.registry import Plugins
from budkavle.storage.platform import Work

KIND = "budkavle.send"
_HELD = "Det här utkastet väntar redan på godkännande. Dra tillbaka begäran om du vill ändra och skicka det på nytt."


class _Content(msgspec.Struct, frozen=True):
    """What is needed to send it: the checked draft, and the form that it was written on."""

    draft: Draft
    saved_id: UUID | None = None


def all_kinds(plugins: Plugins) -> Mapping[str, ApprovalKind]:
    """Return the kinds of requests that a second person decides, the core's own first, by their full names."""
    return {KIND: _SENDS, succession.KIND: succession.SUCCESSION, **plugins.approval_kinds}


def ask_to_send(
    work: Work,
    mailbox_id: UUID,
    draft: Draft,
    reason: str = "",
    *,
    routes: Routes | None = None,
    saved: SavedForm | None = None,
) -> ApprovalRequest:
    """Check a draft as `send` does, and hold it until another member of the mailbox approves it.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox to send from.
        draft: What to send; `once` becomes the request's id.
        reason: A note to the approver.
        routes: The address books' answers about the recipients, if already known.
        saved: The form that it was written on. It is saved as a draft, which is removed when the message is sent: if
            it is not approved, its writer can go on from there.

    Raises:
        Conflict: It is already waiting, or the draft that it was written on is.
        Invalid: The draft breaks a rule, as in `send`, which documents the other errors.
    """
    require_free(work, saved, draft.once)
    outgoing, files = sending.check(work, mailbox_id, draft, timedelta(0), routes)
    content = _Content(replace(draft, once=outgoing.id), saved.draft_id if saved else None)
    seen = as_uuid(draft.extra.get("seen", ""))
    request = requests.ask_for_kind(
        work,
        NewApproval(
            kind=KIND,
            sentence=_sentence(outgoing),
            reason=reason,
            content=msgspec.msgpack.encode(content),
            details=_details(outgoing, files),
            mailbox_id=mailbox_id,
            level=outgoing.draft.loa,
            about=tuple(message_id for message_id in (draft.reply_to, draft.forwards, seen) if message_id),
            id=outgoing.id,
        ),
        _SENDS,
    )
    attachments.keep_uploads(work, draft.attachments, request.expires_at)
    if saved is not None:
        with suppress(Conflict, TooLarge):  # too many drafts, or too long for one
            saved_drafts.save(work, saved.draft_id, saved.fields, draft.attachments, saved.about)
    return request


def find_held(work: Work) -> dict[UUID, ApprovalRequest]:
    """Return the actor's unfinished requests to send, by the saved draft that each was written on."""
    held = [request for request in requests.own_unfinished(work, KIND) if request.content]
    saved = ((_read(request).saved_id, request) for request in held)
    return {draft_id: request for draft_id, request in saved if draft_id is not None}


def require_free(work: Work, saved: SavedForm | None, once: UUID | None) -> None:
    """Require that no request is unfinished about the draft of a form, other than the one with the id `once`.

    Raises:
        Conflict: The draft waits for approval, so sending it as well could send it twice.
    """
    held = find_held(work).get(saved.draft_id) if saved is not None else None
    if held is not None and held.id != once:
        raise Conflict(_HELD)


def send_approved(work: Work, mailbox_id: UUID, draft: Draft, request: ApprovalRequest) -> Message:
    """Send an approved message, once: for the `run` of a plugin's kind of requests.

    The message gets the request's id. If a worker has sent it but stopped before recording that, it is returned.

    Args:
        work: The unit of work passed to `run`.
        mailbox_id: The mailbox to send from.
        draft: What to send.
        request: The request passed to `run`; it belongs to this mailbox.

    Raises:
        NeedsApproval: The request belongs to another mailbox, or has not been approved.
        Conflict: The case has a new answer or message. `send` documents the other errors.

    Example:
        def run(work: Work, request: ApprovalRequest) -> None:
            send_approved(work, request.mailbox_id, draft_of(request), request)
    """
    approved = {ApprovalState.APPROVED, ApprovalState.FAILED}
    if request.mailbox_id != mailbox_id or request.state not in approved:
        raise NeedsApproval("Det här ska först godkännas av en kollega. Inget har skickats.")
    sent = case_view.sent_message(work, mailbox_id, request.id)
    return sent or sending.send_approved(work, mailbox_id, replace(draft, once=request.id))


def _run(work: Work, request: ApprovalRequest) -> None:
    content = _read(request)
    if request.mailbox_id is None:
        return
    send_approved(work, request.mailbox_id, content.draft, request)
    if content.saved_id is not None:
        saved_drafts.remove(work, content.saved_id)


def _read(request: ApprovalRequest) -> _Content:
    return msgspec.msgpack.decode(request.content, type=_Content)


def _sentence(outgoing: OutgoingDraft) -> Sentence:
    """Say what will happen, without content: the sentence is kept."""
    kinds = Sentence.joined(sorted({route.transport.label for route in outgoing.addressed}), ", ")
    number = len(outgoing.addressed)
    if number == 1:
        return Sentence("Ett meddelande skickas till en mottagare ({kinds}).", kinds=kinds)
    return Sentence("Ett meddelande skickas till {number} mottagare ({kinds}).", number=number, kinds=kinds)


def _details(outgoing: OutgoingDraft, files: Sequence[Attachment]) -> tuple[tuple[str, str], ...]:
    """Return what the approver has to read: recipients, subject, text and file names."""
    draft = outgoing.draft
    rows = [
        ("Från", outgoing.head.senders[0].name),
        ("Till", ", ".join(str(address) for address in draft.recipients)),
        ("Ämne", draft.subject),
        ("Okrypterad text i aviseringen", draft.open_text),
        ("Bilagor", ", ".join(file.file_name for file in files)),
        ("Text", draft.body),
    ]
    return tuple((label, text) for label, text in rows if text)


_SENDS = ApprovalKind("send", "Skicka meddelande", _run, Approvers.MEMBERS)
