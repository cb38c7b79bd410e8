"""The pages of a guest's link: identifying, the catalogue, reading and writing notes, and downloading."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from budkavle import ActorScope, Forbidden, Host, Loa, NotFound, Sentence, Work
from budkavle.identification import Limit, within_limit
from budkavle.web import (
    Form,
    Guest,
    WebRequest,
    admit_guest,
    dismiss_guest,
    guest_methods,
    guest_page,
    identify_guest,
)
from budkavle_files.content import pages as content
from budkavle_files.guests.guest_shares import PATH, GuestShare, find_guest_share
from budkavle_files.notes.content import read_note, save_note
from budkavle_files.reading.readings import note_reading
from budkavle_files.tree.entries import list_catalogue
from budkavle_files.tree.guest_names import guest_mark, remember_guest
from budkavle_files.tree.quota import Room, room
from budkavle_files.tree.store import find_entry
from budkavle_files.tree.things import GONE, AccessRole, Entry, EntryKind
from budkavle_files.tree.versions import FILES, find_version

UNKNOWN = Limit(60, timedelta(minutes=15))
"""Unknown links that one network address may request before it must wait; valid links always open."""
METHOD = "E-postlänk"
MOST = 500
"""The most entries of a catalogue that a guest sees."""


class Guessing(NotFound):
    """Somebody at this network address asks for link after link."""

    slug, title, status = "too-many", "För mycket på kort tid", 429

    def __init__(self) -> None:
        super().__init__("Många länkar som inte finns har öppnats härifrån. Vänta en kvart och försök igen.")


def router(host: Host) -> Router:
    """Return the routes."""
    return Router(f"{PATH}/{{token:str}}", route_handlers=[*_before(host), *_inside(host)])


def _before(host: Host) -> list[Any]:
    @get("/", sync_to_thread=True)
    def show(request: WebRequest, token: FromPath[str], guest: NamedDependency[Guest | None]) -> Response[Any]:
        """Show what the link is and how to identify; to an identified guest, show what is shared."""
        shared = find_shared(host, request, token)
        if guest is None or not is_for(shared, guest):
            return _first(host, request, token, shared)
        return entry_page(host, request, token, (shared, guest), shared.entry.id)

    @post("/open", sync_to_thread=True, status_code=200)
    def enter(request: WebRequest, token: FromPath[str]) -> Response[Any]:
        """Let a visitor in by the link alone, if no more is required."""
        shared = find_shared(host, request, token)
        if not shared.by_link_alone:
            raise Forbidden("Visa vem du är. Öppna länken igen, och välj ett sätt.")
        return _private(admit_guest(request, shared.of, method=METHOD, return_to=here(token)))

    @post("/identify/{way:str}", sync_to_thread=True, status_code=200)
    def identify(request: WebRequest, token: FromPath[str], way: FromPath[str]) -> Response[Any]:
        """Start identification."""
        shared = find_shared(host, request, token)
        if way not in {provider.name for provider in _ways(host, shared)}:
            raise Forbidden("Visa vem du är på ett annat sätt. Öppna länken igen.")
        hints = {
            "email": shared.details.email,
            "phone": shared.details.phone,
            "personnummer": shared.details.personnummer,
            "purpose": Sentence("Öppna det som {organisation} delar med dig", organisation=shared.organisation),
            "language": shared.details.language,
        }
        answer = identify_guest(request, way, shared.of, loa=shared.level, return_to=here(token), hints=hints)
        return _private(answer)

    @post("/leave", sync_to_thread=True, status_code=200)
    def leave(request: WebRequest, token: FromPath[str]) -> Response[Any]:
        """End the guest's session."""
        return dismiss_guest(request, Redirect(here(token), status_code=303))

    return [show, enter, identify, leave]


