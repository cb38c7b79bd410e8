"""The two steps of the form Nytt möte: the submitted values, and the booking they make."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from uuid import uuid4

from budkavle import Host, IdentityProvider, Invalid, Loa, Sentence, Work, as_uuid, personal_number, phone_number
from budkavle.accounts import read_settings
from budkavle.organisation import has_hidden, is_email, read_day
from budkavle.web import Form, guest_methods
from budkavle_meetings.booking.booking import NOT_BOOKED, ONLY_ADMINISTRATORS, may_book
from budkavle_meetings.booking.meetings import Meeting, NewMeeting
from budkavle_meetings.booking.participants import Booking, Invitee, NewParticipant, Participant
from budkavle_meetings.booking.times import MOST_TIMES, RULES, ZONE, Occurrence, Schedule, occurrences
from budkavle_meetings.booking.wording import LANGUAGES
from budkavle_meetings.providers.registry import available_providers
from budkavle_meetings.settings import MeetingSettings

MEETING_FIELDS = ("mailbox", "case", "kind", "emails", "subject", "text", "day", "start", "end", "repeats", "times")
PERSON_FIELDS = ("name", "language", "method", "phone", "personnummer")
MOST_PEOPLE = 30
LONGEST_SUBJECT, LONGEST_TEXT, LONGEST_WORD = 200, 4000, 200
MISSING = {
    "day": "Välj en dag.",
    "start": "Skriv när mötet börjar, till exempel 09:00.",
    "end": "Skriv när mötet slutar, till exempel 10:00.",
}
GONE = "Tiden har redan varit. Välj en senare."
SKIPPED = "Den tiden finns inte den dagen, eftersom klockan ställs fram. Välj en annan."


@dataclass(frozen=True, slots=True)
class TypedMeeting:
    """The first step as submitted."""

    values: Mapping[str, str]
    faults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: Form) -> "TypedMeeting":
        """Read the fields of a form; the first time, the meeting gets its id."""
        return cls({name: form.get(name) for name in MEETING_FIELDS} | {"once": form.get("once") or str(uuid4())})

    @classmethod
    def of(cls, meeting: Meeting, people: Sequence[Participant]) -> "TypedMeeting":
        """Return the field values of a meeting that is to be changed."""
        first = Occurrence(meeting.schedule.starts_at, meeting.schedule.ends_at)
        return cls(
            {
                "mailbox": str(meeting.mailbox_id),
                "case": str(meeting.case_id or ""),
                "kind": meeting.kind,
                "emails": "\n".join(person.invitee.email for person in people),
                "subject": meeting.text.subject,
                "text": meeting.text.text,
                **period_fields(first),
                "repeats": meeting.schedule.repeats,
                "times": str(meeting.schedule.times),
            }
        )

    @property
    def emails(self) -> list[str]:
        """The addresses in lower case, without duplicates."""
        pieces = re.split(r"[\s,;]+", self.values["emails"])
        return list(dict.fromkeys(piece.lower() for piece in pieces if piece))

    def meeting(self, host: Host, work: Work, before: Schedule | None = None) -> NewMeeting:
        """Return the submitted meeting.

        Args:
            host: The plugin's host.
            work: The unit of work.
            before: The previous schedule of a meeting that is changed.

        Raises:
            Invalid: A field is invalid; `fields` says which.
        """
        values, faults = self.values, self._faults(host, work)
        schedule = self._schedule(faults, before)
        mailbox_id = as_uuid(values["mailbox"])
        if mailbox_id is not None and not may_book(work, mailbox_id):
            faults["mailbox"] = ONLY_ADMINISTRATORS
        if faults or schedule is None or mailbox_id is None:
            raise Invalid(NOT_BOOKED, fields=faults or {"mailbox": "Välj en brevlåda."})
        case_id = as_uuid(values["case"])
        texts = values["kind"], values["subject"], values["text"]
        return NewMeeting(mailbox_id, *texts, schedule, case_id, as_uuid(values["once"]) or uuid4())

    def _faults(self, host: Host, work: Work) -> dict[str, str]:
        values, faults = self.values, dict[str, str]()
        if values["kind"] not in {provider.name for provider in available_providers(host, work)}:
            faults["kind"] = "Välj vilken typ av möte det är."
        wrong = [email for email in self.emails if not is_email(email) or set(email) & set('<>"')]
        if wrong:
            shown = "".join(letter if letter.isprintable() else "�" for letter in wrong[0][:LONGEST_WORD])
            faults["emails"] = Sentence("{address} är ingen e-postadress. Rätta den.", address=shown)
        elif not 1 <= len(self.emails) <= MOST_PEOPLE:
            faults["emails"] = Sentence("Skriv minst en och högst {most} e-postadresser.", most=MOST_PEOPLE)
        if not values["subject"]:
            faults["subject"] = "Skriv ett ämne."
        elif len(values["subject"]) > LONGEST_SUBJECT:
            faults["subject"] = Sentence("Ämnet får ha högst {most} tecken.", most=LONGEST_SUBJECT)
        elif has_hidden(values["subject"]) or len(values["subject"].splitlines()) > 1:
            faults["subject"] = "Skriv ämnet på en rad, utan tecken som inte syns."
        if len(values["text"]) > LONGEST_TEXT:
            faults["text"] = Sentence("Texten får ha högst {most} tecken.", most=LONGEST_TEXT)
        return faults

    def _schedule(self, faults: dict[str, str], before: Schedule | None) -> Schedule | None:
        """Return the schedule, or add to the faults and return None."""
        values = self.values
        repeats = values["repeats"]
        times = int(values["times"]) if repeats and re.fullmatch(r"\d{1,3}", values["times"]) else 1
        if repeats not in RULES:
            faults["repeats"] = "Välj hur ofta i listan."
        elif repeats and not 2 <= times <= MOST_TIMES:
            faults["times"] = Sentence("En serie har minst två och högst {most} möten.", most=MOST_TIMES)
        period = read_period(values, faults)
        if period is None or faults.keys() & {"repeats", "times"}:
            return None
        schedule = Schedule(*period, repeats, times)
        # A series that has begun keeps its first time; only its last time must be in the future.
        is_same = before is not None and schedule == before.rule
        last = occurrences(before)[-1] if before is not None and is_same else None
        if (last.ends_at if last else schedule.ends_at) < datetime.now(UTC):
            faults["day"] = GONE
            return None
        return schedule


@dataclass(frozen=True, slots=True)
class TypedPerson:
    """A person in the second step, as submitted.

    Attributes:
        known: The previous invitation; its numbers are used where none is typed, but never shown.
    """

    email: str
    values: Mapping[str, str]
    known: Invitee | None = None

    def ending(self, name: str) -> str:
        """Return the last two digits of a stored number (`phone` or `personnummer`)."""
        return self._known(name)[-2:]

    def _known(self, name: str) -> str:
        return str(getattr(self.known, name)) if self.known else ""

    def participant(self, ways: Mapping[str, IdentityProvider], faults: dict[str, str], number: int) -> NewParticipant:
        """Return the person to invite, or add to the faults; their names end with the person's number."""
        values, way = self.values, ways.get(self.values["method"])
        # Only what the identification method needs is stored.
        typed = {name: values[name].strip() or self._known(name) for name in ("phone", "personnummer")}
        phone = typed["phone"] if way and way.traits.asserts_phone else ""
        personnummer = typed["personnummer"] if way and way.traits.asserts_personnummer else ""
        if way is None:
            faults[f"method-{number}"] = "Välj hur personen ska visa vem den är."
        elif way.traits.asserts_phone and not phone_number(phone):
            faults[f"phone-{number}"] = "Skriv mobilnumret, till exempel 070-123 45 67. Dit skickas koden."
        elif way.traits.asserts_personnummer and not personal_number(personnummer):
            faults[f"personnummer-{number}"] = (
                "Skriv personnumret med tolv siffror, så att bara den personen släpps in."
            )
        if len(values["name"]) > LONGEST_WORD:
            faults[f"name-{number}"] = Sentence("Namnet får ha högst {most} tecken.", most=LONGEST_WORD)
        language = values["language"] if values["language"] in LANGUAGES else LANGUAGES[0]
        invitee = Invitee(self.email, values["name"], phone_number(phone), personal_number(personnummer))
        return NewParticipant(invitee, language, values["method"], reached(way) if way else Loa.ONE)


