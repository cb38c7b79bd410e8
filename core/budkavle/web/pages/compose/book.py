"""Browsing an address book on the compose page, by organisation and function (feature K1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from budkavle.messaging import directories
from budkavle.plugins.protocols.directory import Entry
from budkavle.web.pages.compose.context import ComposeContext
from budkavle.web.pages.compose.state import ComposePage

SHOWN = 25
"""Rows of one page of the book."""


@dataclass(frozen=True, slots=True)
class BookPlace:
    """A position in the book, kept in the form, so that the book stays open there when a recipient is chosen.

    Attributes:
        organisation: The book's id of the organisation whose functions are shown; empty shows the organisations.
        name: The name of that organisation.
        words: The search words.
        start: The number of rows before the first one shown.
    """

    organisation: str = ""
    name: str = ""
    words: str = ""
    start: int = 0

    @classmethod
    def read(cls, text: str, typed: str) -> "BookPlace":
        """Return the position in a button or the form; `typed` is the search words if the button says so."""
        parts = {name: values[0] for name, values in parse_qs(text).items()}
        start = parts.get("from", "0")
        return cls(
            organisation=parts.get("in", "").replace("\0", ""),
            name=parts.get("name", ""),
            words=typed.strip() if parts.get("typed") else parts.get("q", ""),
            start=int(start) if start.isascii() and start.isdecimal() and len(start) < len(str(10**6)) else 0,
        )

    def word(self, *, typed: bool = False) -> str:
        """Return this position as text for the form, or with `typed` that of a search for what is typed."""
        search = {"typed": "1"} if typed else {"q": self.words}
        return urlencode({"in": self.organisation, "name": self.name, "from": 0 if typed else self.start, **search})


def can_browse(context: ComposeContext, kind_name: str) -> bool:
    """Tell whether a kind of message has an address book that can be browsed."""
    return directories.browsable(context.visitor.platform, _transports(context, kind_name)) is not None


def opened(compose_page: ComposePage) -> dict[str, Any] | None:
    """Return the open page of the address book; None if it is closed."""
    context, form = compose_page.context, compose_page.form
    if not form.book or not can_browse(context, form.kind):
        return None
    place = BookPlace.read(form.book, form.book_words)
    with context.visitor.work() as work:
        entries = directories.browse(
            work,
            context.mailbox.id,
            _transports(context, form.kind),
            place.organisation,
            place.words,
            (place.start, SHOWN + 1),
        )
    shown = entries[:SHOWN]
    before, after = (replace(place, start=start) for start in (max(place.start - SHOWN, 0), place.start + SHOWN))
    return {
        "at": place.word(),
        "words": place.words,
        "organisation": place.name if place.organisation else "",
        "entries": [entry for entry in shown if entry.address.value],
        "organisations": _organisations(shown),
        "top": BookPlace().word(),
        "search": place.word(typed=True),
        "previous": before.word() if place.start else "",
        "next": after.word() if len(entries) > SHOWN else "",
        "first": place.start + 1,
        "last": place.start + len(shown),
    }


def _organisations(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """Return name and position of the organisations among entries."""
    return [
        (entry.address.organisation, BookPlace(entry.address.organisation_value, entry.address.organisation).word())
        for entry in entries
        if not entry.address.value
    ]


def _transports(context: ComposeContext, kind_name: str) -> set[str]:
    kind = context.kind_of(kind_name)
    return {kind.name, *kind.transports} if kind else set()
