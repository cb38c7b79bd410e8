"""Spara i Filer: choosing attachments of a case and the catalogue to save them in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import Actor, Host, Invalid, as_uuid
from budkavle.messaging import read_case
from budkavle.web import Form, Visitor, plugin_page
from budkavle_files.messages.saving import case_files, save_case_files, writable_catalogues

PATH = "/plugin/files/save"


def router(host: Host) -> Router:
    """Return the routes."""

    @get("/{case_id:uuid}", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
        """Show the attachments of a case, and the catalogues."""
        return _page(host, visitor, case_id)

    @post("/{case_id:uuid}", sync_to_thread=True, status_code=200)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form], case_id: FromPath[UUID]) -> Response[Any]:
        """Save the ticked attachments."""
        catalogue_id = as_uuid(form.get("catalogue"))
        ids = [each for each in map(as_uuid, form.all("file")) if each is not None]
        if catalogue_id is None:
            return _page(host, visitor, case_id, form, {"catalogue": "Välj en katalog."})
        try:
            with visitor.work() as work:
                save_case_files(host, work, case_id, ids, catalogue_id)
        except Invalid as error:
            return _page(host, visitor, case_id, form, error.fields)
        return Redirect(f"/plugin/files/c/{catalogue_id}?done=added", status_code=303)

    return Router(PATH, route_handlers=[ask, save])


def case_action(_: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the line of a case's menu; the template shows nothing if the case has no attachments."""
    case = subject["case"]
    return {"url": f"{PATH}/{case.id}", "attachments": case.attachments}


def _page(
    host: Host, visitor: Visitor, case_id: UUID, form: Form | None = None, faults: Mapping[str, str] | None = None
) -> Response[str]:
    with visitor.work() as work:
        view = read_case(work, case_id, opens=False)
        catalogues = writable_catalogues(host, work)
    fault = visitor.say_all(faults)
    files = case_files(view)
    context = {
        "case": view.case,
        "files": files,
        "ticked": form.all("file") if form else [str(file.attachment.id) for file in files],
        "catalogues": [(str(entry.id), name) for entry, name in catalogues],
        "catalogue": form.get("catalogue") if form else "",
        "fault": fault,
        "faults": list(fault.items()),
        "faulty": bool(fault),
        "path": f"{PATH}/{case_id}",
    }
    status = 422 if fault else 200
    return plugin_page(
        visitor, "files/messages/save.html", context, mailbox_id=view.case.mailbox_id, folder="inbox", status=status
    )
