"""Marks the words of a search in an open case, each match with a link to the next; no script is needed."""

from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser
from typing import Final

from markupsafe import Markup

from budkavle.cases.finding.words import Place, Term, marked

MOST: Final = 200
"""The most matches of a case that get a link."""


class _Marker(HTMLParser):
    """Copies safe markup, and marks the words in its text."""

    def __init__(self, terms: Sequence[Term], first: int) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str | int] = []
        """Markup, and the numbers of the matches, each to be replaced by a link to the next."""
        self.count = first
        self._terms = terms
        self._links = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - kept as written
        self._links += tag == "a"
        self.pieces.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as above
        self.pieces.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self._links -= tag == "a"
        self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        for text, is_word in marked(self._terms, data, Place.TEXT):
            if not is_word or self.count >= MOST:
                self.pieces.append(escape(text))
            elif self._links:  # a link inside a link is not allowed
                self.pieces.append(f"<mark>{escape(text)}</mark>")
            else:
                self.count += 1
                self.pieces += [f'<mark id="place-{self.count}" tabindex="-1">{escape(text)}</mark>', self.count]


def mark_places(bodies: Sequence[str], terms: Sequence[Term], onward: str, again: str) -> tuple[list[str], int]:
    """Mark words in texts that are shown one below the other.

    Args:
        bodies: Safe markup, in the order of the page.
        terms: The words.
        onward: The text of the link to the next match.
        again: The text of the last match's link, back to the first.

    Returns:
        The markup with marks, and the number of matches that have a link.
    """
    markers, count = [], 0
    for body in bodies:
        marker = _Marker(terms, count)
        marker.feed(body)
        marker.close()
        markers.append(marker)
        count = marker.count

    def link(number: int) -> str:
        if count == 1:
            return ""
        text, to = (onward, number + 1) if number < count else (again, 1)
        return f'<a class="next-place" href="#place-{to}">{escape(text)}</a>'

    texts = ["".join(link(piece) if isinstance(piece, int) else piece for piece in each.pieces) for each in markers]
    return [Markup(text) for text in texts], count  # noqa: S704 - safe markup, with marks and links of ours
