"""The notes below the messages of a case, and the page for changing one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Actor, Host, Invalid, Sentence
from budkavle.accounts import require_member
from budkavle.web import Form, Visitor, plugin_page
from budkavle_notes.mentions import split
from budkavle_notes.store import (
    LONGEST,
    add_note,
    edit_note,
    find_note,
    list_notes,
    list_people,
    remove_note,
    require_place,
)

PATH = "/plugin/notes"


def router(host: Host) -> Router:
    """Return the routes of the pages."""

    @post(f"{PATH}/case/{{case_id:uuid}}", sync_to_thread=True)
    def add(visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]) -> Response[Any]:
        """Write a note."""
        try:
            with host.work(visitor.actor) as work:
                note_id = add_note(host, work, require_place(work, case_id), _typed(form))
        except Invalid as error:
            return _form(visitor, f"{PATH}/case/{case_id}", case_id, _typed(form), error)
        return Redirect(f"/c/{case_id}#note-{note_id}", status_code=303)

    @get(f"{PATH}/{{note_id:uuid}}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], note_id: FromPath[UUID]) -> Response[str]:
        """Show a note for changing or removing it."""
        with host.work(visitor.actor) as work:
            note, _ = find_note(host, work, note_id)
        return _form(visitor, f"{PATH}/{note_id}", note.case_id, note.text, note_id=note_id)

    @post(f"{PATH}/{{note_id:uuid}}", sync_to_thread=True)
    def edit(visitor: NamedDependency[Visitor], form: NamedDependency[Form], note_id: FromPath[UUID]) -> Response[Any]:
        """Change a note."""
        try:
            with host.work(visitor.actor) as work:
                place = edit_note(host, work, note_id, form.get("text"))
        except Invalid as error:
            with host.work(visitor.actor) as work:
                note, _ = find_note(host, work, note_id)
            return _form(visitor, f"{PATH}/{note_id}", note.case_id, form.get("text"), error, note_id=note_id)
        return Redirect(f"/c/{place.case_id}#note-{note_id}", status_code=303)

    @post(f"{PATH}/{{note_id:uuid}}/remove", sync_to_thread=True)
    def remove(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token of the form
        note_id: FromPath[UUID],
    ) -> Response[Any]:
        """Remove a note. That it existed remains visible."""
        with host.work(visitor.actor) as work:
            place = remove_note(host, work, note_id)
        return Redirect(f"/c/{place.case_id}#note-{note_id}", status_code=303)

    return Router("", route_handlers=[add, show, edit, remove])


def _typed(form: Form) -> str:
    """Return the text of the panel, which shares its page with others, or of the page that shows what is wrong."""
    return form.get("note-text") or form.get("text")


def panel(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the notes of an opened case."""
    case = subject["case"]
    with host.work(actor) as work:
        access = require_member(work, case.mailbox_id)
        written = list_notes(host, work, case.id, access.since)
        people = list_people(work, case.mailbox_id)
    return {
        "notes": [
            {
                "id": note.id,
                "author": note.author,
                "pieces": split(note.text, people),
                "at_iso": note.written_at.isoformat(),
                "at": Sentence("{at}", at=note.written_at),
                "edited": Sentence("Ändrad {at}.", at=note.edited_at) if note.edited_at else "",
                "removed": note.removed_at is not None,
                "removed_by": note.removed_by,
                "changes": access.may_answer
                and note.removed_at is None
                and (note.author_id == actor.user_id or access.administrator),
            }
            for note in written
        ],
        "url": f"{PATH}/case/{case.id}",
        "path": PATH,
        "writes": access.may_answer,
        "longest": LONGEST,
        "names": [person.name for person in people if person.id != actor.user_id],
    }


def _form(
    visitor: Visitor, url: str, case_id: UUID, text: str, error: Invalid | None = None, note_id: UUID | None = None
) -> Response[str]:
    faults = {name: visitor.say(sentence) for name, sentence in error.fields.items()} if error else {}
    context = {
        "url": url,
        "case_url": f"/c/{case_id}",
        "text": text,
        "faults": faults,
        "note_id": note_id,
        "remove_url": f"{PATH}/{note_id}/remove",
        "longest": LONGEST,
    }
    response = plugin_page(visitor, "notes/note.html", context, folder="notes")
    response.status_code = 422 if error else 200
    return response