def _inside(host: Host) -> list[Any]:
    @get("/e/{entry_id:uuid}", sync_to_thread=True)
    def entry(
        request: WebRequest, token: FromPath[str], entry_id: FromPath[UUID], guest: NamedDependency[Guest | None]
    ) -> Response[Any]:
        """Show a catalogue or a note."""
        shared = find_shared(host, request, token)
        if guest is None or not is_for(shared, guest):
            return Redirect(here(token), status_code=303)
        return entry_page(host, request, token, (shared, guest), entry_id)

    @get("/file/{entry_id:uuid}", sync_to_thread=True)
    def download(
        request: WebRequest, token: FromPath[str], entry_id: FromPath[UUID], guest: NamedDependency[Guest | None]
    ) -> Response[Any] | Stream:
        """Return the latest version of a file."""
        shared = find_shared(host, request, token)
        if guest is None or not is_for(shared, guest):
            return Redirect(here(token), status_code=303)
        with _work(host, shared) as work:
            file = reached(host, work, shared, guest, entry_id)
            if file.is_catalogue:
                raise NotFound(GONE)
            remember(host, work, shared, guest)
            version = find_version(host, work, file)
            chunks = FILES.open(work, version.file_id)
            note_reading(host, work, file, version.number, shared.share.id)
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "content-length": str(version.size),
            "cache-control": "no-store",
        }
        return Stream(chunks, media_type="application/octet-stream", headers=headers)

    @post("/e/{entry_id:uuid}", sync_to_thread=True, status_code=200)
    def write(
        request: WebRequest,
        token: FromPath[str],
        entry_id: FromPath[UUID],
        guest: NamedDependency[Guest | None],
        guest_form: NamedDependency[Form],
    ) -> Response[Any]:
        """Save what a guest with the role author has written in a note."""
        shared = find_shared(host, request, token)
        if guest is None or not is_for(shared, guest):
            return Redirect(here(token), status_code=303)
        base, text = (guest_form.values.get(name, [""])[-1] for name in ("base", "text"))
        with _work(host, shared, ActorScope.WRITE) as work:
            reached(host, work, shared, guest, entry_id, AccessRole.AUTHOR)
            remember(host, work, shared, guest)
            saved = save_note(host, work, entry_id, base, text)
        if saved.conflicts:
            typed = {"text": saved.proposal, "base": saved.note.text, "clash": saved}
            return entry_page(host, request, token, (shared, guest), entry_id, typed)
        return Redirect(f"{here(token)}/e/{entry_id}?said=saved", status_code=303)

    return [entry, download, write]


def find_shared(host: Host, request: WebRequest, token: str) -> GuestShare:
    """Return the share of a link.

    Raises:
        Guessing: It is unknown, and so were too many others that this network address has asked for.
        NotFound: The link is unknown or has ended.
    """
    shared = find_guest_share(host, token)
    if shared is None:
        address = request.client.host if request.client else ""
        if not within_limit(host.platform, UNKNOWN, "files-link", address):
            raise Guessing
        raise NotFound("Länken leder inte till något, eller så har delningen slutat. Fråga den som delade med dig.")
    return shared


def is_for(shared: GuestShare, guest: Guest) -> bool:
    """Tell whether this browser's guest has identified for this share, at the level that it now requires."""
    return (guest.organisation_id, guest.ref) == (
        shared.of.organisation_id,
        shared.of.ref,
    ) and guest.loa >= shared.level


def _work(host: Host, shared: GuestShare, *scopes: ActorScope) -> Any:
    return host.work(host.system(shared.organisation_id, ActorScope.READ, *scopes, name=guest_mark(shared.share.id)))


def remember(host: Host, work: Work, shared: GuestShare, guest: Guest) -> None:
    """Store the guest's name: from the identification, or else as the sharer has written it."""
    remember_guest(host, work, shared.share.id, shared.share.entry_id, guest.name or shared.details.name)


