"""After how many days files are destroyed: by the nearest catalogue above with a rule, otherwise by the organisation.

A catalogue has a number of days, or a kind of the retention schedule of another plugin. Days count from `kept_from` of
a file, as whole days of the calendar in Sweden, and a change applies from the following night.
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
        label: Its name for people.
        days: How many days files of it are kept; None if they are never destroyed by days.
        since: When this began to apply.
    """

    id: UUID
    label: str
    days: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """A catalogue's choice: days, or a kind, or neither, in which case it inherits the rule above."""

    days: int | None = None
    kind_id: UUID | None = None

    @property
    def mark(self) -> str:
        """The value of the choice in a form."""
        return str(self.kind_id or self.days or "")


AS_ABOVE: Final = Choice()


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule for files in one place.

    Attributes:
        catalogue_id: The catalogue with the rule; None if it is the organisation's.
        days: How many days files are kept; None if they are never destroyed.
        kind: The catalogue's kind.
        is_kind_lost: Whether the catalogue has a kind that no schedule has any more.
        changed_at: When it was last changed; None if never.
    """

    catalogue_id: UUID | None
    days: int | None
    kind: Kind | None = None
    is_kind_lost: bool = False
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of the catalogues and of the organisation.

    Attributes:
        chosen: The rules of the catalogues that have one, by catalogue.
        lines: Itself and the catalogues above it, by catalogue.
        changed: When its choice was last changed, by catalogue, even if it now inherits.
        of_organisation: The rule where no catalogue has one.
    """

    chosen: Mapping[UUID, Rule]
    lines: Mapping[UUID, Sequence[UUID]]
    changed: Mapping[UUID, datetime]
    of_organisation: Rule

    def of(self, line: Sequence[UUID]) -> Rule:
        """Return the rule for a line of catalogues, the top first."""
        return next((self.chosen[each] for each in reversed(line) if each in self.chosen), self.of_organisation)

    def all(self) -> list[Rule]:
        """Return every rule."""
        return [*self.chosen.values(), self.of_organisation]

    def elsewhere(self, rule: Rule, since: datetime | None = None) -> list[UUID]:
        """Return the catalogues that the rule does not apply to: those further down with rules of their own.

        Args:
            rule: The rule.
            since: Catalogues whose choice has changed since then are excluded too.
        """
        own = set(self.lines[rule.catalogue_id]) if rule.catalogue_id else set()
        fresh = {each for each, at in self.changed.items() if since is not None and at >= since}
        return sorted((self.chosen.keys() | fresh) - own)


def day_of(moment: datetime) -> date:
    """Return the day of a time in Sweden."""
    return moment.astimezone(ZONE).date()


def day_begins(day: date) -> datetime:
    """Return when a day begins in Sweden."""
    return datetime.combine(day, time(), ZONE)


def load_kinds(host: Host, organisation_id: UUID) -> dict[UUID, Kind]:
    """Return the kinds of other plugins' schedules, by id, in their order."""
    return {
        kind_id: Kind(kind_id, kind["label"], kind["days"], kind["since"])
        for answer in host.platform.plugins.call_hook(HOOK, organisation_id=organisation_id)
        for kind_id, kind in answer.thing.items()
    }


def load_rules(host: Host, work: Work) -> Rules:
    """Return the present rules of the catalogues and of the organisation."""
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
    """Return the first day when a file is gone, tomorrow at the earliest; None if it is kept."""
    if not rule.days:
        return None
    tomorrow = datetime.now(ZONE).date() + timedelta(days=1)
    return max(day_of(entry.kept_from) + timedelta(days=rule.days + 1), tomorrow)


def choice_of(host: Host, work: Work, entry: Entry) -> Choice:
    """Return a catalogue's choice."""
    query = select(retention).where(*_is(work, entry.id))
    with host.tables(work) as connection:
        row = connection.execute(query).one_or_none()
    return Choice(row.days, row.kind_id) if row else AS_ABOVE


def rule_with(host: Host, work: Work, rules: Rules, catalogue: Entry, choice: Choice) -> Rule:
    """Return the rule that a choice would give a catalogue.

    Raises:
        Invalid: The choice is not valid; `fields` are `days` and `kind`.
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
    """Set a catalogue's choice; the caller has checked the actor's rights and the choice.

    Raises:
        NotFound: It is not a catalogue.
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
    """Return the statement that blocks other choices and destruction in the organisation until the transaction ends."""
    return select(func.pg_advisory_xact_lock(func.hashtextextended(f"files retention {work.organisation_id}", 17)))


def count_anew(host: Host, work: Work, entry: Entry, target: Entry) -> None:
    """Restart the retention of moved entries if another rule applies to them than before.

    Args:
        host: The plugin's host.
        work: The unit of work of the move.
        entry: The moved entry, as before the move.
        target: Its new catalogue; all content now has this catalogue's owner.
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
