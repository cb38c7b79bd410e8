"""A contact: its fields, their validation, and its packed form. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import msgspec

from budkavle import Invalid, Sentence, personal_number
from budkavle_addressbook.contacts.numbers import any_number
from budkavle_addressbook.name_search import haystack

MAX_NAME = 200
MAX_EMAIL = 254
"""The most characters of an e-mail address (RFC 5321, section 4.5.3.1.3)."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE_SIGNS = str.maketrans("", "", " -()./\u00a0\u2011")
_PHONE = re.compile(r"(\+[1-9][0-9]{6,14}|0[0-9]{5,14})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fields:
    """The typed fields of a contact.

    Attributes:
        personnummer: Twelve digits, or empty for none.
        fax: A fax number as E.164, or empty for none.
    """

    name: str
    email: str
    phone: str
    personnummer: str = ""
    fax: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact of one book: a person's own (`user_id`) or a mailbox's (`mailbox_id`)."""

    id: UUID
    fields: Fields
    user_id: UUID | None = None
    mailbox_id: UUID | None = None

    @property
    def name(self) -> str:
        """The contact's name."""
        return self.fields.name

    @property
    def stack(self) -> str:
        """The text that a search looks in."""
        return haystack(self.fields.name, self.fields.email, self.fields.phone, self.fields.fax)


def checked(typed: Mapping[str, str]) -> Fields:
    """Check and normalise the input: `name`, `email`, `phone`, perhaps `fax` and `personnummer`.

    `identifier` says whether a personnummer is required.

    Raises:
        Invalid: A field is invalid; `fields` says which.
    """
    name = " ".join(typed.get("name", "").split())
    email = typed.get("email", "").strip()
    phone = typed.get("phone", "").translate(_PHONE_SIGNS).strip()
    fax = typed.get("fax", "").strip()
    fax_number = any_number(fax)
    number = typed.get("personnummer", "").strip()
    normal = personal_number(number)
    faults = {"name": _name(name), "email": _email(email), "phone": _phone(phone)}
    if fax and not fax_number:
        faults["fax"] = "Faxnumret stämmer inte. Skriv det som 08-123 45 67 eller +46 8 123 45 67."
    if not number and typed.get("identifier") == "personnummer":
        faults["personnummer"] = "Skriv personnumret, eller välj Ingen."
    if number and not normal:
        faults["personnummer"] = "Numret stämmer inte. Skriv personnumret eller samordningsnumret med tolv siffror."
    if wrong := {field: sentence for field, sentence in faults.items() if sentence}:
        raise Invalid("Kontakten sparades inte. Rätta det som är markerat.", fields=wrong)
    return Fields(name, email, phone, normal, fax_number)


def pack(fields: Fields) -> bytes:
    """Return the fields as bytes to seal."""
    return msgspec.json.encode(fields)


def unpack(content: bytes) -> Fields:
    """Return the fields from bytes that `pack` returned."""
    return msgspec.json.decode(content, type=Fields)


def _name(name: str) -> str:
    if not name:
        return "Skriv kontaktens namn."
    if len(name) > MAX_NAME:
        return Sentence("Namnet får vara högst {max_name} tecken.", max_name=MAX_NAME)
    return "" if name.isprintable() else "Namnet har tecken som inte syns. Skriv det på nytt."


def _email(email: str) -> str:
    if not email:
        return "Skriv kontaktens e-postadress."
    if len(email) > MAX_EMAIL or not (email.isprintable() and _EMAIL.fullmatch(email)):
        return "E-postadressen stämmer inte. Den ska se ut som namn@exempel.se."
    return ""


def _phone(phone: str) -> str:
    if not phone:
        return "Skriv kontaktens telefonnummer."
    if not _PHONE.fullmatch(phone):
        return "Telefonnumret stämmer inte. Skriv det som 070-123 45 67 eller +46 70 123 45 67."
    return ""
