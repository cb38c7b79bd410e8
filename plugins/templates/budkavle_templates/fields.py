"""The fields of a template: known fields in braces are filled in, and others are left to the writer."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum


def N_(word: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a word that is translated where it is shown."""
    return word


class Field(Enum):
    """A field that is filled in automatically, by its Swedish name, which is a translation key."""

    NAME = N_("mitt namn")
    CASE = N_("ärendenummer")
    MAILBOX = N_("brevlåda")
    ORGANISATION = N_("organisation")
    OPENING_HOURS = N_("öppettider")
    DATE = N_("datum")
    RECIPIENT = N_("mottagare")


DESCRIPTIONS: Mapping[Field, str] = {
    Field.NAME: N_("namnet på den som skriver"),
    Field.CASE: N_("ärendets nummer, i ett svar"),
    Field.MAILBOX: N_("namnet på brevlådan som meddelandet skickas från"),
    Field.ORGANISATION: N_("organisationens namn"),
    Field.OPENING_HOURS: N_("brevlådans öppettider, som står bland dess inställningar"),
    Field.DATE: N_("dagens datum"),
    Field.RECIPIENT: N_("namnen på mottagarna som är valda"),
}
_FIELD = re.compile(r"\{([^\W\d_][\w \-/]{0,39})\}")


def names_in(text: str) -> list[str]:
    """Return the names of the fields in a text, each once, as written."""
    return list(dict.fromkeys(_FIELD.findall(text)))


def spellings(translate: Iterable[Callable[[str], str]]) -> dict[str, Field]:
    """Return the fields by their lower-case names in all languages.

    Args:
        translate: For each language a function that translates a word into it.
    """
    return {say(field.value).casefold(): field for say in translate for field in Field}


def fill(text: str, values: Mapping[Field, str], by_name: Mapping[str, Field]) -> str:
    """Return a text with its fields filled in. A field without a value stays as written.

    Args:
        text: The text.
        values: The known values.
        by_name: The fields by their names; see `spellings`.
    """

    def value(match: re.Match[str]) -> str:
        field = by_name.get(match[1].strip().casefold())
        return (values.get(field) if field else "") or match[0]

    return _FIELD.sub(value, text)
