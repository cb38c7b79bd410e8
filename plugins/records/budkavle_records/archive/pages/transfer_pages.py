"""The pages of transfers to the archive: the list, choosing cases with a dry run, and one transfer's packages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Host, Invalid
from budkavle.accounts import require_admin
from budkavle.web import Form, Visitor, require_authority
from budkavle_records.archive import delivery_list
from budkavle_records.archive.appraisals import kind_choices
from budkavle_records.archive.pages import package_pages
from budkavle_records.archive.pages.forms import Typed, posted_receipt, read_receipt, read_selection
from budkavle_records.archive.pages.views import (
    AGAIN,
    PATH,
    SHOWN,
    TAB,
    Posted,
    megabytes,
    paging,
    receipt_context,
    row_of,
)
from budkavle_records.archive.receipts import note_for_all
from budkavle_records.archive.store import Transfer, find_transfer, list_packages, list_transfers
from budkavle_records.archive.tables import PackageState
from budkavle_records.archive.transfers import MOST, PlannedTransfer, ask_transfer, plan_transfer
from budkavle_records.frame import records_page

SAID = {
    "asked": "Leveransen är begärd. En annan administratör behöver godkänna den innan paketen görs.",
    "noted": "Kvittensen är sparad.",
}


def router(host: Host) -> Router:
    """Return the routes for the archive."""
    return Router(
        "", route_handlers=[*_of_lists(host), *_of_choice(host), *_of_transfer(host), *package_pages.of(host)]
    )


def _of_lists(host: Host) -> list[Any]:
    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], page: FromQuery[int] = 1, said: FromQuery[str] = "") -> Response[str]:
        """List the transfers."""
        require_admin(visitor.actor)
        first = (max(1, page) - 1) * SHOWN
        with host.work(visitor.actor) as work:
            transfers, total = list_transfers(host, work, first, SHOWN)
        context = {
            "path": PATH,
            "transfers": [_line(transfer) for transfer in transfers],
            "paging": paging(total, max(1, page), PATH),
            "said": visitor.say(SAID[said]) if said in SAID else "",
        }
        return records_page(visitor, "archive/transfers.html", TAB, context)

    @get(f"{PATH}/{{transfer_id:uuid}}/list.csv", sync_to_thread=True)
    def give_csv(visitor: NamedDependency[Visitor], transfer_id: FromPath[UUID]) -> Response[bytes]:
        """Return the list of a transfer as a CSV file."""
        require_admin(visitor.actor)
        with host.work(visitor.actor) as work:
            number = find_transfer(host, work, transfer_id).number
            content = delivery_list.csv_list(host, work, transfer_id)
        return _file(content, "text/csv", f"leverans-{number}.csv")

    @get(f"{PATH}/{{transfer_id:uuid}}/SHA256SUMS", sync_to_thread=True)
    def give_sums(visitor: NamedDependency[Visitor], transfer_id: FromPath[UUID]) -> Response[bytes]:
        """Return the checksums of a transfer, in the format that `sha256sum --check` reads."""
        require_admin(visitor.actor)
        with host.work(visitor.actor) as work:
            find_transfer(host, work, transfer_id)
            content = "".join(delivery_list.checksum_lines(host, work, transfer_id))
        return _file(content.encode(), "text/plain", "SHA256SUMS")

    return [show, give_csv, give_sums]


def _of_choice(host: Host) -> list[Any]:
    @get(f"{PATH}/new", sync_to_thread=True)
    def choose(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the form; if the address contains a selection, also show what the transfer would contain."""
        require_admin(visitor.actor)
        query = visitor.request.query_params
        return _choice_page(host, visitor, Typed.of(dict(query)), shows="show" in query)

    @post(f"{PATH}/new", sync_to_thread=True, status_code=200)
    def ask(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Request the transfer of the selected cases."""
        require_authority(visitor, visitor.say(AGAIN))
        typed = Typed.of({name: form.get(name) for name in form.values})
        try:
            with host.work(visitor.actor) as work:
                selection = read_selection(work, typed)
                ask_transfer(host, work, selection, form.get("reason"), to_folder=bool(form.get("to_folder")))
        except Invalid as error:
            return _choice_page(host, visitor, typed, shows=True, posted=Posted(form, error))
        return Redirect(f"{PATH}?said=asked", status_code=303)

    return [choose, ask]


def _of_transfer(host: Host) -> list[Any]:
    transfer = f"{PATH}/{{transfer_id:uuid}}"

    @get(transfer, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        transfer_id: FromPath[UUID],
        page: FromQuery[int] = 1,
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """Show the progress of a transfer, and its packages."""
        require_admin(visitor.actor)
        return _transfer_page(host, visitor, transfer_id, page=max(1, page), said=said)

    @post(f"{transfer}/receipt", sync_to_thread=True, status_code=200, dependencies={"posted": Provide(posted_receipt)})
    def note(
        visitor: NamedDependency[Visitor], posted: NamedDependency[Form], transfer_id: FromPath[UUID]
    ) -> Response[Any]:
        """Store the archive's receipt for all packages that it has not answered for."""
        require_authority(visitor, visitor.say(AGAIN))
        try:
            with host.work(visitor.actor) as work:
                note_for_all(host, work, transfer_id, read_receipt(posted))
        except Invalid as error:
            return _transfer_page(host, visitor, transfer_id, posted=Posted(posted, error))
        return Redirect(f"{PATH}/{transfer_id}?said=noted", status_code=303)

    return [show, note]


def _choice_page(
    host: Host,
    visitor: Visitor,
    typed: Typed,
    *,
    shows: bool,
    posted: Posted | None = None,
) -> Response[str]:
    planned: PlannedTransfer | None = None
    error: Invalid | None = posted.error if posted else None
    form = posted.form if posted else Form()
    with host.work(visitor.actor) as work:
        kinds = kind_choices(host, work)
        if shows:
            try:
                planned = plan_transfer(host, work, read_selection(work, typed))
            except Invalid as fault:
                error = error or fault
    faults = visitor.say_all(error.fields if error else None)
    context = {
        "path": PATH,
        "typed": typed,
        "kinds": [("", visitor.say("Alla handlingstyper")), *kinds],
        "planned": _planned(planned) if planned else None,
        "most": MOST,
        "folder": host.settings.archive_folder is not None,
        "to_folder": bool(form.get("to_folder")),
        "reason": form.get("reason"),
        "fault": faults,
        "faults": list(faults.items()),
        "trouble": visitor.say(error.message, **error.facts) if error and not faults else "",
    }
    return records_page(visitor, "archive/choose.html", TAB, context, error.status if error else 200)


def _planned(planned: PlannedTransfer) -> Mapping[str, Any]:
    return {
        "count": len(planned.cases),
        "messages": planned.messages,
        "size": megabytes(planned.size),
        "already": planned.already,
        "more": planned.more,
        "cases": planned.cases[:SHOWN],
        "shown": min(SHOWN, len(planned.cases)),
    }


def _line(transfer: Transfer) -> Mapping[str, Any]:
    return {
        "transfer": transfer,
        "url": f"{PATH}/{transfer.id}",
        "waiting": transfer.count(PackageState.WAITING),
        "unanswered": transfer.count(PackageState.MADE),
        "accepted": transfer.count(PackageState.ACCEPTED),
        "bad": transfer.count(PackageState.FAILED, PackageState.REFUSED),
        "size": megabytes(transfer.size),
    }


def _transfer_page(
    host: Host,
    visitor: Visitor,
    transfer_id: UUID,
    *,
    page: int = 1,
    said: str = "",
    posted: Posted | None = None,
) -> Response[str]:
    with host.work(visitor.actor) as work:
        transfer = find_transfer(host, work, transfer_id)
        rows = list_packages(host, work, transfer_id, (page - 1) * SHOWN, SHOWN)
    line = _line(transfer)
    context = {
        **line,
        "path": PATH,
        "here": f"{PATH}/{transfer_id}",
        "done": transfer.packages - line["waiting"],
        "packages": [row_of(visitor, package) for package in rows],
        "paging": paging(transfer.packages, page, f"{PATH}/{transfer_id}"),
        "said": visitor.say(SAID[said]) if said in SAID else "",
        **receipt_context(visitor, posted),
    }
    return records_page(visitor, "archive/transfer.html", TAB, context, posted.error.status if posted else 200)


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