def read_people(typed: TypedMeeting, form: Form, participants: Sequence[Participant]) -> list[TypedPerson]:
    """Read the second step, one person for each address of the first; `participants` are those invited now."""
    before = {participant.invitee.email: participant.invitee for participant in participants}
    return [
        TypedPerson(email, {name: form.get(f"{name}-{number}") for name in PERSON_FIELDS}, before.get(email))
        for number, email in enumerate(typed.emails)
    ]


def first_people(
    typed: TypedMeeting, participants: Sequence[Participant], ways: Sequence[IdentityProvider]
) -> list[TypedPerson]:
    """Return the initial second step: what is known of each person, otherwise default values."""
    before = {participant.invitee.email: participant for participant in participants}
    defaults = {"name": "", "language": "sv", "method": ways[0].name if ways else "", "phone": "", "personnummer": ""}
    return [
        TypedPerson(email, defaults | _known(before[email]), before[email].invitee)
        if email in before
        else TypedPerson(email, defaults)
        for email in typed.emails
    ]


def make_booking(
    host: Host, work: Work, typed: TypedMeeting, people: Sequence[TypedPerson], before: Schedule | None = None
) -> Booking:
    """Return the booking from both steps; `before` is the previous schedule of a meeting that is changed.

    Raises:
        Invalid: A field is invalid; `fields` says which.
    """
    ways = {way.name: way for way in offered_ways(work)}
    faults: dict[str, str] = {}
    invited = [person.participant(ways, faults, number) for number, person in enumerate(people)]
    if faults:
        raise Invalid(NOT_BOOKED, fields=faults)
    return Booking(typed.meeting(host, work, before), invited)


