"""What an archive reads and writes through the API, by the hook that `message_api` calls."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from budkavle import ActorScope, Conflict, Host, Invalid, NotFound, Work
from budkavle_records.archive.package.xml_parts import LOCAL
from budkavle_records.archive.receipts import ANSWERED, ArchiveReceipt, note_receipt
from budkavle_records.archive.store import StoredPackage, find_package
from budkavle_records.archive.tables import PackageState

NOT_MADE = "Paketet är inte gjort än. Det kan inte ha en kvittens."
ANOTHER = "Paketet har redan en kvittens med samma utfall, men en annan dag eller text."


def archive_receipt(
    host: Host, organisation_id: UUID, package_id: UUID, client: str, receipt: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Return the state of a package for the hook, after storing the archive's receipt if there is one."""
    actor = host.system(organisation_id, ActorScope.READ, ActorScope.ADMINISTER, name=client)
    try:
        with host.work(actor) as work:
            package = find_package(host, work, package_id)
            if receipt is not None:
                _write(host, work, package, receipt)
                package = find_package(host, work, package_id)
            return {"receipt": _shown(package)}
    except NotFound:
        return None
    except Invalid as error:
        return {"faults": error.fields}
    except Conflict:
        return {"faults": {"outcome": NOT_MADE}}


def _write(host: Host, work: Work, package: StoredPackage, receipt: Mapping[str, Any]) -> None:
    """Store a receipt once: a program that got no answer sends it again, perhaps on another day."""
    day: date | None = receipt["day"]
    accepted, text = bool(receipt["accepted"]), str(receipt["text"]).strip()
    if package.state is (PackageState.ACCEPTED if accepted else PackageState.REFUSED):
        if text != package.answer or day not in {None, package.answered_on}:
            raise Invalid(ANOTHER, fields={"outcome": ANOTHER})
        return
    note_receipt(host, work, package.id, ArchiveReceipt(accepted, day or datetime.now(LOCAL).date(), text))


def _shown(package: StoredPackage) -> dict[str, Any]:
    answered = package.state in ANSWERED
    return {
        "state": package.state.value.lower(),
        "caseNumber": package.case_number,
        "sha256": package.sha256 or None,
        "day": package.answered_on.isoformat() if answered and package.answered_on else None,
        "text": package.answer if answered else "",
    }
