"""Tags of a mailbox: words with a colour, set on its cases and used to filter its list."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, RowMapping, Select, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.accounts.permissions import case_rows, require_manager, require_member, require_writer
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.mailboxes import CaseTag
from budkavle.model.sentences import Sentence
from budkavle.storage import audit, case_log, locks
from budkavle.storage.case_log import CaseChange
from budkavle.storage.platform import Work
from budkavle.storage.tables import case_tags, cases, tags

COLOURS = ("blue", "green", "purple", "pink", "brown", "grey")
"""The names of the colours, which `budkavle.css` defines; amber and red have other meanings."""
LONGEST = 30
MOST = 100
"""The most tags of a mailbox."""
NO_TAG = "Taggen finns inte i brevlådan. Läs sidan igen."
NOT_SAVED = "Taggen kunde inte sparas."


@dataclass(frozen=True, slots=True)
class UsedTag:
    """A tag of a mailbox, and how many cases have it."""

    tag: CaseTag
    cases: int


def list_tags(work: Work, mailbox_id: UUID) -> list[CaseTag]:
    """Return the tags of a mailbox, by name.

    Args:
        work: The unit of work; its actor is a member of the mailbox.
        mailbox_id: The mailbox.

    Raises:
        NotFound: The actor is not a member of the mailbox.
    """
    require_member(work, mailbox_id)
    return [_as_tag(row) for row in work.connection.execute(_of_mailbox(work, mailbox_id)).mappings()]


def list_used_tags(work: Work, mailbox_id: UUID) -> list[UsedTag]:
    """Return the tags of a mailbox with how many cases have each, for those who manage them.

    Raises:
        NotFound: The actor has no access to the mailbox.
        Forbidden: The actor does not administer it.
    """
    require_manager(work, mailbox_id)
    count = (
        select(func.count())
        .where(case_tags.c.organisation_id == tags.c.organisation_id, case_tags.c.tag_id == tags.c.id)
        .scalar_subquery()
    )
    rows = work.connection.execute(_of_mailbox(work, mailbox_id).add_columns(count.label("many"))).mappings()
    return [UsedTag(_as_tag(row), row["many"]) for row in rows]


def add_tag(work: Work, mailbox_id: UUID, name: str, colour: str) -> CaseTag:
    """Add a tag.

    Args:
        work: The unit of work; its actor administers the mailbox.
        mailbox_id: The function mailbox.
        name: The word, unique in the mailbox.
        colour: One of `COLOURS`.

    Raises:
        NotFound: The actor has no access to the mailbox.
        Forbidden: The actor does not administer it.
        Invalid: The name is empty, too long or taken, the colour is unknown, or there are too many tags.
    """
    if not require_manager(work, mailbox_id).mailbox.kind.is_shared:
        raise Invalid("En personlig inkorg har inga taggar.")
    tag = CaseTag(uuid4(), " ".join(name.split()), colour)
    _check(work, mailbox_id, tag)
    row = {
        "organisation_id": work.organisation_id,
        "id": tag.id,
        "mailbox_id": mailbox_id,
        "name": tag.name,
        "colour": colour,
    }
    work.connection.execute(insert(tags).values(row))
    audit.record(work, "mailbox.tag-added", mailbox_id, tag=tag.name)
    return tag


def change_tag(work: Work, mailbox_id: UUID, tag_id: UUID, name: str, colour: str) -> CaseTag:
    """Change a tag's word and colour, on all cases that have it.

    Raises:
        NotFound: The actor has no access to the mailbox, or it has no such tag.
        Forbidden: The actor does not administer it.
        Invalid: As for `add_tag`.
    """
    require_manager(work, mailbox_id)
    before = _find(work, mailbox_id, tag_id)
    tag = CaseTag(tag_id, " ".join(name.split()), colour)
    if tag == before:
        return tag
    _check(work, mailbox_id, tag)
    this = (tags.c.organisation_id == work.organisation_id, tags.c.id == tag_id)
    work.connection.execute(update(tags).where(*this).values(name=tag.name, colour=colour))
    audit.record(work, "mailbox.tag-changed", mailbox_id, tag=tag.name, before=before.name)
    return tag


def remove_tag(work: Work, mailbox_id: UUID, tag_id: UUID) -> None:
    """Delete a tag, and remove it from the cases that have it.

    Raises:
        NotFound: The actor has no access to the mailbox, or it has no such tag.
        Forbidden: The actor does not administer it.
    """
    require_manager(work, mailbox_id)
    tag = _find(work, mailbox_id, tag_id)
    in_organisation = case_tags.c.organisation_id == work.organisation_id
    work.connection.execute(delete(case_tags).where(in_organisation, case_tags.c.tag_id == tag_id))
    condition = (tags.c.organisation_id == work.organisation_id, tags.c.id == tag_id)
    work.connection.execute(delete(tags).where(*condition))
    audit.record(work, "mailbox.tag-removed", mailbox_id, tag=tag.name)


def set_tags(work: Work, case_id: UUID, tag_ids: Collection[UUID]) -> None:
    """Set exactly these tags on a case.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        case_id: The case.
        tag_ids: Tags of its mailbox.

    Raises:
        NotFound: The case is unknown, or not in a mailbox of the actor; or a tag does not belong to the mailbox.
        Forbidden: The actor may only read there.
    """
    (row,) = case_rows(work, [case_id], lock=True)
    require_writer(work, row["mailbox_id"])
    mailbox_tags = {tag.id: tag for tag in list_tags(work, row["mailbox_id"])}
    if not set(tag_ids) <= set(mailbox_tags):
        raise NotFound(NO_TAG)
    query = select(case_tags.c.tag_id).where(
        case_tags.c.organisation_id == work.organisation_id, case_tags.c.case_id == case_id
    )
    before = set(work.connection.execute(query).scalars())
    for tag_id, tag in mailbox_tags.items():
        if tag_id in tag_ids and tag_id not in before:
            _set(work, [row], tag)
        elif tag_id in before and tag_id not in tag_ids:
            _unset(work, [row], tag)


def tag_cases(work: Work, case_ids: Collection[UUID], tag_id: UUID, *, tagged: bool = True) -> Sequence[UUID]:
    """Set a tag on many cases of one mailbox, or remove it from them.

    Args:
        work: The unit of work; its actor may write in the mailbox.
        case_ids: The cases.
        tag_id: A tag of their mailbox.
        tagged: False removes it.

    Returns:
        The changed cases.

    Raises:
        NotFound: A case is unknown, or not in a mailbox of the actor; or the tag does not belong to the mailbox.
        Forbidden: The actor may only read there.
    """
    rows = case_rows(work, case_ids, lock=True)
    changed: list[UUID] = []
    for mailbox_id in sorted({row["mailbox_id"] for row in rows}):
        require_writer(work, mailbox_id)
        in_mailbox = [row for row in rows if row["mailbox_id"] == mailbox_id]
        changed += (_set if tagged else _unset)(work, in_mailbox, _find(work, mailbox_id, tag_id))
    return changed


def _set(work: Work, rows: Sequence[RowMapping], tag: CaseTag) -> Sequence[UUID]:
    ids = [row["id"] for row in rows]
    source = select(cases.c.organisation_id, cases.c.id, literal(tag.id)).where(
        cases.c.organisation_id == work.organisation_id, cases.c.id.in_(ids)
    )
    write = upsert(case_tags).from_select(["organisation_id", "case_id", "tag_id"], source).on_conflict_do_nothing()
    changed = work.connection.execute(write.returning(case_tags.c.case_id)).scalars().all()
    return _logged(work, rows, changed, "tagged", tag)


def _unset(work: Work, rows: Sequence[RowMapping], tag: CaseTag) -> Sequence[UUID]:
    ids = [row["id"] for row in rows]
    of_tag = (case_tags.c.organisation_id == work.organisation_id, case_tags.c.tag_id == tag.id)
    statement = delete(case_tags).where(*of_tag, case_tags.c.case_id.in_(ids))
    changed = work.connection.execute(statement.returning(case_tags.c.case_id)).scalars().all()
    return _logged(work, rows, changed, "untagged", tag)


def _logged(work: Work, rows: Sequence[RowMapping], changed: Sequence[UUID], kind: str, tag: CaseTag) -> Sequence[UUID]:
    mailboxes = {row["id"]: row["mailbox_id"] for row in rows}
    facts: Mapping[str, str] = {"tag": tag.name}
    case_log.write_all(work, [(CaseChange(mailboxes[case_id], case_id, kind), facts) for case_id in sorted(changed)])
    return changed


def _find(work: Work, mailbox_id: UUID, tag_id: UUID) -> CaseTag:
    row = work.connection.execute(_of_mailbox(work, mailbox_id).where(tags.c.id == tag_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(NO_TAG)
    return _as_tag(row)


def _check(work: Work, mailbox_id: UUID, tag: CaseTag) -> None:
    locks.one_at_a_time(work.connection, f"tags {mailbox_id}")
    others = [other for other in list_all(work, mailbox_id) if other.id != tag.id]
    if len(others) >= MOST:
        raise Invalid(NOT_SAVED, fields={"name": Sentence("En brevlåda kan ha högst {most} taggar.", most=MOST)})
    if not tag.name:
        raise Invalid(NOT_SAVED, fields={"name": "Skriv taggens ord."})
    if not tag.name.isprintable():
        raise Invalid(NOT_SAVED, fields={"name": "Ordet har tecken som inte syns. Skriv det på nytt."})
    if len(tag.name) > LONGEST:
        raise Invalid(NOT_SAVED, fields={"name": Sentence("Ordet får ha högst {longest} tecken.", longest=LONGEST)})
    if any(other.name.casefold() == tag.name.casefold() for other in others):
        raise Invalid(NOT_SAVED, fields={"name": "Det finns redan en tagg med det ordet."})
    if tag.colour not in COLOURS:
        raise Invalid(NOT_SAVED, fields={"colour": "Välj en färg i listan."})


def list_all(work: Work, mailbox_id: UUID) -> list[CaseTag]:
    """Return the tags of a mailbox, without checking rights."""
    return [_as_tag(row) for row in work.connection.execute(_of_mailbox(work, mailbox_id)).mappings()]


def _of_mailbox(work: Work, mailbox_id: UUID) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [tags.c.id, tags.c.name, tags.c.colour]
    query: Select[Any] = select(*columns)
    condition = (tags.c.organisation_id == work.organisation_id, tags.c.mailbox_id == mailbox_id)
    return query.where(*condition).order_by(func.lower(tags.c.name), tags.c.id)


def _as_tag(row: RowMapping) -> CaseTag:
    return CaseTag(row["id"], row["name"], row["colour"])