def named_faults(faults: Mapping[str, str], people: Sequence[TypedPerson]) -> dict[str, str]:
    """Map the faults of a secure message (`terms.ADDRESS.phone`) to the fields of the second step."""
    numbers = {person.email: number for number, person in enumerate(people)}
    renamed = {}
    for name, sentence in faults.items():
        email, _, field = name.removeprefix("terms.").rpartition(".")
        if name.startswith("terms.") and email in numbers:
            renamed[f"{field}-{numbers[email]}"] = sentence
        else:
            renamed[{"recipients": "emails", "body": "text"}.get(name, name)] = sentence
    return renamed


def offered_ways(work: Work) -> list[IdentityProvider]:
    """Return the identification methods for people without an account here, from the lowest level to the highest."""
    return sorted(guest_methods(work, Loa(read_settings(work, MeetingSettings).least_loa)), key=reached)


def reached(way: IdentityProvider) -> Loa:
    """Return the highest level that a method reaches for people without an account."""
    return way.traits.max_loa if way.traits.asserts_personnummer else min(way.traits.max_loa, Loa.TWO)


def read_period(values: Mapping[str, str], faults: dict[str, str]) -> tuple[datetime, datetime] | None:
    """Return start and end from the fields `day`, `start` and `end`, or add to the faults and return None."""
    day, start, end = read_day(values["day"]), _clock(values["start"]), _clock(values["end"])
    faults |= {name: MISSING[name] for name, at in (("day", day), ("start", start), ("end", end)) if at is None}
    if day is None or start is None or end is None:
        return None
    starts_at, ends_at = (datetime.combine(day, at, ZONE).astimezone(UTC) for at in (start, end))
    skipped = [
        name for name, at, typed in (("start", starts_at, start), ("end", ends_at, end)) if _clock_of(at) != typed
    ]
    if skipped:
        faults |= dict.fromkeys(skipped, SKIPPED)
    elif ends_at <= starts_at:
        faults["end"] = "Mötet ska sluta efter att det har börjat."
    else:
        return starts_at, ends_at
    return None


def _clock_of(at: datetime) -> time:
    return at.astimezone(ZONE).time()


def period_fields(time: Occurrence) -> dict[str, str]:
    """Return the fields `day`, `start` and `end` of a time."""
    start, end = time.starts_at.astimezone(ZONE), time.ends_at.astimezone(ZONE)
    return {"day": start.date().isoformat(), "start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


def _known(one: Participant) -> dict[str, str]:
    return {"name": one.invitee.name, "language": one.language, "method": one.method}


def _clock(text: str) -> time | None:
    match = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?::00)?", text)
    hour, minute = (int(match[1]), int(match[2])) if match else (24, 60)
    return time(hour, minute) if hour < 24 and minute < 60 else None
