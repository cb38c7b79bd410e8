"""After how many days files are destroyed: by the nearest catalogue above that says so, else by the organisation.

A catalogue says a number of days, or a kind of the retention schedule that another plugin has. Days count from
`kept_from` of a file, as whole days of the calendar in Sweden, and a change holds from the night after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, literal, select, update
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Host, Invalid, NotFound, Work, record
from budkavle.accounts import read_settings
from budkavle.operations import counting_moment
from budkavle.organisation import settings_changed_at
from budkavle_files.tables import entries, retention
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.things import GONE, Entry

ZONE: Final = ZoneInfo("Europe/Stockholm")
MOST_DAYS: Final = 36_500
HOOK: Final = "files_retention_kinds"
_FAULT = "Gallringen kunde inte sparas."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of a retention schedule.

    Attributes:
        label: What people call it.
        days: How many days files of it are kept; None where they are never destroyed by days.
        since: When that began to hold.
    """

    id: UUID
    label: str
    days: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """What a catalogue says: days, or a kind, or neither, and then it is as above."""

    days: int | None = None
    kind_id: UUID | None = None

    @property
    def mark(self) -> str:
        """What the choice is known by in a form."""
        return str(self.kind_id or self.days or "")


AS_ABOVE: Final = Choice()


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for files in one place.

    Attributes:
        catalogue_id: The catalogue that says so; None where the organisation does.
        days: How many days files are kept; None where they stay.
        kind: The kind that the catalogue has.
        is_kind_lost: Whether the catalogue has a kind that no schedule has any more.
        changed_at: When it was last changed; None where it never was.
    """

    catalogue_id: UUID | None
    days: int | None
    kind: Kind | None = None
    is_kind_lost: bool = False
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the catalogues and the organisation say.

    Attributes:
        chosen: By catalogue, what those say that say something.
        lines: By catalogue, itself and the catalogues above it.
        changed: By catalogue, when it last said something else, also where it is as above now.
        of_organisation: What holds where no catalogue says anything.
    """

    chosen: Mapping[UUID, Rule]
    lines: Mapping[UUID, Sequence[UUID]]
    changed: Mapping[UUID, datetime]
    of_organisation: Rule

    def of(self, line: Sequence[UUID]) -> Rule:
        """Return what holds under a line of catalogues, the top first."""
        return next((self.chosen[each] for each in reversed(line) if each in self.chosen), self.of_organisation)

    def all(self) -> list[Rule]:
        """Return every rule."""
        return [*self.chosen.values(), self.of_organisation]

    def elsewhere(self, rule: Rule, since: datetime | None = None) -> list[UUID]:
        """Return the catalogues whose files the rule leaves alone: those that say something themselves, further down.

        Args:
            rule: The rule.
            since: Those that have said something else since then are left alone too.
        """
        own = set(self.lines[rule.catalogue_id]) if rule.catalogue_id else set()
        fresh = {each for each, at in self.changed.items() if since is not None and at >= since}
        return sorted((self.chosen.keys() | fresh) - own)


def day_of(moment: datetime) -> date:
    """Return the day of a moment in Sweden."""
    return moment.astimezone(ZONE).date()


def day_begins(day: date) -> datetime:
    """Return when a day begins in Sweden."""
    return datetime.combine(day, time(), ZONE)


def load_kinds(host: Host, organisation_id: UUID) -> dict[UUID, Kind]:
    """Return the kinds that other plugins' schedules have, by id, in their order."""
    return {
        kind_id: Kind(kind_id, kind["label"], kind["days"], kind["since"])
        for answer in host.platform.plugins.call_hook(HOOK, organisation_id=organisation_id)
        for kind_id, kind in answer.thing.items()
    }


def load_rules(host: Host, work: Work) -> Rules:
    """Return what the catalogues and the organisation say now."""
    query = select(retention, entries.c.path).join(
        entries, (entries.c.organisation_id == retention.c.organisation_id) & (entries.c.id == retention.c.entry_id)
    )
    with host.tables(work) as connection:
        rows = connection.execute(query.where(retention.c.organisation_id == work.organisation_id)).all()
    kinds = load_kinds(host, work.organisation_id) if any(row.kind_id for row in rows) else {}
    days = read_settings(work, FileSettings).retention_days
    return Rules(
        chosen={row.entry_id: _rule(row, kinds) for row in rows if row.days or row.kind_id},
        lines={row.entry_id: (*row.path, row.entry_id) for row in rows},
        changed={row.entry_id: row.changed_at for row in rows},
        of_organisation=Rule(None, days or None, changed_at=settings_changed_at(work, FileSettings)),
    )


