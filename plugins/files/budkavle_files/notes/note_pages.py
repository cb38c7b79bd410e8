"""The pages of a note: creating, reading and writing it, its page's requests while a user writes, and its PDF."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import MediaType, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Host, Invalid, as_uuid
from budkavle.accounts import find_organisation
from budkavle.web import Form, Visitor, plugin_page
from budkavle_files.notes.content import (
    LONGEST,
    NoteText,
    SavedNote,
    create_note,
    read_note,
    require_note,
    save_note,
)
from budkavle_files.notes.note_pdf import LOCAL, PrintedNote, note_pdf
from budkavle_files.pages.rail import framed
from budkavle_files.reading.readings import note_reading
from budkavle_files.reading.writers import note_leaving, note_writing, writers_of
from budkavle_files.tree import rights
from budkavle_files.tree.guest_names import name_guests
from budkavle_files.tree.things import AccessRole
from budkavle_files.views import breadcrumbs

PATH = "/plugin/files/notes"
N_ = str
"""Marks a sentence for the translations."""
SAID = {
    "saved": N_("Anteckningen är sparad."),
    "merged": N_("{other} skrev samtidigt. Era ändringar är sammanförda."),
}


def router(host: Host) -> Router:
    """Return the routes."""
    return Router(PATH, route_handlers=[*_reading(host), *_writing(host), *_living(host)])


def _reading(host: Host) -> list[Any]:
    @get("/{entry_id:uuid}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], entry_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
        """Show a note: as text to a user who may write, rendered to one who may only read."""
        with visitor.work() as work:
            note = read_note(host, work, require_note(host, work, entry_id))
            note_reading(host, work, note.entry, note.version)
        return _page(host, visitor, note, said=said)

    @get("/{entry_id:uuid}/note.pdf", sync_to_thread=True)
    def pdf(visitor: NamedDependency[Visitor], entry_id: FromPath[UUID]) -> Response[bytes]:
        """Return a note as PDF."""
        with visitor.work() as work:
            note = read_note(host, work, require_note(host, work, entry_id))
            note_reading(host, work, note.entry, note.version)
        made = note_pdf(printed(host, visitor, note))
        name = quote(f"{note.entry.name}.pdf", safe="")
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "no-store"}
        return Response(made, media_type="application/pdf", headers=headers)

    return [show, pdf]


def _writing(host: Host) -> list[Any]:
    @get("/new", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], catalogue: FromQuery[UUID]) -> Response[str]:
        """Ask for the name of a new note."""
        return _new_page(host, visitor, catalogue, {})

    @post("/new", sync_to_thread=True)
    def add(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Add a note to a catalogue (feature D4)."""
        catalogue_id = as_uuid(form.get("catalogue"))
        if catalogue_id is None:
            raise Invalid("Välj en katalog att lägga det i.")
        try:
            with visitor.work() as work:
                entry = create_note(host, work, catalogue_id, form.get("name"), _typed(form, "text"))
        except Invalid as error:
            return _new_page(host, visitor, catalogue_id, error.fields, form)
        return Redirect(f"{PATH}/{entry.id}", status_code=303)

    @post("/{entry_id:uuid}", sync_to_thread=True)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form], entry_id: FromPath[UUID]) -> Response[Any]:
        """Save the text, or show it rendered; texts that cannot be merged are returned with both variants."""
        base, text = _typed(form, "base"), _typed(form, "text")
        if form.get("preview"):
            with visitor.work() as work:
                note = read_note(host, work, require_note(host, work, entry_id, AccessRole.AUTHOR))
            return _page(host, visitor, note, _Typed(text, base))
        try:
            with visitor.work() as work:
                saved = save_note(host, work, entry_id, base, text)
        except Invalid as error:
            with visitor.work() as work:
                note = read_note(host, work, require_note(host, work, entry_id, AccessRole.AUTHOR))
            return _page(host, visitor, note, _Typed(text, base), faults=error.fields, status=422)
        if saved.conflicts:
            both = _Typed(saved.proposal, saved.note.text)
            return _page(host, visitor, saved.note, both, clash=saved, status=409)
        said = "merged" if saved.merged else "saved"
        return Redirect(f"{PATH}/{entry_id}?said={said}", status_code=303)

    return [ask, add, save]


