"""The schedule as a CSV file: first each row is shown with its faults, then a new version of the whole plan is created.

A row without a number of days that is not marked as preserved is a fault: what the plan does not mention is never
destroyed, and nobody should discover that years later. So a file with any faulty row creates no version.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import insert

from budkavle import Conflict, Host, Invalid, Sentence, Work, record
from budkavle.accounts import require_admin
from budkavle.organisation import CsvColumn, CsvRow, read_csv
from budkavle_records.frame import N_
from budkavle_records.schedule.kinds import CountsFrom, Kind, current_plan, find_plan, kind_row, list_kinds
from budkavle_records.schedule.tables import kinds, plans

HEADINGS = (
    "klass",
    "handlingstyp",
    "registrering",
    "forvaring",
    "gallringsfrist",
    "frist_fran",
    "frist_dagar",
    "bevaras",
    "till_arkiv_efter",
    "sekretess",
    "lagrum",
    "beslut",
    "anmarkning",
)
"""The headings of the file, in the order in which they are written."""
_REQUIRED = frozenset({"klass", "handlingstyp", "frist_fran", "frist_dagar", "bevaras"})
_ALSO = {"forvaring": ("förvaring",), "anmarkning": ("anmärkning",), "frist_fran": ("frist_från",)}
COLUMNS = [CsvColumn(name, (name, *_ALSO.get(name, ())), required=name in _REQUIRED) for name in HEADINGS]
MOST_KINDS = 5_000
LONGEST_DAYS = 73_050
"""200 years; a larger number is a typing error."""
_YES, _NO = {"ja", "j", "yes", "x", "1", "sant", "true"}, {"nej", "n", "no", "0", "falskt", "false", ""}
NEITHER = N_("Raden har varken frist_dagar eller bevaras. Skriv det ena.")
BOTH = N_("Raden har både frist_dagar och bevaras. Skriv bara det ena.")


@dataclass(frozen=True, slots=True)
class PlannedKind:
    """A row of the file.

    Attributes:
        line: The line number.
        kind: The kind that it describes.
        faults: What is wrong with it, as sentences.
        is_new: Whether the version that applies now has no such kind.
    """

    line: int
    kind: Kind
    faults: Sequence[str]
    is_new: bool


@dataclass(frozen=True, slots=True)
class PlanFile:
    """The result of reading a file.

    Attributes:
        rows: Its rows in order.
        removed: The kinds of the version that applies now that are missing in the file.
        unused: Unknown headings.
        sha256: The hash of its bytes.
    """

    rows: Sequence[PlannedKind]
    removed: Sequence[Kind]
    unused: Sequence[str]
    sha256: str

    @property
    def faulty(self) -> int:
        """How many rows have faults."""
        return sum(bool(row.faults) for row in self.rows)


def read_plan(host: Host, work: Work, content: bytes) -> PlanFile:
    """Read a file and check each row; nothing is stored.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        content: The bytes of the file: `;` between the cells, UTF-8 with or without BOM, or Windows-1252.

    Raises:
        Forbidden: The actor is not an administrator.
        Invalid: It is not a CSV file, has no rows or too many, or lacks a column.
    """
    require_admin(work.actor)
    file = read_csv(content, COLUMNS)
    if not file.rows:
        raise Invalid("Filen har inga rader under rubrikerna.")
    if len(file.rows) > MOST_KINDS:
        raise Invalid("Filen har fler än {count} rader. Dela upp den.", count=MOST_KINDS)
    kinds_by_key = {_key(kind.klass, kind.name): kind for kind in list_kinds(host, work)}
    keys = Counter(_key(row.values["klass"], row.values["handlingstyp"]) for row in file.rows)
    rows = [_planned(row, kinds_by_key, keys) for row in file.rows]
    kept = {row.kind.id for row in rows}
    return PlanFile(rows, [kind for kind in kinds_by_key.values() if kind.id not in kept], file.unused, file.sha256)


def import_plan(host: Host, work: Work, content: bytes, shown: str) -> int:
    """Create a new version of the schedule.

    Args:
        host: The plugin's host.
        work: The unit of work; its actor is an administrator of the organisation.
        content: The bytes of the file.
        shown: The hash of the file whose rows were shown.

    Returns:
        The number of the new version.

    Raises:
        Conflict: The file differs from the one that was shown.
        Invalid: A row has faults, or as for `read_plan`.
    """
    file = read_plan(host, work, content)
    if file.sha256 != shown:
        raise Conflict("Filen är en annan än den vars rader visades. Läs in den igen.")
    if file.faulty:
        raise Invalid("Filen har rader med fel. Rätta dem och läs in den igen.")
    before = current_plan(host, work)
    key = {"organisation_id": work.organisation_id, "version": before.version + 1 if before else 1}
    plan = {"imported_at": datetime.now(UTC), "imported_by": work.actor.name, "kinds": len(file.rows)}
    rows = [{**key, **kind_row(row.kind, position)} for position, row in enumerate(file.rows)]
    with host.tables(work) as connection:
        # Of two simultaneous imports, the primary key lets only one succeed.
        connection.execute(insert(plans).values(**key, **plan, sha256=file.sha256))
        connection.execute(insert(kinds), rows)
    record(work, "records.plan-imported", None, version=str(key["version"]), kinds=str(len(rows)), sha256=file.sha256)
    return int(str(key["version"]))


def _planned(row: CsvRow, kinds: dict[tuple[str, str], Kind], keys: Counter[tuple[str, str]]) -> PlannedKind:
    cells = row.values
    key, faults = _key(cells["klass"], cells["handlingstyp"]), list(row.faults)
    days, preserve = _number(cells["frist_dagar"], "frist_dagar", faults), _preserve(cells["bevaras"], faults)
    moment = _moment(cells["frist_fran"], faults)
    years = _number(cells["till_arkiv_efter"], "till_arkiv_efter", faults)
    faults += _name_faults(cells["klass"], cells["handlingstyp"], keys[key])
    if not cells["frist_dagar"]:
        faults += [] if preserve or preserve is None else [NEITHER]
    elif preserve:
        faults.append(BOTH)
    elif moment is None and not cells["frist_fran"]:
        faults.append(N_("frist_fran saknas: skriv varifrån dagarna räknas."))
    before = kinds.get(key)
    kind = Kind(
        id=before.id if before else uuid4(),
        klass=cells["klass"],
        name=cells["handlingstyp"],
        counts_from=moment,
        days=days,
        preserve=bool(preserve),
        archive_years=years,
        registration=cells["registrering"],
        storage=cells["forvaring"],
        period=cells["gallringsfrist"],
        secrecy=cells["sekretess"],
        legal_ground=cells["lagrum"],
        decision=cells["beslut"],
        remark=cells["anmarkning"],
    )
    return PlannedKind(row.line, kind, faults, before is None)


def _name_faults(klass: str, name: str, count: int) -> list[str]:
    faults = [N_("klass saknas.")] if not klass else []
    faults += [N_("handlingstyp saknas.")] if not name else []
    return faults + ([N_("Samma klass och handlingstyp står på flera rader.")] if count > 1 and name else [])


def _number(text: str, column: str, faults: list[str]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text[:9]) <= LONGEST_DAYS or len(text) > 9:
        faults.append(
            Sentence(N_("{column} ska vara ett helt tal från 1 till {most}."), column=column, most=LONGEST_DAYS)
        )
        return None
    return int(text)


def _preserve(text: str, faults: list[str]) -> bool | None:
    if text.lower() in _YES:
        return True
    if text.lower() not in _NO:
        faults.append(N_("bevaras ska vara ja eller nej."))
        return None
    return False


def _moment(text: str, faults: list[str]) -> CountsFrom | None:
    word = text.lower().replace(" ", "_")
    if not word:
        return None
    try:
        return CountsFrom(word)
    except ValueError:
        allowed = ", ".join(moment.value for moment in CountsFrom)
        faults.append(Sentence(N_("frist_fran ska vara något av {allowed}."), allowed=allowed))
        return None


def _key(klass: str, name: str) -> tuple[str, str]:
    return " ".join(klass.split()).casefold(), " ".join(name.split()).casefold()


def export_rows(host: Host, work: Work, version: int) -> Sequence[Sequence[object]]:
    """Return a version as the rows of a CSV file that can be imported again."""
    find_plan(host, work, version)
    return [HEADINGS, *(_cells(kind) for kind in list_kinds(host, work, version))]


def _cells(kind: Kind) -> Sequence[object]:
    return (
        kind.klass,
        kind.name,
        kind.registration,
        kind.storage,
        kind.period,
        kind.counts_from or "",
        kind.days,
        "ja" if kind.preserve else "nej",
        kind.archive_years,
        kind.secrecy,
        kind.legal_ground,
        kind.decision,
        kind.remark,
    )
