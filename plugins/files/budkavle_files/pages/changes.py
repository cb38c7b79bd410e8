"""The steps that change an entry: a new catalogue, settings, sharing, deleting, restoring."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Host, Invalid, NotFound, Work, as_uuid
from budkavle.web import Form, Visitor
from budkavle_files.pages import catalogue_pages
from budkavle_files.pages.pieces import Extras
from budkavle_files.pages.rail import PATH
from budkavle_files.pages.sheet import Typed, read_until, subjects
from budkavle_files.tree import binning, sharing
from budkavle_files.tree.entries import change_settings, create_catalogue, rename_entry
from budkavle_files.tree.settings import LEVELS
from budkavle_files.tree.things import AccessRole

Step = Callable[[Host, Work, UUID], Any]


def routers(host: Host, extras: Extras) -> list[Router]:
    """Return the routes of the steps."""

    @post(f"{PATH}/new", sync_to_thread=True, status_code=200)
    def new(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Create a catalogue."""
        return _new(host, visitor, extras, form)

    @post(f"{PATH}/e/{{entry_id:uuid}}/settings", sync_to_thread=True, status_code=200)
    def settings(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], entry_id: FromPath[UUID]
    ) -> Response[Any]:
        """Save the tab Inställningar."""
        values = {name: form.get(name) for name in ("name", "loa", "confidential")}
        try:
            loa = _level(values["loa"])
            with visitor.work() as work:
                rename_entry(host, work, entry_id, values["name"])
                change_settings(host, work, entry_id, loa=loa, confidential=values["confidential"] == "1")
        except Invalid as fault:
            typed_values = {name: value for name, value in values.items() if name == "name" or name not in fault.fields}
            typed = Typed(typed_values, faults=fault.fields)
            return catalogue_pages.entry_page(host, visitor, extras, entry_id, typed)
        return _to(f"{PATH}/e/{entry_id}?done=saved")

    return [Router("", route_handlers=[new, settings, *_shares(host, extras), *_bin(host)])]


def _shares(host: Host, extras: Extras) -> list[Any]:
    @post(f"{PATH}/e/{{entry_id:uuid}}/shares", sync_to_thread=True, status_code=200)
    def share(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], entry_id: FromPath[UUID]
    ) -> Response[Any]:
        """Share with the ticked people and mailboxes."""
        chosen = form.all("who")
        try:
            until = read_until(form.get("until"))
            with visitor.work() as work:
                sharing.share_with(host, work, entry_id, subjects(chosen), _role(form), until)
        except Invalid as fault:
            values = {name: form.get(name) for name in ("role", "until")}
            typed = Typed(values, chosen, fault.fields)
            return catalogue_pages.entry_page(host, visitor, extras, entry_id, typed)
        return _to(f"{PATH}/e/{entry_id}?tab=shares&done=shared")

    @post(f"{PATH}/shares/{{share_id:uuid}}", sync_to_thread=True, status_code=200)
    def change(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], share_id: FromPath[UUID]
    ) -> Response[Any]:
        """Change the role and end of a share, or end it."""
        with visitor.work() as work:
            entry_id = sharing.find_share(host, work, share_id).entry_id
        try:
            with visitor.work() as work:
                if form.get("step") == "end":
                    sharing.end_share(host, work, share_id)
                    return _to(f"{PATH}/e/{entry_id}?tab=shares&done=ended")
                sharing.change_share(host, work, share_id, _role(form), read_until(form.get("until")))
        except Invalid as fault:
            return catalogue_pages.entry_page(host, visitor, extras, entry_id, Typed(faults=fault.fields))
        return _to(f"{PATH}/e/{entry_id}?tab=shares&done=shared")

    return [share, change]


def _bin(host: Host) -> list[Any]:
    @post(f"{PATH}/bin/{{step:str}}", sync_to_thread=True, status_code=200)
    def from_bin(visitor: NamedDependency[Visitor], form: NamedDependency[Form], step: FromPath[str]) -> Response[Any]:
        """Restore the ticked entries, or destroy them."""
        steps: dict[str, tuple[Step, str]] = {
            "restore": (binning.restore_entry, "restored"),
            "destroy": (binning.destroy_entry, "destroyed"),
        }
        if step not in steps:
            raise NotFound("Sidan finns inte.")
        function, done = steps[step]
        if step == "destroy":
            visitor.require_fresh("Visa vem du är, innan du tar bort något för gott.")
        with visitor.work() as work:
            for entry_id in read_ids(form.all("id")):
                function(host, work, entry_id)
        return _to(f"{PATH}/bin?done={done}")

    return [from_bin]


def read_ids(words: list[str]) -> list[UUID]:
    """Return the ticked entries.

    Raises:
        Invalid: None is ticked.
    """
    ids = [entry_id for word in words if (entry_id := as_uuid(word)) is not None]
    if not ids:
        raise Invalid("Välj något i listan först.")
    return list(dict.fromkeys(ids))


def _new(host: Host, visitor: Visitor, extras: Extras, form: Form) -> Response[Any]:
    parent, mailbox = as_uuid(form.get("parent")), as_uuid(form.get("mailbox"))
    name = form.get("sub-name") or form.get("name")  # beside an open panel, which has a field `name` of its own
    try:
        with visitor.work() as work:
            entry = create_catalogue(host, work, name, parent, mailbox)
    except Invalid as fault:
        typed = Typed({"name": name, "mailbox": form.get("mailbox")}, faults=fault.fields)
        if parent is not None:
            return catalogue_pages.catalogue_page(host, visitor, extras, parent, typed)
        return catalogue_pages.start_page(host, visitor, extras, typed)
    return _to(f"{PATH}/c/{entry.id}?done=created")


def _level(typed: str) -> int:
    for level in LEVELS:
        if str(level) == typed:
            return level
    raise Invalid("Inställningarna kunde inte sparas.", fields={"loa": "Välj en tillitsnivå."})


def _role(form: Form) -> AccessRole:
    word = form.get("role")
    for role in AccessRole:
        if role.name.lower() == word:
            return role
    raise Invalid("Det gick inte att dela.", fields={"role": "Välj en roll ur listan."})


def _to(url: str) -> Redirect:
    return Redirect(url, status_code=303)
