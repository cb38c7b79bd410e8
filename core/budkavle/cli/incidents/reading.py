"""Reads the event logs for an incident: selects entries, and turns them into findings."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from gettext import NullTranslations
from uuid import UUID

from sqlalchemy import Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle.cli.incidents.findings import Findings, gather
from budkavle.i18n import say
from budkavle.model.errors import Invalid
from budkavle.model.people import INSTALLATION, ActorKind, Organisation, SystemActor
from budkavle.model.times import ZONE
from budkavle.storage import audit
from budkavle.storage.audit import Entry, parse_entry
from budkavle.storage.database.case_readers import with_all_cases
from budkavle.storage.events.search import EventFilter, StoredEntry, names_in, walk_entries
from budkavle.storage.events.verifying import verify
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import deliveries, mailboxes, messages
from budkavle.web.pages.events.filters import understand
from budkavle.web.views.event_texts import GUEST, PLUGIN

SWEDISH = NullTranslations()
"""The reports go to Swedish authorities, whatever the terminal's language is."""
KIND = "incident.drafted"
_SHARED = frozenset({"administrator", "installation", "keys", "quarantine"})
"""Entries of the installation's log that concern every organisation."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The query: which entries to read.

    Attributes:
        since, until: The period, with its time zone; `until` is not included.
        fields: `person`, `mailbox`, `session_mark` and `address_mark`, as on the page of the event log; an empty one
            is no condition.
        with_names: Whether people are named, and not only their ids.
    """

    since: datetime
    until: datetime
    fields: Mapping[str, str]
    with_names: bool = False

    @classmethod
    def of(cls, since: str, until: str, fields: Mapping[str, str], *, with_names: bool) -> "Asked":
        """Return the query for a period given as text, in days or times; an empty `until` is now.

        Raises:
            Invalid: One is neither a day nor a time, or the period is backwards.
        """
        begin = _moment(since)
        end = _moment(until, whole_day=True) if until else datetime.now(ZONE)
        if begin >= end:
            raise Invalid("Till ska vara senare än Från.")
        return cls(begin, end, fields, with_names)


def _moment(text: str, *, whole_day: bool = False) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return datetime.combine(day, time(), ZONE) + (timedelta(days=1) if whole_day else timedelta(0))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            "{text} är ingen dag och ingen tid. Skriv 2026-11-27 eller 2026-11-27T14:30.", text=text
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def read_organisation(platform: Platform, actor: SystemActor, organisation: Organisation, asked: Asked) -> Findings:
    """Return what an organisation's log says about an incident, and record there that it was read.

    Args:
        platform: The installation.
        actor: Who reads, in the organisation.
        organisation: The organisation of the log.
        asked: Which entries.

    Raises:
        Invalid: The fields match nobody, or more than one.
    """
    with platform.work(actor) as work:
        wanted, facts = _filter(work, platform, asked)
    findings = Findings(organisation.name)
    _read(platform, findings, organisation.id, walk_entries(platform, organisation.id, wanted), asked)
    with platform.work(actor) as work:
        _count_messages(work, findings)
        findings.names = _name_things(work, findings, with_names=asked.with_names)
        audit.record(work, KIND, None, **facts, with_names=asked.with_names)
    return findings


def read_installation(
    platform: Platform, actor: SystemActor, asked: Asked, only: Collection[UUID] | None = None
) -> Findings:
    """Return what the installation's own log says about the period, and record there that it was read.

    Args:
        platform: The installation.
        actor: Who reads, in no organisation.
        asked: The query; only its period is used.
        only: If given, entries that only concern other organisations are left out.
    """
    findings = Findings("Installationen")
    stored = walk_entries(platform, INSTALLATION, EventFilter(since=asked.since, until=asked.until))
    ids = None if only is None else {str(organisation_id) for organisation_id in only}
    entries = (entry for entry in stored if ids is None or _concerns(parse_entry(entry.number, entry.entry), ids))
    _read(platform, findings, INSTALLATION, entries, asked)
    with platform.work(actor) as work:
        findings.names = _name_things(work, findings, with_names=asked.with_names)
        audit.record(work, KIND, None, **_period(asked), with_names=asked.with_names)
    return findings


