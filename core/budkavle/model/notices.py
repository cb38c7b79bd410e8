"""Notices to people by mail, SMS or push, and the calendar entries that they carry."""

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
    """The method of a calendar entry (RFC 5546).

    Attributes:
        REQUEST: Add it, or change the entry with the same `uid`.
        CANCEL: Remove it.
    """

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class CalendarException:
    """An occurrence of a repeated entry that differs from its rule.

    Attributes:
        was: Its start by the rule.
        starts_at: Its actual start; None if it is removed.
        ends_at: Its actual end.

    Raises:
        ValueError: A time has no zone, only one is given, or it ends before it begins.
    """

    was: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def __post_init__(self) -> None:
        """Check the times here, so that the traceback shows the author's own line."""
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
        uid: The globally unique id of the entry, the same for its changes and its cancellation.
        starts_at: When it begins.
        ends_at: When it ends, later than it begins.
        summary: Its title.
        method: Whether it is to be added or removed.
        sequence: 0 at first; higher at each change, and when it is cancelled.
        location: The place, such as the URL of one of our pages.
        description: More, in plain text.
        recurrence: How it is repeated, such as `FREQ=WEEKLY;COUNT=5`; empty: once.
        exceptions: Occurrences of a repeated entry that have been moved or removed.
        recurrence_id: The occurrence of a repeated entry that this is about: its start by the rule. The others are not
            changed. None: the whole entry.

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
        """Check the times here, so that the traceback shows the author's own line."""
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
    """A message to one person at one address. It is stored sealed; its text is deleted after sending.

    Never put content of a secure message in it.

    Attributes:
        kind: How to reach the person.
        address: An e-mail address, a phone number, or the subscription of a browser (JSON), by its kind.
        topic: Its subject area, a word that begins with the plugin's name, such as `meetings.invitation`.
        subject: The subject of a mail, the title of a push; an SMS has none.
        text: Plain text, with empty lines between paragraphs.
        language: The language of the texts, `sv` or `en`; the notifier's own text is in the same language.
        key: A second notice with the same topic and key is not sent, as long as the first is stored (30 days). Empty:
            any number.
        about: The id of the delivery, meeting or other object that it is about, by which it can be found.
        link: The link to read more.
        footnote: The text below the link in a mail; other kinds leave it out.
        calendar: The calendar entry of a mail; other kinds leave it out.
        expires_at: After this time it is not sent any more. None: as long as the notifier tries.
        is_urgent: Whether the person is waiting for it, for instance for a code. It is sent before other notices, and
            is sent again if it is unknown whether it was sent.
        is_secret: Whether its text is a secret, such as a code, that no peer may store.
        id: Its id.

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
        """Check what every kind needs here, so that the traceback shows the author's own line."""
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueError("expires_at needs a time zone")
        plugin, _, word = self.topic.partition(".")
        if not plugin or not word:
            raise ValueError("topic must begin with the plugin's name, such as pigeon.landed")


@dataclass(frozen=True, slots=True)
class NoticeStatus:
    """The status of a notice, without its address and its text.

    Attributes:
        organisation_id: Whose notice it is.
        id: The notice.
        kind: How it reaches its reader.
        topic: Its topic.
        about: The id of the object that it is about, if any.
        key: Its key.
        state: Its state.
        failure: Why it has not been sent, in a sentence; empty if it has.
        asked_at: When it was queued.
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
    """When a person is notified of what a mailbox receives."""

    OFF = "off"
    AT_ONCE = "at_once"
    HOURLY = "hourly"
    MORNING = "morning"


class NewsKind(StrEnum):
    """The kinds of news of a mailbox.

    Attributes:
        ARRIVED: Messages have come.
        ASSIGNED: A colleague has assigned cases to the person.
        MENTIONED: A colleague has mentioned the person in a note.
    """

    ARRIVED = "arrived"
    ASSIGNED = "assigned"
    MENTIONED = "mentioned"


@dataclass(frozen=True, slots=True)
class MemberNews:
    """News of a mailbox for a person, in the person's language, without content of messages and notes.

    Attributes:
        organisation_id: The organisation.
        user_id: The person.
        email: The person's e-mail address.
        language: The person's language.
        mailbox_id: The mailbox.
        kind: What has happened.
        case_ids: The cases concerned.
        key: The id of the news. A way that is called again with the same key has already reported it.
        subject: A title, in one line.
        text: The sentence.
        link: The page to read it on.
        footnote: Where the person can change their choices.
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
        """Return a notice of the news.

        Args:
            kind: How it reaches the person.
            address: The person's address of that kind.
            topic: A word that begins with the plugin's name, such as `pigeon.news`.
            device: Distinguishes several addresses of the person, such as a row's id; never the address itself.
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