def reached(
    host: Host, work: Work, shared: GuestShare, guest: Guest, entry_id: UUID, role: AccessRole = AccessRole.READER
) -> Entry:
    """Return an entry within the share, if the guest's level and role suffice."""
    entry = find_entry(host, work, entry_id)
    if shared.share.entry_id not in entry.line or entry.binned_at is not None or guest.loa < entry.level:
        raise NotFound(GONE)
    if shared.share.role < role:
        raise Forbidden("Du får läsa här men inte ändra.")
    return entry


def _ways(host: Host, shared: GuestShare) -> Sequence[Any]:
    with _work(host, shared) as work:
        return guest_methods(work, shared.level, shared.details.terms)


def _first(host: Host, request: WebRequest, token: str, shared: GuestShare) -> Response[Any]:
    context = {
        "organisation": shared.organisation,
        "until": shared.share.until,
        "by_link_alone": shared.by_link_alone,
        "ways": [] if shared.by_link_alone else _ways(host, shared),
        "loa": int(shared.level) if shared.level > Loa.ONE else 0,
        "here": here(token),
    }
    return _private(guest_page(request, "files/guests/first.html", context))


def entry_page(
    host: Host,
    request: WebRequest,
    token: str,
    who: tuple[GuestShare, Guest],
    entry_id: UUID,
    typed: dict[str, Any] | None = None,
) -> Response[Any]:
    """Return the page of an entry that a guest may open, with form input that could not be saved.

    Args:
        host: The plugin's host.
        request: The request.
        token: The link's token.
        who: The share, and its guest.
        entry_id: The entry.
        typed: The content of the note's form, or `upload_faults` of files that were sent.

    Raises:
        NotFound: It is out of the guest's reach.
    """
    shared, guest = who
    faults = (typed or {}).get("upload_faults", {})
    with _work(host, shared) as work:
        entry = reached(host, work, shared, guest, entry_id)
        inside, note = [], None
        adds = shared.share.role >= AccessRole.AUTHOR and entry.kind is not EntryKind.NOTE
        space = room(host, work, entry.owner) if adds else None
        if entry.is_catalogue:
            listed = list_catalogue(host, work, entry, limit=MOST).entries
            inside = [each for each in listed if guest.loa >= max(each.loa, entry.level)]
        elif entry.kind is EntryKind.NOTE:
            remember(host, work, shared, guest)
            note = read_note(host, work, entry)
            note_reading(host, work, entry, note.version, shared.share.id)
    context = {
        "organisation": shared.organisation,
        "entry": entry,
        "is_root": entry.id == shared.share.entry_id,
        "above": entry.parent_id,
        "inside": inside,
        "note": note,
        "writes": shared.share.role >= AccessRole.AUTHOR and note is not None,
        "box": upload_box(entry, here(token), space, faults) if space else None,
        "replaces": shared.share.role >= AccessRole.AUTHOR,
        "text": note.text if note else "",
        "base": note.text if note else "",
        "clash": None,
        "said": request.query_params.get("said", ""),
        "method": guest.method,
        "until": shared.share.until,
        "here": here(token),
        "csrf": guest.csrf,
        **(typed or {}),
    }
    status = 422 if faults else 409 if typed else 200
    return _private(guest_page(request, "files/guests/entry.html", context, status=status))


def here(token: str) -> str:
    """Return the path of a link."""
    return f"{PATH}/{quote(token, safe='')}"


def upload_box(entry: Entry, link: str, space: Room, faults: dict[str, str]) -> dict[str, Any]:
    """Return the context for the area where a guest chooses or drops files; see `content.box`."""
    box = content.box(entry, space, faults, again=True)
    return {**box, "url": f"{link}/add/{entry.id}", "endpoint": f"{link}/uploads", "folders": False}


def _private(answer: Response[Any]) -> Response[Any]:
    """Prevent the page's address, which is a secret, from leaking."""
    answer.headers["referrer-policy"] = "same-origin"
    answer.headers["x-robots-tag"] = "noindex, nofollow"
    return answer