def _rule(row: "Row[Any]", kinds: Mapping[UUID, Kind]) -> Rule:
    if row.kind_id is None:
        return Rule(row.entry_id, row.days, changed_at=row.changed_at)
    kind = kinds.get(row.kind_id)
    if kind is None:
        return Rule(row.entry_id, None, is_kind_lost=True, changed_at=row.changed_at)
    return Rule(row.entry_id, kind.days, kind, changed_at=max(row.changed_at, kind.since))


def gone_on(entry: Entry, rule: Rule) -> date | None:
    """Return the first day on which a file is gone, tomorrow at the earliest; None where it stays."""
    if not rule.days:
        return None
    tomorrow = datetime.now(ZONE).date() + timedelta(days=1)
    return max(day_of(entry.kept_from) + timedelta(days=rule.days + 1), tomorrow)


def choice_of(host: Host, work: Work, entry: Entry) -> Choice:
    """Return what a catalogue says."""
    query = select(retention).where(*_is(work, entry.id))
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    return Choice(row.days, row.kind_id) if row else AS_ABOVE


def rule_with(host: Host, work: Work, rules: Rules, catalogue: Entry, choice: Choice) -> Rule:
    """Return what would hold in a catalogue with a choice.

    Raises:
        Invalid: The choice cannot be made; `fields` are `days` and `kind`.
    """
    if choice.kind_id is not None:
        kind = load_kinds(host, work.organisation_id).get(choice.kind_id)
        if kind is None:
            raise Invalid(_FAULT, fields={"kind": "Välj en handlingstyp i listan."})
        return Rule(catalogue.id, kind.days, kind)
    if choice.days is None:
        return rules.of(catalogue.path)
    if not 1 <= choice.days <= MOST_DAYS:
        raise Invalid(_FAULT, fields={"days": "Skriv ett tal mellan 1 och 36500."})
    return Rule(catalogue.id, choice.days)


def choose(host: Host, work: Work, catalogue: Entry, choice: Choice) -> None:
    """Let a catalogue say something else; whoever calls it has judged the actor and the choice.

    Raises:
        NotFound: It is no catalogue.
    """
    if not catalogue.is_catalogue:
        raise NotFound(GONE)
    if choice == choice_of(host, work, catalogue):
        return
    values = {"days": choice.days, "kind_id": choice.kind_id, "changed_at": func.now()}
    row = upsert(retention).values(organisation_id=work.organisation_id, entry_id=catalogue.id, **values)
    with host.tables(work) as connection:
        connection.execute(lock_rules(work))
        connection.execute(row.on_conflict_do_update(index_elements=["organisation_id", "entry_id"], set_=values))
    kind = str(choice.kind_id or "")
    record(work, "files.retention-changed", catalogue.id, days=choice.days or 0, kind=kind)


def lock_rules(work: Work) -> Any:
    """Return the statement that lets nobody else choose or destroy in the organisation until the transaction ends."""
    return select(func.pg_advisory_xact_lock(func.hashtextextended(f"files retention {work.organisation_id}", 17)))


def count_anew(host: Host, work: Work, entry: Entry, target: Entry) -> None:
    """Let the days of what is moved count anew where another rule holds for it than before.

    Args:
        host: The plugin's host.
        work: Moves it.
        entry: What is moved, as it was.
        target: The catalogue that it lies in now; all of it has this catalogue's owner.
    """
    rules = load_rules(host, work)
    if entry.id in rules.chosen or rules.of(entry.path).catalogue_id == rules.of(target.line).catalogue_id:
        return
    inside = (entries.c.id == entry.id) | entries.c.path.contains([entry.id])
    apart = [each for each, above in rules.lines.items() if each in rules.chosen and entry.id in above]
    of_owner = (entries.c.owner_kind == target.owner.kind.value, entries.c.owner_id == target.owner.id)
    mine = (entries.c.organisation_id == work.organisation_id, *of_owner, inside, ~entries.c.path.overlap(_ids(apart)))
    at = counting_moment(work)
    with host.tables(work) as connection:
        connection.execute(update(entries).where(*mine).values(kept_from=at))


def _ids(ids: Sequence[UUID]) -> Any:
    return literal(list(ids), ARRAY(SqlUuid))


def _is(work: Work, entry_id: UUID) -> tuple[Any, ...]:
    return retention.c.organisation_id == work.organisation_id, retention.c.entry_id == entry_id
