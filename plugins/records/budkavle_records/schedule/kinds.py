"""Kinds of document, and the schedule that contains them: reading it, its versions, and finding a kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from budkavle import Host, NotFound, Sentence, Work
from budkavle_records.frame import N_
from budkavle_records.schedule.tables import kinds, plans


class CountsFrom(StrEnum):
    """The starting point of a kind's days, as written in the CSV file."""

    RECEIVED = "inkommen"
    MADE = "upprättad"
    CLOSED = "avslutat"
    HANDLED = "åtgärdat"
    RECEIPT = "kvittens"
    LAST_ENTRY = "sista_anteckning"
    BIRTH = "födelse"


MOMENT_WORDS = {
    CountsFrom.RECEIVED: N_("från att handlingen kom in"),
    CountsFrom.MADE: N_("från att handlingen upprättades"),
    CountsFrom.CLOSED: N_("från att ärendet avslutades"),
    CountsFrom.HANDLED: N_("från att ärendet åtgärdades"),
    CountsFrom.RECEIPT: N_("från kvittensen"),
    CountsFrom.LAST_ENTRY: N_("från sista anteckningen"),
    CountsFrom.BIRTH: N_("från personens födelse"),
}
OF_FILES = frozenset({CountsFrom.RECEIVED, CountsFrom.MADE, CountsFrom.LAST_ENTRY})
"""The starting points that a file has: those of its latest version."""
NO_KIND = N_("Handlingstypen finns inte i hanteringsplanen.")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document in a version of the schedule.

    Attributes:
        id: Its ID, the same in each version that has a kind with this klass and name.
        klass: The code in the classification, such as `3.7.1`.
        name: The name of the kind.
        counts_from: The starting point of the days.
        days: How long it is kept; None if it is preserved.
        preserve: Whether it is kept for ever, and goes to the archive.
        archive_years: After how many years it goes to the archive; None if it never does.
        period: The period in the authority's own words.
        legal_ground: Why it may be destroyed.
        decision: Who decided that, when, and in which paragraph.
    """

    id: UUID
    klass: str
    name: str
    counts_from: CountsFrom | None
    days: int | None
    preserve: bool
    archive_years: int | None = None
    registration: str = ""
    storage: str = ""
    period: str = ""
    secrecy: str = ""
    legal_ground: str = ""
    decision: str = ""
    remark: str = ""

    @property
    def label(self) -> str:
        """Its code and name, as shown in lists."""
        return f"{self.klass} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Plan:
    """A version of the schedule.

    Attributes:
        version: Its number, from 1.
        kinds: How many kinds it has.
        sha256: The hash of the imported file.
    """

    version: int
    imported_at: datetime
    imported_by: str
    kinds: int
    sha256: str


def current_plan(host: Host, work: Work) -> Plan | None:
    """Return the version that applies now; None before the first import."""
    return next(iter(list_plans(host, work, limit=1)), None)


def list_plans(host: Host, work: Work, limit: int = 50) -> list[Plan]:
    """Return the versions of the schedule, the latest first."""
    query = select(plans).where(plans.c.organisation_id == work.organisation_id).order_by(plans.c.version.desc())
    with host.tables(work) as connection:
        rows = connection.execute(query.limit(limit)).all()
    return [Plan(row.version, row.imported_at, row.imported_by, row.kinds, row.sha256) for row in rows]


def find_plan(host: Host, work: Work, version: int) -> Plan:
    """Return a version of the schedule.

    Raises:
        NotFound: There is no such version.
    """
    plan = next((plan for plan in list_plans(host, work, limit=10_000) if plan.version == version), None)
    if plan is None:
        raise NotFound("Versionen av hanteringsplanen finns inte.")
    return plan


def list_kinds(host: Host, work: Work, version: int | None = None) -> list[Kind]:
    """Return the kinds of a version, in the order of the file; the latest version is the default."""
    mine = kinds.c.organisation_id == work.organisation_id
    latest = select(func.max(plans.c.version)).where(plans.c.organisation_id == work.organisation_id)
    query = select(kinds).where(mine, kinds.c.version == (latest.scalar_subquery() if version is None else version))
    with host.tables(work) as connection:
        rows = connection.execute(query.order_by(kinds.c.position)).all()
    return [_kind(row) for row in rows]


def kinds_by_id(host: Host, work: Work, version: int | None = None) -> Mapping[UUID, Kind]:
    """Return the kinds of a version by their IDs; the latest version is the default."""
    return {kind.id: kind for kind in list_kinds(host, work, version)}


def kinds_of_files(host: Host, work: Work) -> dict[UUID, dict[str, Any]]:
    """Return the kinds that a catalogue of files may have, for plugins with files.

    A file has no case, so kinds whose days count from an event in a case are left out. What goes to the archive is
    kept.
    """
    plan = current_plan(host, work)
    if plan is None:
        return {}
    return {
        kind.id: {
            "label": kind.label,
            "days": None if kind.preserve or kind.archive_years is not None else kind.days,
            "since": plan.imported_at,
        }
        for kind in list_kinds(host, work, plan.version)
        if kind.preserve or kind.counts_from in OF_FILES
    }


def find_kind(host: Host, work: Work, kind_id: UUID | None) -> Kind:
    """Return a kind of the latest version.

    Raises:
        NotFound: The latest version has no such kind.
    """
    kind = kinds_by_id(host, work).get(kind_id) if kind_id else None
    if kind is None:
        raise NotFound(NO_KIND)
    return kind


def period_words(kind: Kind) -> Sentence:
    """Return how long a kind is kept, as a sentence."""
    if kind.preserve:
        return Sentence(N_("Bevaras"))
    moment = Sentence(MOMENT_WORDS[kind.counts_from]) if kind.counts_from else Sentence("")
    return Sentence(N_("{days} dagar {moment}"), days=kind.days or 0, moment=moment)


def _kind(row: Any) -> Kind:
    return Kind(
        id=row.kind_id,
        klass=row.klass,
        name=row.name,
        counts_from=CountsFrom(row.counts_from) if row.counts_from else None,
        days=row.days,
        preserve=row.preserve,
        archive_years=row.archive_years,
        registration=row.registration,
        storage=row.storage,
        period=row.period,
        secrecy=row.secrecy,
        legal_ground=row.legal_ground,
        decision=row.decision,
        remark=row.remark,
    )


def kind_row(kind: Kind, position: int) -> dict[str, Any]:
    """Return the table's columns of a kind, except the organisation and the version."""
    return {
        "kind_id": kind.id,
        "position": position,
        "klass": kind.klass,
        "name": kind.name,
        "registration": kind.registration,
        "storage": kind.storage,
        "period": kind.period,
        "counts_from": kind.counts_from or "",
        "days": kind.days,
        "preserve": kind.preserve,
        "archive_years": kind.archive_years,
        "secrecy": kind.secrecy,
        "legal_ground": kind.legal_ground,
        "decision": kind.decision,
        "remark": kind.remark,
    }
