"""The form of a connection: its fields, and the values that are stored."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from budkavle import Invalid
from budkavle_eid.settings import Connection

Values: TypeAlias = Mapping[str, str]
"""The values of a form, by field: a text, `1` for a ticked box, or a file in base64."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
LEVELS = {"1": "Tillitsnivå 1", "2": "Tillitsnivå 2", "3": "Tillitsnivå 3"}


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a text for translation."""
    return text


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form."""

    name: str
    label: str
    kind: Literal["text", "secret", "choice", "box", "lines", "file"] = "text"
    hint: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    usual: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of connection.

    Attributes:
        label: Its display name.
        fields: Its fields, in addition to those that all kinds have.
        settings: Makes the plugin's settings from the values; files are written to the folder.
        complete: Adds values that are generated here, such as a key, before they are stored.
    """

    label: str
    fields: Sequence[FormField]
    settings: Callable[[Values, Path], Connection]
    complete: Callable[[Values], dict[str, str]] = dict


WRONG = N_("Anslutningen går inte att spara än. Rätta det som är markerat.")
MISSING_P12 = N_("Välj filen med certifikat och nyckel.")
COMMON = (
    FormField(
        "label", N_("Text på knappen"), hint=N_("Det som den läser som loggar in, till exempel Kommunens Entra ID.")
    ),
    FormField(
        "organisations",
        N_("Organisationer"),
        hint=N_("Kortnamn med mellanslag emellan. Lämna tomt om alla organisationer ska kunna använda det."),
    ),
    FormField(
        "audiences",
        N_("Vilka som använder det"),
        "choice",
        choices={
            "": N_("Det som är vanligt för sorten"),
            "staff": N_("De som har konto"),
            "staff guest": N_("De som har konto, och mottagare utan konto"),
        },
    ),
    FormField("loa", N_("Högsta tillitsnivå"), "choice", choices=LEVELS, usual="2"),
)


def kept(kind: Kind, typed: Values, files: Mapping[str, bytes], before: Values) -> dict[str, str]:
    """Return the values to store: the typed ones, with the stored secrets and files if no new ones were given.

    Raises:
        Invalid: A field is invalid; its `fields` say why.
    """
    values: dict[str, str] = {}
    for form_field in (*COMMON, *kind.fields):
        name = form_field.name
        if form_field.kind == "file":
            content = files.get(name, b"")
            values[name] = base64.b64encode(content).decode() if content else before.get(name, "")
        elif form_field.kind == "secret":
            values[name] = typed.get(name, "") or before.get(name, "")
        else:
            values[name] = typed.get(name, "").strip()
            if form_field.kind == "choice" and values[name] not in form_field.choices:
                raise Invalid(WRONG, fields={name: N_("Välj ett av alternativen.")})
    if not values["label"]:
        raise Invalid(WRONG, fields={"label": N_("Skriv vad det ska stå på knappen.")})
    return kind.complete({**{name: value for name, value in before.items() if name not in values}, **values})


def check_name(name: str, taken: Sequence[str]) -> str:
    """Return the short name of a new connection.

    Raises:
        Invalid: It is invalid or taken.
    """
    if not _NAME.fullmatch(name):
        sentence = N_("Skriv ett kortnamn: små bokstäver a till z, siffror och _, högst 40 tecken.")
        raise Invalid(WRONG, fields={"name": sentence})
    if name in taken:
        raise Invalid(WRONG, fields={"name": N_("Kortnamnet är upptaget. Välj ett annat.")})
    return name
