"""The page of one package: download it, check it, make it again, and enter the archive's receipt."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream

from budkavle import Host, Invalid, NotFound, Sentence, record
from budkavle.accounts import require_admin
from budkavle.web import Form, Visitor, require_authority
from budkavle_records.archive.pages.downloads import check_stored, give
from budkavle_records.archive.pages.forms import posted_receipt, read_receipt
from budkavle_records.archive.pages.views import AGAIN, PATH, TAB, Posted, receipt_context, row_of
from budkavle_records.archive.receipts import note_receipt
from budkavle_records.archive.store import FILES, find_package, find_transfer, move
from budkavle_records.archive.tables import PackageState
from budkavle_records.frame import records_page

HERE = f"{PATH}/packages/{{package_id:uuid}}"
SAID = {
    "noted": "Kvittensen är sparad.",
    "again": "Paketet görs om.",
}


def of(host: Host) -> list[Any]:
    """Return the routes for packages."""
    return [*_reading(host), *_changing(host)]


def _reading(host: Host) -> list[Any]:
    @get(HERE, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], package_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
        """Show one package."""
        require_admin(visitor.actor)
        return _page(host, visitor, package_id, said=said)

    @get(f"{HERE}/file", sync_to_thread=True, as_it_is=True)
    def fetch(visitor: NamedDependency[Visitor], package_id: FromPath[UUID]) -> Response[bytes] | Stream:
        """Return the package, or the part that a browser asks for when it resumes a download."""
        require_authority(visitor, visitor.say(AGAIN))
        with host.work(visitor.actor) as work:
            package = find_package(host, work, package_id)
        headers = visitor.request.headers
        return give(host, visitor.actor, package, headers.get("range", ""), headers.get("if-range", ""))

    @get(f"{HERE}/receipt", sync_to_thread=True)
    def fetch_receipt(visitor: NamedDependency[Visitor], package_id: FromPath[UUID]) -> Stream:
        """Return the archive's receipt as a file."""
        require_admin(visitor.actor)
        with host.work(visitor.actor) as work:
            receipt_id = find_package(host, work, package_id).receipt_id
            if receipt_id is None:
                raise NotFound("Det finns ingen fil med kvittensen.")
            pieces = FILES.open(work, receipt_id)
        headers = {
            "content-disposition": f'attachment; filename="kvittens-{package_id}"',
            "content-security-policy": "default-src 'none'; sandbox",
        }
        return Stream(pieces, media_type="application/octet-stream", headers=headers)

    return [show, fetch, fetch_receipt]


def _changing(host: Host) -> list[Any]:
    @post(f"{HERE}/check", sync_to_thread=True, status_code=200)
    def check(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        package_id: FromPath[UUID],
    ) -> Response[str]:
        """Check the package in the store."""
        require_admin(visitor.actor)
        with host.work(visitor.actor) as work:
            package = find_package(host, work, package_id)
        return _page(host, visitor, package_id, checked=check_stored(host, visitor.actor, package))

    @post(f"{HERE}/again", sync_to_thread=True)
    def again(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        package_id: FromPath[UUID],
    ) -> Response[Any]:
        """Queue a package that could not be made to be made again."""
        require_authority(visitor, visitor.say(AGAIN))
        with host.work(visitor.actor) as work:
            package = find_package(host, work, package_id)
            with host.tables(work) as connection:
                move(connection, work.organisation_id, package_id, PackageState.WAITING, tries=0, failure="")
            record(work, "records.package-retried", package.case_id, package=str(package_id))
        return Redirect(f"{PATH}/packages/{package_id}?said=again", status_code=303)

    @post(f"{HERE}/receipt", sync_to_thread=True, status_code=200, dependencies={"posted": Provide(posted_receipt)})
    def note(
        visitor: NamedDependency[Visitor], posted: NamedDependency[Form], package_id: FromPath[UUID]
    ) -> Response[Any]:
        """Store the archive's receipt for one package."""
        require_authority(visitor, visitor.say(AGAIN))
        try:
            with host.work(visitor.actor) as work:
                note_receipt(host, work, package_id, read_receipt(posted))
        except Invalid as error:
            return _page(host, visitor, package_id, posted=Posted(posted, error))
        return Redirect(f"{PATH}/packages/{package_id}?said=noted", status_code=303)

    return [check, again, note]


def _page(
    host: Host,
    visitor: Visitor,
    package_id: UUID,
    *,
    said: str = "",
    checked: Sequence[Sentence] | None = None,
    posted: Posted | None = None,
) -> Response[str]:
    with host.work(visitor.actor) as work:
        package = find_package(host, work, package_id)
        transfer = find_transfer(host, work, package.transfer_id)
    context = {
        **row_of(visitor, package),
        "path": PATH,
        "transfer": transfer,
        "back": f"{PATH}/{transfer.id}",
        "checked": None if checked is None else [visitor.say(fault) for fault in checked],
        "can_be_made_again": package.state is PackageState.FAILED,
        "can_be_answered": package.state in {PackageState.MADE, PackageState.ACCEPTED, PackageState.REFUSED},
        "is_answered": package.state in {PackageState.ACCEPTED, PackageState.REFUSED},
        "said": visitor.say(SAID[said]) if said in SAID else "",
        **receipt_context(visitor, posted),
    }
    return records_page(visitor, "archive/package.html", TAB, context, posted.error.status if posted else 200)
