"""What somebody is told outside of the pages: a notice by mail, SMS or push, and the calendar entry that it brings."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from budkavle.model import sources
from budkavle.model.states import NoticeState


class NoticeKind(StrEnum):
    """How a notice reaches its reader."""

    MAIL = "mail"
    SMS = "sms"
    PUSH = "push"


class CalendarMethod(StrEnum):
    """What a calendar is to do with an entry (RFC 5546)."""

    REQUEST = "REQUEST"
    """Enter it, or change it where the calendar has an entry of its `uid`."""
    CANCEL = "CANCEL"
    """Take it out again."""


@dataclass(frozen=True, slots=True)
class CalendarException:
    """A time of a repeated entry that differs from its rule.

    Attributes:
        was: When the rule has it begin.
        starts_at: When it begins instead; None where it is taken out.
        ends_at: When it ends then.

    Raises:
        ValueError: A time has no zone, only one is given, or it ends before it begins.
    """

    was: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        """Judge the times where the author's own line is in sight."""
        if any(at is not None and at.tzinfo is None for at in (self.was, self.starts_at, self.ends_at)):
            raise ValueError("an exception's times need a time zone")
        if (self.starts_at is None) != (self.ends_at is None):
            raise ValueError("an exception has both times or none")
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be later than starts_at")


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An entry for the reader's calendar, which a mail carries (RFC 5545).

    The notifier writes itself as the organiser and the reader as the attendee.

    Attributes:
        uid: Names the entry in the whole world, the same for its changes and its end.
        starts_at: When it begins.
        ends_at: When it ends, later than it begins.
        summary: Its title.
        method: Whether it is to be entered or taken out.
        sequence: 0 at first; higher at each change, and when it is cancelled.
        location: Where, such as the address of a page of ours.
        description: More, in plain text.
        recurrence: How it is repeated, such as `FREQ=WEEKLY;COUNT=5`; empty: once.
        exceptions: Times of a repeated entry that have been moved or taken out.
        recurrence_id: Which time of a repeated entry this is about: when the rule has it begin. The other times stay
            as they are. None: the whole entry.

    Raises:
        ValueError: A time has no zone, or it ends before it begins.
    """

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str = field(repr=False)
    method: CalendarMethod = CalendarMethod.REQUEST
    sequence: int = 0
    location: str = field(default="", repr=False)
    description: str = field(default="", repr=False)
    recurrence: str = ""
    exceptions: tuple[CalendarException, ...] = ()
    recurrence_id: datetime | None = None

    def __post_init__(self) -> None:
        """Judge the times where the author's own line is in sight."""
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("starts_at and ends_at need a time zone")
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be later than starts_at")
        if self.recurrence_id is not None and (self.recurrence_id.tzinfo is None or self.recurrence):
            raise ValueError("recurrence_id needs a time zone, and stands in no entry that is itself repeated")


