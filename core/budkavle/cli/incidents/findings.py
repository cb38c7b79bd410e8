"""What an event log says about an incident: who read what, what was refused, changed and stopped."""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from budkavle.model.people import ActorKind
from budkavle.model.times import ZONE
from budkavle.storage.audit import Entry
from budkavle.web.pages.case_readers import READINGS

READ = frozenset({*READINGS, "link.read"})
"""Kinds that mean that somebody has read something."""
SENT = frozenset(
    {
        "case.forwarded",
        "delivery.downloaded",
        "events.exported",
        "mailboxes.exported",
        "message.scheduled",
        "message.sent",
        "organisation.export-fetched",
        "organisation.export-written",
    }
)
"""Kinds that mean that something has left the product."""
STOPPED = frozenset(
    {
        "delegation.ended",
        "delivery.recalled",
        "guest.session-copied",
        "mailbox.member-removed",
        "message.recalled",
        "organisation.paused",
        "user.closed",
        "user.destroyed",
        "user.invitation-withdrawn",
        "user.method-removed",
        "user.methods-reset",
        "user.session-copied",
        "user.session-ended",
        "user.sessions-ended",
        "user.signed-out-elsewhere",
    }
)
"""Kinds that mean that somebody has lost access or rights."""
RIGHTS = frozenset(
    {
        "administrator.added",
        "administrator.removed",
        "delegation.given",
        "mailbox.administrator-set",
        "mailbox.approval-set",
        "mailbox.member-added",
        "mailbox.reading-set",
        "mailbox.settings-changed",
        "mailbox.successor-set",
        "organisation.entered",
        "settings.changed",
        "user.created",
        "user.emergency-sign-in",
        "user.invitation-used",
        "user.invited",
        "user.method-added",
        "user.method-confirmed",
        "user.number-set",
        "user.opened",
        "user.password-forgotten",
        "user.password-reset",
        "user.password-set",
        "user.role-changed",
        "users.imported",
    }
)
"""Kinds that mean that somebody has gained rights, or another way to sign in."""
_REFUSED = (
    ".refused",
    "failed",
    "-blocked",
    ".blocked",
    ".not-readable",
    ".not-there",
    "-in-vain",
    ".stale",
    ".unknown",
    ".broken",
)
_REFUSING = ("user.", "guest.", "sign-in.", "program.", "page.", "case.", "mailbox.", "administration.", "input.")
LISTED = 200
"""The most entries of a group that are listed one by one; the others are only counted."""
SHORT = 8
"""How many characters of a mark are shown, as on the page of the event log."""


def is_refusal(kind: str) -> bool:
    """Return whether a kind means that somebody was refused; plugins have their own kinds for that too."""
    return kind == "limit.reached" or (kind.startswith(_REFUSING) and kind.endswith(_REFUSED))


