"""The licence of an organisation: the agreed limits, and how much of them is used.

It is a soft limit. An administrator who adds an account or a mailbox by hand beyond it must confirm that. Nothing else
checks the licence: accounts created by a directory, signing in, receiving, reading, exporting and closing ignore it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from budkavle.accounts.permissions import require_overview, require_platform
from budkavle.accounts.profile import LicenceSettings
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.model.errors import Conflict
from budkavle.model.people import Actor, ActorScope, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.model.times import ZONE, read_day
from budkavle.organisation.usage import UsageKind, count_now
from budkavle.storage.platform import Platform, Work

NEAR, FULL, OVER = 80, 100, 110
"""The percentages of an agreed limit at which administrators are warned."""
DAYS = (60, 30, 7)
"""The days before the end at which administrators are warned."""
GIGABYTE = 1_000_000_000
ONE_MORE = {
    UsageKind.USERS: "Ni har {used} öppna konton och har avtalat {agreed}. Tryck en gång till för att lägga till ändå.",
    UsageKind.MAILBOXES: "Ni har {used} funktionsbrevlådor och har avtalat {agreed}. "
    "Tryck en gång till för att lägga till ändå.",
}


class BeyondLicence(Conflict):
    """What is added exceeds the agreed limit, and nobody has confirmed that."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One agreed limit, and the usage.

    Attributes:
        kind: What is measured.
        used: The current usage; bytes for storage.
        agreed: The limit in the same unit; 0 if nothing is agreed.
    """

    kind: UsageKind
    used: int
    agreed: int

    @property
    def percent(self) -> int:
        """The usage in whole per cent of the limit; 0 if nothing is agreed."""
        return self.used * 100 // self.agreed if self.agreed else 0

    @property
    def reached(self) -> int:
        """The highest of 80, 100 and 110 per cent that is reached, or 0."""
        return max((level for level in (NEAR, FULL, OVER) if self.percent >= level), default=0)


@dataclass(frozen=True, slots=True)
class Licence:
    """The agreed limits of an organisation, and its usage.

    Attributes:
        measures: Users, mailboxes and storage, in this order.
        channels: The names of the included transports; empty means all.
        until: The last day; None means until further notice.
        note: A note, such as the number of the agreement.
    """

    measures: Sequence[Measure]
    channels: Sequence[str]
    until: date | None
    note: str

    @property
    def days_left(self) -> int | None:
        """The number of days left after today, below 0 when it has ended; None without an end."""
        return days_left(self.until)

    @property
    def is_agreed(self) -> bool:
        """Whether anything is agreed at all."""
        return bool(self.until or self.channels or any(measure.agreed for measure in self.measures))


def days_left(until: date | None) -> int | None:
    """Return how many days are left after today, in Swedish time; None without an end."""
    return (until - datetime.now(ZONE).date()).days if until else None


def days_left_of(settings: LicenceSettings) -> int | None:
    """Return how many days are left of a licence after today, from its settings alone."""
    return days_left(read_day(settings.until))


def read_licence(work: Work) -> Licence:
    """Return the licence of the actor's organisation, with the current usage.

    Args:
        work: A unit of work in the organisation.

    Raises:
        Forbidden: The actor neither administers the organisation nor may read it.
    """
    require_overview(work.actor)
    agreed, used = read_settings(work, LicenceSettings), count_now(work)
    amounts = {
        UsageKind.USERS: agreed.users,
        UsageKind.MAILBOXES: agreed.mailboxes,
        UsageKind.STORAGE: agreed.storage * GIGABYTE,
    }
    measures = tuple(Measure(kind, used[kind], amount) for kind, amount in amounts.items())
    channels = tuple(name for part in agreed.channels.split(",") if (name := part.strip()))
    return Licence(measures, channels, read_day(agreed.until), agreed.note)


def set_licence(
    platform: Platform, actor: Actor, organisation_id: UUID, changes: Mapping[str, object]
) -> LicenceSettings:
    """Change an organisation's licence; its event log records the change and the actor.

    Args:
        platform: The installation.
        actor: An administrator of the installation, or a system actor with the scope INSTALLATION.
        organisation_id: The organisation.
        changes: New values by field: `users`, `mailboxes`, `storage` (GB), `channels` (names separated by commas),
            `until` (such as `2027-12-31`) and `note`. The value None removes a limit.

    Raises:
        Forbidden: The actor is not an administrator of the installation.
        Invalid: A value is not valid; `fields` says which.

    Example:
        set_licence(platform, actor, organisation.id, {"users": 250, "until": "2027-12-31"})
    """
    require_platform(actor)
    # The administrator's account is in another organisation, and this one's log must not refer to a user that it lacks.
    inside = SystemActor(organisation_id, actor.name, frozenset({ActorScope.INSTALLATION, ActorScope.ADMINISTER}))
    with platform.work(inside) as work:
        return write_settings(work, LicenceSettings, changes)


def one_more(work: Work, kind: UsageKind) -> Sentence | None:
    """Return a question if one more account or mailbox would exceed the agreed limit, else None.

    Args:
        work: A unit of work in the organisation.
        kind: USERS or MAILBOXES.

    Returns:
        The text to show next to the button; pressing it again confirms.
    """
    measure = next(measure for measure in read_licence(work).measures if measure.kind is kind)
    if not measure.agreed or measure.used < measure.agreed:
        return None
    return Sentence(ONE_MORE[kind], used=measure.used, agreed=measure.agreed)


def require_confirmed(question: Sentence | None) -> None:
    """Refuse what has just been added, and so undo it, if a question of `one_more` is left to confirm.

    Raises:
        BeyondLicence: There is a question.
    """
    if question is not None:
        raise BeyondLicence(question)
