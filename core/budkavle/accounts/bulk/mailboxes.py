"""Import and export of function mailboxes and their members as a CSV file.

A file is first planned: what each row would do, and its errors; nothing is stored. Then the rows without errors are
carried out, after being planned again in the same transaction. A mailbox may have several rows, for example if it has
very many members. An import never removes anything.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts import mailboxes as boxes
from budkavle.accounts.permissions import as_mailbox, require_admin
from budkavle.csv_files import CsvColumn, CsvRow, read_csv
from budkavle.model.errors import Conflict
from budkavle.model.input_rules.names import name_fault
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.sentences import Sentence
from budkavle.storage import audit
from budkavle.storage.platform import Work
from budkavle.storage.tables import mailboxes, memberships, users

COLUMNS = (
    CsvColumn("name", ("namn", "name", "brevlåda", "mailbox"), required=True),
    CsvColumn("description", ("beskrivning", "description")),
    CsvColumn("language", ("språk", "language")),
    CsvColumn("default", ("tar emot det övriga", "takes the rest", "default")),
    CsvColumn("administrators", ("administratörer", "administrators")),
    CsvColumn("members", ("användare", "users", "members", "medlemmar")),
)
HEADINGS = tuple(column.headings[0].capitalize() for column in COLUMNS)
LANGUAGES = {"": "", "sv": "sv", "svenska": "sv", "swedish": "sv", "en": "en", "engelska": "en", "english": "en"}
YES, NO = frozenset({"ja", "yes", "x", "1", "true", "sant"}), frozenset({"", "nej", "no", "0", "false", "falskt"})
ADDRESSES_A_ROW = 20
"""How many addresses of a mailbox are written to one row of an exported file; the rest follow in further rows."""
MOST_NAMED = 3
AT_ONCE = 500
"""How many rows are stored by one statement."""
CHANGED = "Något har ändrats sedan du såg raderna. Kontrollera dem igen."

T = TypeVar("T")


@dataclass(slots=True)
class PlannedRow:
    """What a row of a file would do.

    Attributes:
        line: The number of its first line in the file.
        name: The name of its mailbox.
        is_new: Whether it creates the mailbox.
        changes: Whether it changes the description or the language of an existing mailbox.
        takes_rest: Whether the mailbox becomes the default for what fits no other.
        members: The users to whom it gives access.
        administrators: The users whom it makes administrators, new members or not.
        faults: Its errors; if there are any, it does nothing.
    """

    line: int
    name: str
    description: str = ""
    language: str = ""
    takes_rest: bool = False
    is_new: bool = False
    changes: bool = False
    mailbox_id: UUID | None = None
    members: frozenset[UUID] = frozenset()
    administrators: frozenset[UUID] = frozenset()
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What a file would do.

    Attributes:
        rows: Its rows, in order.
        unused: Unknown headings.
    """

    rows: Sequence[PlannedRow]
    unused: Sequence[str]

    @property
    def right(self) -> list[PlannedRow]:
        """The rows without errors."""
        return [row for row in self.rows if not row.faults]


def plan_import(work: Work, content: bytes) -> ImportPlan:
    """Return what a CSV file would do, row by row; nothing is stored.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        content: The content of the file.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        Invalid: It is not a CSV file, or its column of names is missing.
    """
    require_admin(work.actor)
    file = read_csv(content, COLUMNS)
    stored = _stored(work, {row.values["name"].lower() for row in file.rows})
    known = _users(work, {address for row in file.rows for address in _addresses_of(row)})
    present = _present(work, [box.id for box in stored.values()])
    rows: list[PlannedRow] = []
    first: dict[str, PlannedRow] = {}
    for row in file.rows:
        planned = _planned(row, known)
        _compare(planned, first, stored, present)
        rows.append(planned)
    return ImportPlan(rows, file.unused)


