"""The booking form: read, validated, and shown again with its errors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from budkavle import Host, IdentityProvider, Loa, personal_number, phone_number
from budkavle.organisation import has_hidden, is_email
from budkavle.web import Form, guest_methods
from budkavle_meetings.appointments.free_times import Page
from budkavle_meetings.appointments.settings import ADDRESS
from budkavle_meetings.appointments.store import Visitor

NO_TIME = "Välj en tid."
LONGEST_SUBJECT = 500


@dataclass(slots=True)
class Typed:
    """A form as submitted.

    Attributes:
        errors: An error message for each invalid field.
    """

    start: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    personnummer: str = ""
    subject: str = ""
    way: str = ""
    errors: dict[str, str] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, form: Form) -> "Typed":
        """Read a form."""
        names = ("start", "name", "email", "phone", "personnummer", "subject", "way")
        return cls(*(form.get(name) for name in names))

    @property
    def starts_at(self) -> datetime | None:
        """The chosen time; None if no valid time is chosen."""
        try:
            at = datetime.fromisoformat(self.start)
            return at.astimezone(UTC) if at.tzinfo else None
        except (ValueError, OverflowError):
            return None


def ways_of(host: Host, page: Page) -> list[IdentityProvider]:
    """Return the identity providers that may be used here: those that the organisation uses and the mailbox allows."""
    with host.work(host.system(page.organisation_id)) as work:
        ways = guest_methods(work, Loa(page.settings.loa))
    return [way for way in ways if page.settings.way in {"", way.name}]


def read_visitor(typed: Typed, ways: Sequence[IdentityProvider], language: str) -> Visitor | None:
    """Return the person who books; None if a field is invalid, which `typed.errors` then explains."""
    way = next((each for each in ways if each.name == typed.way), ways[0] if len(ways) == 1 else None)
    phone, number = phone_number(typed.phone), personal_number(typed.personnummer)
    faults = {
        "start": NO_TIME if typed.starts_at is None else "",
        "name": ""
        if 0 < len(typed.name) <= 100 and not has_hidden(typed.name)
        else "Skriv ditt namn, med högst 100 tecken.",
        "email": "" if _is_address(typed.email) else "Skriv din e-postadress, som anna@exempel.se.",
        "phone": _phone_fault(typed.phone, phone, way),
        "personnummer": "Skriv ditt personnummer med tolv siffror." if _needs_number(way) and not number else "",
        "subject": "Korta texten till högst 500 tecken." if len(typed.subject) > LONGEST_SUBJECT else "",
        "way": "" if way else "Välj hur du visar vem du är.",
    }
    typed.errors = {name: fault for name, fault in faults.items() if fault}
    if typed.errors or way is None:
        return None
    kept = number if _needs_number(way) else ""
    return Visitor(typed.name, typed.email, phone, kept, typed.subject, way.name, language)


def _is_address(typed: str) -> bool:
    return is_email(typed) and ADDRESS.match(typed) is not None


def _phone_fault(text: str, phone: str, way: IdentityProvider | None) -> str:
    if text and not phone:
        return "Skriv ett mobilnummer, som 070-123 45 67."
    needs = way is not None and way.traits.asserts_phone
    return "Skriv ditt mobilnummer. Koden skickas dit." if needs and not phone else ""


def _needs_number(way: IdentityProvider | None) -> bool:
    return way is not None and way.traits.asserts_personnummer
