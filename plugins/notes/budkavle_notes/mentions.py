"""Mentions in a note: the full name of a colleague after an @."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Person:
    """A person who can be mentioned."""

    id: UUID
    name: str


def mentioned(text: str, people: Sequence[Person]) -> list[UUID]:
    """Return the people whose names follow an @ in a text, ignoring case.

    Args:
        text: The text of a note.
        people: The people who can be mentioned.
    """
    pattern = _pattern(people)
    ids = {person.name.casefold(): person.id for person in people}
    found = pattern.findall(text) if pattern else []
    return list(dict.fromkeys(ids[name.casefold()] for name in found))


def split(text: str, people: Sequence[Person]) -> list[tuple[str, bool]]:
    """Return the pieces of a text, each with whether it mentions somebody."""
    pattern = _pattern(people)
    if pattern is None:
        return [(text, False)]
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in pattern.finditer(text):
        pieces += [(text[end : match.start()], False), (match.group(), True)]
        end = match.end()
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]


def _pattern(people: Sequence[Person]) -> re.Pattern[str] | None:
    # The longest name first, to distinguish Anna Lindberg from Anna Lind.
    names = sorted((re.escape(person.name) for person in people if person.name), key=len, reverse=True)
    return re.compile(rf"(?<!\w)@({'|'.join(names)})(?!\w)", re.IGNORECASE) if names else None
