"""The page Lägg till, and Ny version of a file: by script with a progress bar, or as a plain form."""

from collections.abc import Generator, Sequence
from typing import Any, Final
from uuid import UUID

from anyio import to_thread
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import BudkavleError, Host, Invalid, as_uuid
from budkavle.cases import OwnedFile
from budkavle.web import Form, Visitor, WebRequest, allow_body, plugin_page, read_multipart
from budkavle_files.content import tus, uploads
from budkavle_files.content.tus import number
from budkavle_files.content.uploads import MOST_BYTES, NewUpload, Place
from budkavle_files.pages.rail import framed
from budkavle_files.tree.quota import Room, require_room, room
from budkavle_files.tree.things import Entry
from budkavle_files.tree.versions import FILES
from budkavle_files.views import breadcrumbs

PATH: Final = "/plugin/files"
N_ = str
_RUNNING: Final = 4
_NOTHING: Final = "Välj minst en fil."
SAID: Final = {"added": N_("Filen är på plats."), "stopped": N_("Uppladdningen är borttagen.")}


def handlers(host: Host) -> list[Any]:
    """Return the routes."""
    address = "/plugin/files/{target_id:uuid}/add"

    @get(address, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], target_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
        """Show the page."""
        return _page(host, visitor, target_id, said=SAID.get(said, ""))

    @post(address)
    async def add(request: WebRequest, visitor: NamedDependency[Visitor], target_id: FromPath[UUID]) -> Response[Any]:
        """Receive the files of a plain form."""
        try:
            await add_by_form(host, request, tus.sender_of(visitor), target_id)
        except Invalid as error:
            faults = error.fields or {"file": error.sentence}
            return await to_thread.run_sync(lambda: _page(host, visitor, target_id, faults=faults))
        return Redirect(f"/plugin/files/{target_id}/add?said=added", status_code=303)

    @post("/plugin/files/{target_id:uuid}/add/stop", sync_to_thread=True)
    def stop(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], target_id: FromPath[UUID]
    ) -> Response[Any]:
        """Remove an unfinished upload."""
        upload_id = as_uuid(form.get("upload"))
        if upload_id is not None:
            with visitor.work() as work:
                uploads.give_up(host, work, visitor.actor.user_id, upload_id)
        return Redirect(f"/plugin/files/{target_id}/add?said=stopped", status_code=303)

    return [show, add, stop]


def _page(
    host: Host, visitor: Visitor, target_id: UUID, said: str = "", faults: dict[str, str] | None = None
) -> Response[str]:
    with visitor.work() as work:
        target = uploads.require_target(host, work, target_id)
        waiting = uploads.list_own(host, work, visitor.actor.user_id, target_id)
        space = room(host, work, target.owner)
        beside = [*breadcrumbs(host, work, target), *([target] if target.is_catalogue else [])]
        frame = framed(host, visitor, work, beside[-1] if beside else None)
    context = {
        **frame,
        "target": target,
        "waiting": waiting,
        "box": box(target, space, visitor.say_all(faults)),
        "faults": visitor.say_all(faults),
        "said": visitor.say(said) if said else "",
        "back": f"{PATH}/{'c' if target.is_catalogue else 'e'}/{target.id}",
    }
    return plugin_page(visitor, "files/add.html", context, folder="files", status=422 if faults else 200)


def box(target: Entry, space: Room, faults: dict[str, str] | None = None, *, again: bool = False) -> dict[str, Any]:
    """Return the context for the area where files are chosen or dropped.

    Args:
        target: The catalogue, or the file that gets a new version.
        space: The free space of its owner.
        faults: Errors in what was sent.
        again: Whether to reload the page when all files are stored.
    """
    return {
        "target": target,
        "url": f"{PATH}/{target.id}/add",
        "endpoint": tus.PATH,
        "most": MOST_BYTES,
        "space": space,
        "faults": faults or {},
        "again": again,
        "folders": True,
    }


async def add_by_form(host: Host, request: WebRequest, sender: tus.Sender, target_id: UUID) -> None:
    """Receive the files of a plain form, for any sender.

    Args:
        host: The plugin's host.
        request: The form, whose body is not read yet.
        sender: The sender.
        target_id: The catalogue, or the file that gets a new version.

    Raises:
        Invalid: There is no file, or it is not accepted.
        BudkavleError: As for `uploads.begin`.
    """
    size = number(request.headers.get("content-length", "")) or 0
    target = await to_thread.run_sync(_prepare, host, sender, target_id, size)
    allow_body(request, MOST_BYTES, sender.mark, _RUNNING)
    stored = list[OwnedFile]()

    def keep(name: str, content_type: str) -> Generator[None, bytes, None]:
        file = yield from FILES.keeping(host.platform, sender.actor, target.id, name, content_type)
        stored.append(file)

    try:
        form = await read_multipart(request, keep)
        sender.check(form)
        if not stored:
            raise Invalid("Ingen fil kom fram.", fields={"file": _NOTHING})
        await to_thread.run_sync(_put, host, sender, target, stored)
    except BudkavleError:
        await to_thread.run_sync(_forget, host, sender, [file.id for file in stored])
        raise


def _prepare(host: Host, sender: tus.Sender, target_id: UUID, size: int) -> Entry:
    with host.work(sender.actor) as work:
        sender.judge(work, target_id, "", None)
        target = uploads.require_target(host, work, target_id)
        require_room(host, work, target.owner, size)
    return target


def _put(host: Host, sender: tus.Sender, target: Entry, kept: Sequence[OwnedFile]) -> None:
    with host.work(sender.actor) as work:
        for file in kept:
            sender.judge(work, target.id, file.name, file)
            new = NewUpload(target.id, file.name, file.size)
            parent_id = target.id if target.is_catalogue else target.parent_id
            uploads.reserve(host, work, file.id, sender.id, Place(target, new, parent_id))
            uploads.finish(host, work, file)


def _forget(host: Host, sender: tus.Sender, file_ids: Sequence[UUID]) -> None:
    with host.work(sender.actor) as work:
        FILES.destroy(work, *file_ids)
