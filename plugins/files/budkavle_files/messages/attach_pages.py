"""The dialog Bifoga i ett meddelande: which files, from which mailbox, and which kind of message."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle import BudkavleError, Forbidden, FunctionMailbox, Host, Invalid, NotFound, TooLarge, Work, as_uuid
from budkavle.cases import readable_mailboxes
from budkavle.messaging import message_kinds
from budkavle.web import Form, Visitor, plugin_page
from budkavle_files.messages.attaching import Attaching, attachable, begin_message
from budkavle_files.pages.rail import framed
from budkavle_files.tree.things import EntryKind
from budkavle_files.views import breadcrumbs

PATH = "/plugin/files/attach"
NO_ACCOUNT = "Du är inte med i någon brevlåda som du får skicka från."


def router(host: Host) -> Router:
    """Return the routes."""

    @get(PATH, sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show what is attached, the sending mailbox, and the kinds of message (features D16, D17)."""
        parameters = visitor.request.query_params
        mailbox_id = as_uuid(parameters.get("mailbox", ""))
        return _page(host, visitor, _ids(parameters.getall("id", [])), mailbox_id)

    @post(PATH, sync_to_thread=True, status_code=200)
    def begin(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Start the message, and redirect to the page for writing."""
        ids, mailbox_id = _ids(form.all("id")), as_uuid(form.get("mailbox"))
        if mailbox_id is None:
            raise Invalid(NO_ACCOUNT)
        if form.get("change"):
            query = urlencode([*(("id", each) for each in ids), ("mailbox", mailbox_id)])
            return Redirect(f"{PATH}?{query}", status_code=303)
        attaching = Attaching(ids, mailbox_id, form.get("kind"), form.get("notes") == "text")
        try:
            draft_id = begin_message(host, visitor, attaching)
        except (Invalid, TooLarge) as error:
            return _page(host, visitor, ids, mailbox_id, form, error)
        return Redirect(f"/compose?draft={draft_id}", status_code=303)

    return Router("", route_handlers=[ask, begin])


def _ids(words: list[str]) -> list[UUID]:
    return [entry_id for entry_id in map(as_uuid, words) if entry_id is not None]


def writable(work: Work) -> list[FunctionMailbox]:
    """Return the mailboxes that the actor may send from, a person's own last."""
    boxes = [box for box in readable_mailboxes(work) if _offers(work, box.id)]
    return sorted(boxes, key=lambda box: box.owner_id is not None)


def _offers(work: Work, mailbox_id: UUID) -> bool:
    try:
        return bool(message_kinds(work, mailbox_id))
    except (Forbidden, NotFound):
        return False


def _page(
    host: Host,
    visitor: Visitor,
    ids: list[UUID],
    mailbox_id: UUID | None,
    form: Form | None = None,
    error: BudkavleError | None = None,
) -> Response[str]:
    with visitor.work() as work:
        entries = attachable(host, work, ids)
        boxes = writable(work)
        box = next((box for box in boxes if box.id == mailbox_id), boxes[0] if boxes else None)
        if box is None:
            raise Forbidden(NO_ACCOUNT)
        kinds = message_kinds(work, box.id)
        above = breadcrumbs(host, work, entries[0])
        frame = framed(host, visitor, work, above[-1] if above else None)
    faults = visitor.say_all(error.fields) if error else {}
    if error and not faults:
        faults = {"kind": visitor.say(error.sentence)}
    level = max(entry.level for entry in entries)
    context = {
        **frame,
        "entries": entries,
        "notes": [entry for entry in entries if entry.kind is EntryKind.NOTE],
        "boxes": [(str(each.id), visitor.say("Min inkorg") if each.owner_id else each.name) for each in boxes],
        "box": str(box.id),
        "kinds": [
            (each.name, visitor.say(each.label), _hint(visitor, each.capabilities.family, level)) for each in kinds
        ],
        "kind": (form.get("kind") if form else "") or kinds[0].name,
        "as_text": form is not None and form.get("notes") == "text",
        "level": level,
        "faults": list(faults.items()),
        "fault": faults,
        "faulty": bool(faults),
        "own": PATH,
        "back": f"/plugin/files/c/{entries[0].parent_id}",
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "files/messages/attach.html", context, mailbox_id=None, folder="files", status=status)


def _hint(visitor: Visitor, family: str, level: int) -> str | None:
    """Say what happens to the attachments' level, if they have one."""
    if not level:
        return None
    if family:
        return visitor.say("Mottagaren visar vem hen är på tillitsnivå {level}.", level=level)
    return visitor.say("Kan inte kräva tillitsnivå {level} av mottagaren. Tänk på vad du skickar.", level=level)