def import_mailboxes(work: Work, content: bytes, told: int) -> None:
    """Carry out the rows of a CSV file that have no errors; they are validated again in the same transaction.

    Args:
        work: The unit of work; its actor is an administrator of the organisation.
        content: The content of the file.
        told: The number of such rows in the preview.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
        Invalid: It is not a CSV file, or its column of names is missing.
        Conflict: The number of such rows has changed, or there are none; nothing is done.
    """
    require_admin(work.actor)
    boxes.lock_names(work)
    plan = plan_import(work, content)
    if len(plan.right) != told or not told:
        raise Conflict(CHANGED)
    ids = _make(work, [row for row in plan.right if row.is_new])
    members: dict[tuple[UUID, UUID], bool] = {}
    for row in plan.right:
        mailbox_id = row.mailbox_id or ids[row.name.lower()]
        if row.changes:
            boxes.update_mailbox(work, mailbox_id, description=row.description or None, language=row.language or None)
        if row.takes_rest:
            boxes.make_default(work, mailbox_id)
        for user_id in row.members | row.administrators:
            key = (mailbox_id, user_id)
            members[key] = members.get(key, False) or user_id in row.administrators
    _add(work, members)


def export_rows(work: Work) -> Iterator[Sequence[str]]:
    """Yield all function mailboxes with their members as rows of a file that can be imported, the headings first.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    query = select(memberships.c.mailbox_id, memberships.c.administrator, users.c.email).select_from(
        memberships.join(
            users,
            (users.c.organisation_id == memberships.c.organisation_id) & (users.c.id == memberships.c.user_id),
        )
    )
    query = query.where(memberships.c.organisation_id == work.organisation_id, users.c.active)
    addresses: dict[tuple[UUID, bool], list[str]] = {}
    for row in work.connection.execute(query.order_by(func.lower(users.c.email))):
        addresses.setdefault((row.mailbox_id, row.administrator), []).append(row.email)
    yield HEADINGS
    for box in boxes.all_mailboxes(work):
        administrators, members = (_chunks(addresses.get((box.id, value), [])) for value in (True, False))
        for number in range(max(len(administrators), len(members), 1)):
            about = (box.description, box.language, "ja" if box.default else "nej") if number == 0 else ("", "", "")
            both = (parts[number] if number < len(parts) else "" for parts in (administrators, members))
            yield (box.name, *about, *both)


def _chunks(addresses: Sequence[str]) -> list[str]:
    starts = range(0, len(addresses), ADDRESSES_A_ROW)
    return [", ".join(addresses[start : start + ADDRESSES_A_ROW]) for start in starts]


def _addresses(cell: str) -> list[str]:
    return [address for address in re.split(r"[\s,;|]+", cell.lower()) if address]


def _addresses_of(row: CsvRow) -> list[str]:
    return [*_addresses(row.values["administrators"]), *_addresses(row.values["members"])]


def _planned(row: CsvRow, known: dict[str, UUID]) -> PlannedRow:
    values = row.values
    planned = PlannedRow(row.line, values["name"], values["description"], faults=list(row.faults))
    if fault := name_fault(planned.name, "Brevlådans namn saknas."):
        planned.faults.append(fault)
    language, default = values["language"].lower(), values["default"].lower()
    if language not in LANGUAGES:
        planned.faults.append(Sentence("Språket {language} finns inte. Skriv sv eller en.", language=language))
    if default not in YES | NO:
        planned.faults.append("Skriv ja eller nej om brevlådan tar emot det övriga.")
    planned.language, planned.takes_rest = LANGUAGES.get(language, ""), default in YES
    unknown = [address for address in _addresses_of(row) if address not in known]
    if unknown:
        named = ", ".join(unknown[:MOST_NAMED]) + (" …" if len(unknown) > MOST_NAMED else "")
        planned.faults.append(Sentence("Här finns inget öppet konto med adressen {addresses}.", addresses=named))
    planned.administrators = frozenset(known[a] for a in _addresses(values["administrators"]) if a in known)
    planned.members = frozenset(known[a] for a in _addresses(values["members"]) if a in known) | planned.administrators
    return planned


def _compare(
    row: PlannedRow,
    first: dict[str, PlannedRow],
    stored: dict[str, FunctionMailbox],
    present: dict[tuple[UUID, UUID], bool],
) -> None:
    """Compare a row with what is stored, and with the rows before it."""
    name = row.name.lower()
    if row.takes_rest and any(other.takes_rest for other in first.values() if other.name.lower() != name):
        row.faults.append("En annan rad säger att dess brevlåda tar emot det övriga. Bara en kan göra det.")
    before = first.get(name)
    if before is not None:
        for mine, its in ((row.description, before.description), (row.language, before.language)):
            if mine and mine != its:
                row.faults.append(Sentence("Rad {line} säger något annat om samma brevlåda.", line=before.line))
    if row.faults:
        return
    box = stored.get(name)
    if box is None:
        row.is_new = before is None
    else:
        row.mailbox_id = box.id
        differs = (row.description or box.description, row.language or box.language) != (box.description, box.language)
        row.changes, row.takes_rest = differs and before is None, row.takes_rest and not box.default
        row.administrators = frozenset(u for u in row.administrators if not present.get((box.id, u), False))
        row.members = frozenset(u for u in row.members if (box.id, u) not in present)
    first.setdefault(name, row)


def _stored(work: Work, names: Collection[str]) -> dict[str, FunctionMailbox]:
    query = select(mailboxes).where(
        boxes.functions_in_use(work.organisation_id), func.lower(mailboxes.c.name).in_(list(names))
    )
    found = [as_mailbox(row) for row in work.connection.execute(query).mappings()]
    return {box.name.lower(): box for box in found}


def _users(work: Work, addresses: Collection[str]) -> dict[str, UUID]:
    query = select(users.c.id, func.lower(users.c.email).label("email")).where(
        users.c.organisation_id == work.organisation_id, users.c.active, func.lower(users.c.email).in_(list(addresses))
    )
    return {row.email: row.id for row in work.connection.execute(query)}


def _present(work: Work, mailbox_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], bool]:
    """Return the existing members, and whether each is an administrator."""
    query = select(memberships.c.mailbox_id, memberships.c.user_id, memberships.c.administrator).where(
        memberships.c.organisation_id == work.organisation_id, memberships.c.mailbox_id.in_(list(mailbox_ids))
    )
    return {(row.mailbox_id, row.user_id): row.administrator for row in work.connection.execute(query)}


def _make(work: Work, rows: Sequence[PlannedRow]) -> dict[str, UUID]:
    """Create mailboxes; the first one of an organisation becomes the default for what fits no other."""
    ids = {row.name.lower(): uuid4() for row in rows}
    same = {"organisation_id": work.organisation_id, "kind": MailboxKind.FUNCTION.value, "created_at": func.now()}
    for some in _parts(rows):
        values = [
            {
                **same,
                "id": ids[row.name.lower()],
                "name": row.name,
                "description": row.description,
                "language": row.language or "sv",
            }
            for row in some
        ]
        work.connection.execute(insert(mailboxes).values(values))
    for row in rows:
        audit.record(work, "mailbox.created", ids[row.name.lower()], name=row.name)
    if rows and boxes.default_mailbox(work) is None:
        boxes.make_default(work, ids[rows[0].name.lower()])
    return ids


def _add(work: Work, members: Mapping[tuple[UUID, UUID], bool]) -> None:
    """Give users access to mailboxes, and make those marked so administrators, even if they are already members."""
    for some in _parts(sorted(members)):
        rows = [
            {"organisation_id": work.organisation_id, "mailbox_id": box, "user_id": user, "administrator": False}
            for box, user in some
        ]
        new = upsert(memberships).values(rows).on_conflict_do_nothing()
        added = work.connection.execute(new.returning(memberships.c.mailbox_id, memberships.c.user_id))
        for row in sorted(added):
            audit.record(work, "mailbox.member-added", row.mailbox_id, user=str(row.user_id))
    for some in _parts(sorted(key for key, administrator in members.items() if administrator)):
        raised = update(memberships).where(
            memberships.c.organisation_id == work.organisation_id,
            tuple_(memberships.c.mailbox_id, memberships.c.user_id).in_(some),
            ~memberships.c.administrator,
        )
        changed = raised.values(administrator=True).returning(memberships.c.mailbox_id, memberships.c.user_id)
        for row in sorted(work.connection.execute(changed)):
            user = str(row.user_id)
            audit.record(work, "mailbox.administrator-set", row.mailbox_id, user=user, administrator=True)


def _parts(things: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), AT_ONCE):
        yield things[start : start + AT_ONCE]