def _living(host: Host) -> list[Any]:
    @post("/{entry_id:uuid}/sync", sync_to_thread=True, status_code=200)
    def sync(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], entry_id: FromPath[UUID]
    ) -> Response[dict[str, Any]]:
        """Save the open page's text, and return what others have written and who is writing (feature D14)."""
        with visitor.work() as work:
            note_writing(host, work, require_note(host, work, entry_id, AccessRole.AUTHOR).id)
            if "text" in form.values:
                saved = save_note(host, work, entry_id, _typed(form, "base"), _typed(form, "text"))
            else:
                saved = SavedNote(read_note(host, work, require_note(host, work, entry_id)))
            writers = writers_of(host, work, [entry_id]).get(entry_id, ())
        answer = _told(visitor, saved, writers, form.get("mark"))
        return Response(answer, status_code=409 if saved.conflicts else 200, media_type=MediaType.JSON)

    @post("/{entry_id:uuid}/leave", sync_to_thread=True, status_code=200)
    def leave(visitor: NamedDependency[Visitor], form: NamedDependency[Form], entry_id: FromPath[UUID]) -> str:
        """Record that the page has been left."""
        del form  # its token has been checked
        with visitor.work() as work:
            note_leaving(host, work, require_note(host, work, entry_id).id)
        return ""

    @post("/{entry_id:uuid}/preview", sync_to_thread=True, status_code=200)
    def preview(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], entry_id: FromPath[UUID]
    ) -> Response[str]:
        """Render the page's text, before it is saved."""
        with visitor.work() as work:
            require_note(host, work, entry_id)
        context = {"text": _typed(form, "text")[:LONGEST], "csrf": visitor.session.csrf}
        return visitor.pages.page(visitor.request, "files/notes/preview.html", context, visitor.language)

    return [sync, leave, preview]


def _typed(form: Form, name: str) -> str:
    """Return a text as typed, with leading and trailing white space."""
    return form.values.get(name, [""])[-1]


def _told(visitor: Visitor, saved: SavedNote, writers: Any, mark: str) -> dict[str, Any]:
    """Return the data for an open page's script; the text only if the page does not have it already."""
    sentence = ""
    if saved.conflicts:
        sentence = visitor.say(CLASH, other=saved.other)
    elif saved.merged:
        sentence = visitor.say(SAID["merged"], other=saved.other)
    names = ", ".join(writers)
    return {
        "mark": str(saved.note.mark),
        "text": None if mark == str(saved.note.mark) else saved.note.text,
        "sentence": sentence,
        "writers": visitor.say(WRITING, names=names) if names else "",
    }


CLASH = N_("{other} har ändrat samma rader som du. Din text är inte sparad än. Välj Spara för att sammanföra dem.")
WRITING = N_("Skriver nu: {names}")


def _new_page(host: Host, visitor: Visitor, catalogue_id: UUID, faults: Any, form: Form | None = None) -> Response[str]:
    with visitor.work() as work:
        catalogue = rights.require(host, work, catalogue_id, AccessRole.AUTHOR)
        above = breadcrumbs(host, work, catalogue)
        frame = framed(host, visitor, work, catalogue)
    errors = visitor.say_all(faults)
    context = {
        **frame,
        "catalogue": catalogue,
        "above": above,
        "typed": {"name": form.get("name") if form else "", "text": _typed(form, "text") if form else ""},
        "fault": errors,
        "faults": list(errors.items()),
        "own": PATH,
    }
    return plugin_page(visitor, "files/notes/new.html", context, folder="files", status=422 if faults else 200)


@dataclass(frozen=True, slots=True)
class _Typed:
    """The content of a note's form, if it differs from what has been saved.

    Attributes:
        base: The text that the writer started with.
    """

    text: str
    base: str


def _page(
    host: Host,
    visitor: Visitor,
    note: NoteText,
    typed: _Typed | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> Response[str]:
    with visitor.work() as work:
        writes = rights.may(host, work, note.entry, AccessRole.AUTHOR)
        above = breadcrumbs(host, work, note.entry)
        writers = writers_of(host, work, [note.entry.id]).get(note.entry.id, ())
        frame = framed(host, visitor, work, above[-1] if above else None)
        changed_by = name_guests(host, work, [note.entry.changed_by])[note.entry.changed_by]
    code, fault = more.get("said", ""), visitor.say_all(more.get("faults"))
    context = {
        **frame,
        "note": note,
        "entry": note.entry,
        "above": above,
        "changed_by": changed_by,
        "writes": writes,
        "text": typed.text if typed else note.text,
        "base": typed.base if typed else note.text,
        "writing": visitor.say(WRITING, names=", ".join(writers)) if writers else "",
        "said": visitor.say(SAID[code], other=changed_by) if code in SAID else "",
        "clash": more.get("clash"),
        "fault": fault,
        "faults": list(fault.items()),
        "faulty": bool(fault),
        "own": f"{PATH}/{note.entry.id}",
    }
    return plugin_page(visitor, "files/notes/note.html", context, folder="files", status=status)


def printed(host: Host, visitor: Visitor, note: NoteText) -> PrintedNote:
    """Return the content of a note's PDF, in the visitor's language."""
    at = note.entry.changed_at
    moment = at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
    with visitor.work() as work:
        who = name_guests(host, work, [note.entry.changed_by])[note.entry.changed_by]
    about = visitor.say("Version {number}, ändrad {moment} av {who}", number=note.version, moment=moment, who=who)
    with host.work(host.system(visitor.actor.organisation_id)) as work:
        organisation = find_organisation(work).name
    return PrintedNote(note.entry.name, note.text, about, at, organisation, visitor.language)
