"""What people and workers do with transfers, for tests."""

from datetime import date
from typing import Any
from uuid import UUID

from budkavle import Host, Platform
from budkavle.approvals import approve, list_approvals
from budkavle.cases import close
from budkavle.model.messages import File
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle_records.archive.receipts import ArchiveReceipt, note_receipt
from budkavle_records.archive.store import StoredPackage, Transfer, list_packages, list_transfers
from budkavle_records.archive.transfers import Selection, ask_transfer

CONTENT = b"ett beslut " * 9_000
TODAY = date(2026, 11, 1)


def close_case(organisation: SampleOrganisation, subject: str = "Orosanm\u00e4lan", **changes: Any) -> UUID:
    """Let a message with a file come, and close its case."""
    files = (File("Beslut.txt", "text/plain", CONTENT),)
    case_id = organisation.arrive(subject, **{"files": files, **changes})
    in_work(organisation.platform, organisation.case_worker, close, case_id)
    return case_id


def ask(host: Host, actor: SampleUser, selection: Selection | None = None, *, to_folder: bool = False) -> UUID:
    """Ask for a transfer; return the request's id, which becomes the transfer's."""
    with host.work(actor) as work:
        return ask_transfer(host, work, selection or Selection(), "\u00c5rets leverans", to_folder=to_folder).id


def say_yes(platform: Platform, actor: SampleUser) -> None:
    """Let a second administrator approve everything that waits, and a worker begin it."""
    with platform.work(actor) as work:
        for request in list_approvals(work):
            if request.may_decide:
                approve(work, request.id)
    do_job(platform, "outbox.budkavle.approved.records")


def make_all(platform: Platform) -> None:
    """Let a worker make every package that waits."""
    while do_job(platform, "records.archive-packages"):
        pass


def begun(host: Host, organisation: SampleOrganisation, second: SampleUser) -> UUID:
    """Ask for the transfer of everything, and let it be approved."""
    transfer_id = ask(host, organisation.administrator)
    say_yes(organisation.platform, second)
    return transfer_id


def transfers(host: Host, actor: SampleUser) -> list[Transfer]:
    """Return all transfers."""
    with host.work(actor) as work:
        return list_transfers(host, work)[0]


def packages(host: Host, actor: SampleUser, transfer_id: UUID) -> list[StoredPackage]:
    """Return the packages of a transfer."""
    with host.work(actor) as work:
        return list(list_packages(host, work, transfer_id))


def answer(host: Host, actor: SampleUser, package_id: UUID, *, accepted: bool, words: str = "A 17") -> None:
    """Note what the archive says of a package."""
    with host.work(actor) as work:
        note_receipt(host, work, package_id, ArchiveReceipt(accepted, TODAY, words))