@dataclass(frozen=True, slots=True)
class NoticeLink:
    """A link in a notice: a button in a mail, the target of a push, an address in an SMS."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell one person at one address. It lies sealed; its text is forgotten once it is sent.

    Never put content of a secure message in it.

    Attributes:
        kind: How to reach the person.
        address: An e-mail address, a phone number, or the subscription of a browser (JSON), by its kind.
        topic: What it is about, in a word that begins with the plugin's name, such as `meetings.invitation`.
        subject: The subject of a mail, the title of a push; an SMS has none.
        text: Plain text, its paragraphs parted by empty lines.
        language: Of the texts, `sv` or `en`; what the notifier adds is in the same language.
        key: A second notice of the same topic and key is not sent, for as long as the first is remembered (30 days).
            Empty: any number.
        about: The delivery, meeting or other thing that it is about, by which it is found again.
        link: Where to read on.
        footnote: What a mail says below the link; other kinds leave it out.
        calendar: What a mail brings for the reader's calendar; other kinds leave it out.
        expires_at: After this time it is not sent any more. None: as long as the notifier tries.
        is_urgent: Whether somebody waits for it now, such as for a code. It overtakes what is not, and is sent again
            where nobody knows whether it went.
        is_secret: Whether its text is a secret, such as a code, that no peer is to keep.
        id: Its own.

    Raises:
        ValueError: `expires_at` has no time zone, or `topic` no plugin's name.

    Example:
        Notice(NoticeKind.SMS, "+46701234567", "pigeon.landed", text="Duvan har landat.", about=dove.id)
    """

    kind: NoticeKind
    address: str = field(repr=False)
    topic: str
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    language: str = "sv"
    key: str = ""
    about: UUID | None = None
    link: NoticeLink | None = field(default=None, repr=False)
    footnote: str = field(default="", repr=False)
    calendar: CalendarEvent | None = None
    expires_at: datetime | None = None
    is_urgent: bool = False
    is_secret: bool = False
    id: UUID = field(default_factory=sources.new_id)

    def __post_init__(self) -> None:
        """Judge what every kind needs where the author's own line is in sight."""
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("expires_at needs a time zone")
        plugin, _, word = self.topic.partition(".")
        if not plugin or not word:
            raise ValueError("topic must begin with the plugin's name, such as pigeon.landed")


@dataclass(frozen=True, slots=True)
class NoticeStatus:
    """Where a notice is; nothing of its address and its text.

    Attributes:
        organisation_id: Whose notice it is.
        id: The notice.
        kind: How it reaches its reader.
        topic: What it is about.
        about: The thing that it is about, where it was asked for with one.
        key: As it was asked for.
        state: Where it is.
        failure: Why it has not been sent, in words; empty where it has.
        asked_at: When it was asked for.
        changed_at: When its state changed last.
    """

    organisation_id: UUID
    id: UUID
    kind: NoticeKind
    topic: str
    about: UUID | None
    key: str
    state: NoticeState
    failure: str
    asked_at: datetime
    changed_at: datetime


class Pace(StrEnum):
    """When a person is told of what comes to a mailbox."""

    OFF = "off"
    AT_ONCE = "at_once"
    HOURLY = "hourly"
    MORNING = "morning"


class NewsKind(StrEnum):
    """What a person is told of a mailbox."""

    ARRIVED = "arrived"
    """Messages have come."""
    ASSIGNED = "assigned"
    """A colleague has assigned cases to the person."""
    MENTIONED = "mentioned"
    """A colleague has mentioned the person in a note."""


@dataclass(frozen=True, slots=True)
class MemberNews:
    """What a person is told of a mailbox, in the person's language; nothing of what messages and notes say.

    Attributes:
        organisation_id: The organisation.
        user_id: The person.
        email: The person's e-mail address.
        language: The person's language.
        mailbox_id: The mailbox.
        kind: What has happened.
        case_ids: In which cases.
        key: Names the news. A way that is asked again with the same key has told of it already.
        subject: A title, in one line.
        text: The sentence.
        link: Where the person reads it.
        footnote: Where the person chooses what to be told of.
    """

    organisation_id: UUID
    user_id: UUID
    email: str = field(repr=False)
    language: str
    mailbox_id: UUID
    kind: NewsKind
    case_ids: tuple[UUID, ...]
    key: str
    subject: str
    text: str
    link: NoticeLink
    footnote: str = ""

    def notice(self, kind: NoticeKind, address: str, topic: str, device: str = "") -> Notice:
        """Return the notice that tells of it.

        Args:
            kind: How it reaches the person.
            address: The person's address of that kind.
            topic: A word that begins with the plugin's name, such as `pigeon.news`.
            device: Tells several addresses of the person apart, such as a row's id; never the address itself.
        """
        return Notice(
            kind,
            address,
            topic,
            self.subject,
            self.text,
            self.language,
            key=f"{self.key}:{device}" if device else self.key,
            about=self.mailbox_id,
            link=self.link,
            footnote=self.footnote,
        )
