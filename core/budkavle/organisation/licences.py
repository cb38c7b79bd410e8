"""The licence of an organisation: what is agreed, how much of it is used, and what is said of that.

It is enforced softly. Whoever adds an account or a mailbox by hand beyond what is agreed is asked once more. Nothing
else asks: accounts that a directory creates, signing in, receiving, reading, exporting and closing know no licence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from budkavle.accounts.permissions import require_overview, require_platform
from budkavle.accounts.profile import LicenceSettings, as_date
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.model.people import Actor, ActorScope, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.model.times import ZONE
from budkavle.organisation.usage import UsageKind, count_now
from budkavle.storage.platform import Platform, Work

NEAR, FULL, OVER = 80, 100, 110
"""Per cent of what is agreed at which somebody is told."""
DAYS = (60, 30, 7)
"""Days before the end at which somebody is told."""
GIGABYTE = 1_000_000_000
ONE_MORE = {
    UsageKind.USERS: "Ni har {used} öppna konton och har avtalat {agreed}. Tryck en gång till för att lägga till ändå.",
    UsageKind.MAILBOXES: "Ni har {used} funktionsbrevlådor och har avtalat {agreed}. "
    "Tryck en gång till för att lägga till ändå.",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of one thing is agreed and used.

    Attributes:
        kind: What it is.
        used: Now; of storage in bytes.
        agreed: In the same unit; 0 where nothing is agreed.
    """

    kind: UsageKind
    used: int
    agreed: int

    @property
    def percent(self) -> int:
        """How much of what is agreed is used, in whole per cent; 0 where nothing is agreed."""
        return self.used * 100 // self.agreed if self.agreed else 0

    @property
    def reached(self) -> int:
        """The greatest of 80, 100 and 110 per cent that is reached; 0 where none is."""
        return max((level for level in (NEAR, FULL, OVER) if self.percent >= level), default=0)


@dataclass(frozen=True, slots=True)
class Licence:
    """What an organisation has agreed, and how much of it is used.

    Attributes:
        measures: Users, mailboxes and storage, in this order.
        channels: The names of the transports that are included; empty means all.
        until: The last day on which it holds; None means until further notice.
        note: Such as the number of the agreement.
    """

    measures: Sequence[Measure]
    channels: Sequence[str]
    until: date | None
    note: str

    @property
    def days_left(self) -> int | None:
        """How many days are left after today, below 0 when it has ended; None without an end."""
        return days_left(self.until)

    @property
    def is_agreed(self) -> bool:
        """Whether anything is agreed at all."""
        return bool(self.until or self.channels or any(measure.agreed for measure in self.measures))


def days_left(until: date | None) -> int | None:
    """Return how many days are left after today, in Swedish time; None without an end."""
    return (until - datetime.now(ZONE).date()).days if until else None


def days_left_of(settings: LicenceSettings) -> int | None:
    """Return how many days a licence holds after today, from what is agreed alone."""
    return days_left(as_date(settings.until))


def read_licence(work: Work) -> Licence:
    """Return the licence of the actor's organisation, with what is used now.

    Args:
        work: In the organisation.

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
    return Licence(measures, channels, as_date(agreed.until), agreed.note)


def set_licence(
    platform: Platform, actor: Actor, organisation_id: UUID, changes: Mapping[str, object]
) -> LicenceSettings:
    """Change what an organisation has agreed; its event log says what, and who did it.

    Args:
        platform: The installation.
        actor: An administrator of the installation, or a system actor with the scope INSTALLATION.
        organisation_id: Whose licence it is.
        changes: New values by field: `users`, `mailboxes`, `storage` (GB), `channels` (names with commas between),
            `until` (as `2027-12-31`) and `note`. None as a value takes it away.

    Raises:
        Forbidden: The actor does not administer the installation.
        Invalid: A value is wrong; `fields` says which.

    Example:
        set_licence(platform, actor, organisation.id, {"users": 250, "until": "2027-12-31"})
    """
    require_platform(actor)
    # Of another organisation: its log must not hold a user that it does not have.
    inside = SystemActor(organisation_id, actor.name, frozenset({ActorScope.INSTALLATION, ActorScope.ADMINISTER}))
    with platform.work(inside) as work:
        return write_settings(work, LicenceSettings, changes)


def one_more(work: Work, kind: UsageKind) -> Sentence | None:
    """Say that one more by hand is beyond what is agreed; None where it is not.

    Args:
        work: In the organisation.
        kind: USERS or MAILBOXES.

    Returns:
        What to show beside the button; whoever presses it again has confirmed.
    """
    measure = next(measure for measure in read_licence(work).measures if measure.kind is kind)
    if not measure.agreed or measure.used < measure.agreed:
        return None
    return Sentence(ONE_MORE[kind], used=measure.used, agreed=measure.agreed)
