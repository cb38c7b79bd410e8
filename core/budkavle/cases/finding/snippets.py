"""Where the words of a hit occur, and the words around them: decrypted for the hits of one page, and not stored."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from budkavle.accounts.permissions import delegated
from budkavle.cases.finding.query import Hit
from budkavle.cases.finding.texts import CaseTexts, gather
from budkavle.cases.finding.words import NOWHERE, Place, Term, marked
from budkavle.storage.platform import Work

AROUND: Final = 70
"""Characters shown before the first match, and half as many as after it."""
_MARKS: Final = re.compile(r"\*{2,}|_{2,}|(?<!\w)\*(?=\w)|(?<=[\w.,;:!?)])\*(?!\w)|^ {0,3}#{1,6} ", re.MULTILINE)
"""Markup for bold, italic or a heading: a page renders it, but here it would be noise."""
Pieces = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Where the words of a hit occur.

    Attributes:
        place: A text, a note or a file; nowhere if all of them are in the subject and the names.
        pieces: The words around them, each with whether it is a match.
        files: The names of the files that may have them.
    """

    place: Place = NOWHERE
    pieces: Pieces = ()
    files: Sequence[str] = ()


def snippets(work: Work, hits: Sequence[Hit], terms: Sequence[Term]) -> dict[UUID, Snippet]:
    """Return where the words of hits occur, for hits that the reader may open in full."""
    since = {box for box, rules in delegated(work).items() if rules.since}
    shown = [
        hit
        for hit in hits
        if hit.case.mailbox_id not in since and not hit.case.recalled and work.actor.may_read_at(hit.case.loa)
    ]
    texts = gather(work, [hit.case.id for hit in shown]) if shown else {}
    return {hit.case.id: _snippet(texts[hit.case.id], hit.places, terms) for hit in shown if hit.case.id in texts}


def _snippet(texts: CaseTexts, places: Place, terms: Sequence[Term]) -> Snippet:
    best, most = Snippet(), 0
    for text, place in texts.texts:
        if place & (Place.TEXT | Place.NOTE):
            pieces = marked(terms, _MARKS.sub("", text), place)
            number = sum(is_one for _, is_one in pieces)
            if number > most:
                best, most = Snippet(place, _cut(pieces)), number
    if not most and places & Place.FILE:
        return Snippet(Place.FILE, files=list(dict.fromkeys(file.file_name for file in texts.files)))
    return best


def _cut(pieces: Pieces) -> list[tuple[str, bool]]:
    """Keep the words around the first match, none of them cut."""
    first = next(number for number, (_, is_match) in enumerate(pieces) if is_match)
    before = pieces[first - 1][0] if first else ""
    if len(before) > AROUND:
        before = "… " + re.sub(r"^\S*\s", "", before[-AROUND:])
    cut = [(before, False)] if before else []
    remaining = 2 * AROUND
    for text, is_match in pieces[first:]:
        if remaining <= 0:
            break
        cut.append((text if len(text) <= remaining else re.sub(r"\s\S*$", "", text[:remaining]) + " …", is_match))
        remaining -= len(text)
    return cut