def _concerns(entry: Entry, ids: set[str]) -> bool:
    return entry.thing in ids or entry.kind.partition(".")[0] in _SHARED


def _filter(work: Work, platform: Platform, asked: Asked) -> tuple[EventFilter, dict[str, str]]:
    days = {"since": f"{asked.since.astimezone(ZONE):%Y-%m-%d}", "until": f"{_last(asked):%Y-%m-%d}"}
    question = understand(work, {**asked.fields, **days}, platform.plugins.event_words)
    if question.errors:
        raise Invalid(next(iter(question.errors.values())))
    if several := [*question.people, *question.mailboxes]:
        raise Invalid(
            "Flera heter så: {names}. Skriv ett id.", names=", ".join(f"{one.name} ({one.id})" for one in several)
        )
    wanted = replace(question.event_filter, since=asked.since, until=asked.until)
    return wanted, question.facts | _period(asked)


def _last(asked: Asked) -> date:
    return (asked.until - timedelta(microseconds=1)).astimezone(ZONE).date()


def _period(asked: Asked) -> dict[str, str]:
    return {name: at.isoformat(timespec="seconds") for name, at in (("since", asked.since), ("until", asked.until))}


def _read(platform: Platform, findings: Findings, log: UUID, stored: Iterator[StoredEntry], asked: Asked) -> None:
    entries = (parse_entry(one.number, one.entry) for one in stored)
    gather(findings, entries, actor_name if asked.with_names else actor_id)
    findings.chain = say(str(verify(platform.database, platform.vault, log)), SWEDISH)


def actor_id(entry: Entry) -> str:
    """Return the actor of an entry, without a name."""
    if entry.actor_kind is ActorKind.GUEST:
        return GUEST
    plugin = entry.plugin or (entry.actor if entry.actor_kind is ActorKind.PLUGIN else "")
    return entry.actor_id or (say(PLUGIN, SWEDISH, name=plugin) if plugin else entry.actor)


def actor_name(entry: Entry) -> str:
    """Return the actor of an entry, with the name if it was an account."""
    return f"{entry.actor} ({entry.actor_id})" if entry.actor_id else actor_id(entry)


def _count_messages(work: Work, findings: Findings) -> None:
    """Count the messages of the cases that were read, including restricted ones; no content is opened."""
    ids = func.any(cast([*findings.cases], ARRAY(Uuid)))
    of_cases = (messages.c.organisation_id == work.organisation_id, messages.c.case_id == ids)
    goes = (deliveries.c.organisation_id == work.organisation_id, deliveries.c.case_id == ids)
    count = select(func.count())
    with with_all_cases(work.connection, work.reader):
        findings.messages = work.connection.scalar(count.select_from(messages).where(*of_cases)) or 0
        sent = count.select_from(deliveries).where(*goes, deliveries.c.purpose == "message")
        findings.recipients = work.connection.scalar(sent) or 0


def _name_things(work: Work, findings: Findings, *, with_names: bool) -> dict[str, str]:
    """Return what to show for the ids in the listed entries: names of people only if requested."""
    entries = [entry for group in findings.listed for entry in group.earliest]
    # An organisation is shown by its name; any other name may be a person's.
    things = {entry.thing for entry in entries if entry.thing and not entry.kind.startswith("organisation.")}
    ids = things | {str(entry.facts["user"]) for entry in entries if "user" in entry.facts}
    query = select(mailboxes.c.id, mailboxes.c.name).where(
        mailboxes.c.organisation_id == work.organisation_id, mailboxes.c.owner_id.is_(None)
    )
    boxes = {str(row.id): row.name for row in work.connection.execute(query)}
    return {one: one for one in ids} | boxes | (names_in(work, entries) if with_names else {})
