"""Opens foreign documents in a child process, so that they cannot take the memory and time of everything else.

Each function runs work of `rendering`, `conversion` or `received` in a child (`budkavle.bounded`). A whole fax is one
piece of work, including Ghostscript and LibreOffice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Final

from budkavle import Bounds, File, Invalid, Sentence, TooLarge, bounded
from budkavle_fax.documents import conversion, cover, rendering
from budkavle_fax.documents.cover import Cover
from budkavle_fax.documents.received import TOO_LARGE, UNREADABLE, Received, received
from budkavle_fax.language import Say

SOON: Final = Bounds(cpu=30, wall=120, memory=1_200_000_000)
"""Limits while a person waits."""
JUDGED: Final = 6
"""Seconds for checking all documents of a draft: the core waits at most ten for the transport."""
LATER: Final = Bounds(cpu=120, wall=600, memory=1_200_000_000)
TOO_MUCH: Final = (
    "{name} är för stor eller för invecklad att faxa. Dela upp den, eller spara om den som en enklare PDF."
)
TOGETHER: Final = (
    "Bilagorna är för stora eller för invecklade att faxa tillsammans. Ta bort eller dela upp någon av dem."
)


def faults(files: Sequence[File], most_pages: int) -> list[str]:
    """Return why documents cannot be faxed, each by name; empty if all can.

    Documents that are not checked within `JUDGED` seconds are checked when they are sent, by `prepare`.

    Raises:
        Temporary: Too many documents are being opened right now.
    """
    return _faults_before(monotonic() + JUDGED, files, most_pages)


def _faults_before(end: float, files: Sequence[File], most_pages: int) -> list[str]:
    left = end - monotonic()
    if not files or left < 1:
        return []
    began, bounds = monotonic(), replace(SOON, wall=min(SOON.wall, int(left)))
    try:
        return [Sentence.from_stored(fault) for fault in bounded(_faults, files, most_pages, bounds=bounds)]
    except (TooLarge, Invalid):
        if monotonic() - began >= bounds.wall:
            return []
        if len(files) == 1:
            return [Sentence(TOO_MUCH, name=files[0].file_name)]
    return [fault for file in files for fault in _faults_before(end, [file], most_pages)]


def prepare(front: Cover, files: Sequence[File], most_pages: int, say: Say) -> bytes:
    """Return the whole fax, as `rendering.prepare` does.

    Raises:
        Invalid: A document cannot be faxed, or there are too many pages, or they are too large.
        NoGhostscript: Ghostscript is not installed.
        Temporary: Too many documents are being opened right now.
    """
    rendering.ghostscript()
    try:
        return bounded(_prepare, front, files, most_pages, cover.translated(front, say), bounds=LATER)
    except TooLarge as error:
        raise _too_much(files) from error


def previews(
    front: Cover, files: Sequence[File], most_pages: int, say: Say, size: tuple[int, int]
) -> tuple[int, list[bytes]]:
    """Return the number of pages in the whole fax, and the first of them as PNG.

    Args:
        front: The cover.
        files: The documents.
        most_pages: The largest number of pages in a fax.
        say: Translates the cover's own words.
        size: The width of a page in dots, and the number of pages to draw.

    Raises:
        Invalid: As for `prepare`; likewise `NoGhostscript` and `Temporary`.
    """
    rendering.ghostscript()
    try:
        return bounded(_previews, front, files, most_pages, cover.translated(front, say), size, bounds=SOON)
    except TooLarge as error:
        raise _too_much(files) from error


def opened(content: bytes) -> Received:
    """Open a received fax, as `received` does; one that needs too much is kept as it is, with a warning.

    Raises:
        Temporary: Too many documents are being opened right now.
    """
    try:
        return bounded(received, content, bounds=LATER)
    except TooLarge:
        told = TOO_LARGE
    except Invalid:
        told = UNREADABLE
    return Received((File("fax.tif", "image/tiff", content),), 0, (told,))


def _too_much(files: Sequence[File]) -> Invalid:
    sentence = Sentence(TOO_MUCH, name=files[0].file_name) if len(files) == 1 else Sentence(TOGETHER)
    return Invalid(sentence, fields={"attachments": sentence})


def _faults(files: list[File], most_pages: int) -> list[str]:
    """Run `faults` in the child; the messages are returned in their stored form."""
    faults: list[str] = []
    pages = 0
    for file in files:
        try:
            pages += conversion.pages_of(conversion.as_pdf(file, most_pages))
        except Invalid as error:
            faults.append(error.sentence.to_text())
    too_many = Sentence(rendering.TOO_MANY, pages=pages, most=most_pages)
    return faults or ([too_many.to_text()] if pages > most_pages else [])


def _prepare(front: Cover, files: list[File], most_pages: int, words: Mapping[str, str]) -> bytes:
    """Run `prepare` in the child."""
    return rendering.prepare(front, files, most_pages, lambda word: words.get(word, word))


def _previews(
    front: Cover, files: list[File], most_pages: int, words: Mapping[str, str], size: tuple[int, int]
) -> tuple[int, list[bytes]]:
    """Run `previews` in the child."""
    tiff = _prepare(front, files, most_pages, words)
    width, most = size
    drawn = zip(range(most), rendering.previews(tiff, width), strict=False)
    return rendering.count(tiff), [png for _, png in drawn]