@dataclass(slots=True)
class Doer:
    """Somebody who has read or sent something.

    Attributes:
        name: An id or what is shown for it; a name only if names are requested.
        things: The cases that were read; for guests, the deliveries.
        sessions, addresses: The marks of the sessions and network addresses that were used.
    """

    name: str
    first: datetime
    last: datetime
    readings: int = 0
    sendings: int = 0
    things: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Group:
    """Entries of one group.

    Attributes:
        kinds: How many of each kind.
        actors: How many of each actor.
        people: The accounts that they are about.
        earliest: The earliest of them, ordered with the latest first.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    actors: Counter[str] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    earliest: deque[Entry] = field(default_factory=lambda: deque(maxlen=LISTED))

    @property
    def unlisted(self) -> int:
        """How many there are besides the earliest."""
        return self.kinds.total() - len(self.earliest)


@dataclass(slots=True)
class Findings:
    """What the log of one organisation, or the installation's own, says about an incident.

    Attributes:
        title: The organisation's name.
        first, last: The first and last matching entry; None if there is none.
        doers: Who has read or sent something, by kind of actor and identity.
        cases: Ids of the cases that were read by staff and programs.
        protected: Those of them that require a higher level, or are marked as confidential.
        mailboxes: The cases that were read, by the mailbox's id.
        names: What is shown for an id.
        days: How many of each group, by day.
        chain: The result of verifying the log's chain, in Swedish.
        messages, recipients: Counts for the cases that were read and still exist.
    """

    title: str
    first: Entry | None = None
    last: Entry | None = None
    entries: int = 0
    doers: dict[tuple[str, str], Doer] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)
    protected: set[str] = field(default_factory=set)
    mailboxes: dict[str, set[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    read: Group = field(default_factory=Group)
    sent: Group = field(default_factory=Group)
    refused: Group = field(default_factory=Group)
    rights: Group = field(default_factory=Group)
    stopped: Group = field(default_factory=Group)
    keys: Group = field(default_factory=Group)
    other: Group = field(default_factory=Group)
    days: dict[date, Counter[str]] = field(default_factory=dict)
    chain: str = ""
    messages: int = 0
    recipients: int = 0

    @property
    def readers(self) -> list[Doer]:
        """Who has read or sent something; those who have read the most cases come first."""
        return sorted(self.doers.values(), key=lambda doer: (-len(doer.things), -doer.sendings, doer.name))

    @property
    def listed(self) -> tuple[Group, ...]:
        """The groups whose entries are listed one by one."""
        return self.rights, self.stopped, self.keys

    @property
    def people(self) -> set[str]:
        """The accounts that were tried, changed or stopped."""
        return self.refused.people | self.rights.people | self.stopped.people


def gather(findings: Findings, entries: Iterable[Entry], name: Callable[[Entry], str]) -> None:
    """Sort entries into the findings about an incident.

    Args:
        findings: The findings to add to.
        entries: The latest first, as in an export of the log.
        name: Returns how to show the actor of an entry.
    """
    for entry in entries:
        findings.first, findings.last = entry, findings.last or entry
        findings.entries += 1
        word, group = _group(findings, entry.kind)
        group.kinds[entry.kind] += 1
        group.actors[name(entry)] += 1
        group.earliest.append(entry)
        group.people |= _accounts(entry)
        findings.days.setdefault(entry.at.astimezone(ZONE).date(), Counter())[word] += 1
        if word in {"read", "sent"}:
            _add_doer(findings, entry, name(entry), word)


def _group(findings: Findings, kind: str) -> tuple[str, Group]:
    if kind in READ:
        word = "read"
    elif kind in SENT:
        word = "sent"
    elif kind in STOPPED:
        word = "stopped"
    elif kind in RIGHTS:
        word = "rights"
    elif kind.startswith("keys."):
        word = "keys"
    else:
        word = "refused" if is_refusal(kind) else "other"
    group: Group = getattr(findings, word)
    return word, group


def _accounts(entry: Entry) -> set[str]:
    """Return the accounts that an entry names: as `user`, or as the thing of entries about users and delegations."""
    things = {entry.thing} if entry.thing and entry.kind.startswith(("user.", "delegation.")) else set[str]()
    user = entry.facts.get("user")
    return things | {user} if isinstance(user, str) else things


def _add_doer(findings: Findings, entry: Entry, name: str, word: str) -> None:
    who = entry.actor_id or ("" if entry.actor_kind is ActorKind.GUEST else entry.actor)
    doer = findings.doers.setdefault((entry.actor_kind.value, who), Doer(name, entry.at, entry.at))
    doer.first, doer.last = min(doer.first, entry.at), max(doer.last, entry.at)
    doer.sessions |= {entry.session[:SHORT]} - {""}
    doer.addresses |= {entry.address[:SHORT]} - {""}
    if word == "sent":
        doer.sendings += 1
        return
    doer.readings += 1
    thing = entry.thing or ""
    doer.things |= {thing} - {""}
    if entry.actor_kind is ActorKind.GUEST or not thing:
        return
    findings.cases.add(thing)
    if entry.facts.get("protected"):
        findings.protected.add(thing)
    if mailbox := str(entry.facts.get("mailbox") or ""):
        findings.mailboxes.setdefault(mailbox, set()).add(thing)
