"""Documents of strangers in the child process that opens them: whatever they are, the parent gets a verdict in time.

They are opened at a desk (`desk.py`). One that brings its child down gets a child of the product's own, and then that
verdict is judged.
"""

import sys
from pathlib import Path
from typing import Final

from tests.fuzzing.desk import Desk, Fallen

from budkavle import Invalid, TooLarge
from budkavle.file_texts import ForeignFile, read_texts
from budkavle.file_texts import warm_up as warm_up_texts
from budkavle.plugins.bounded_process import Bounds, bounded
from budkavle.previews.drawing import draw
from budkavle.previews.drawing import warm_up as warm_up_drawing
from budkavle_fax.documents.received import received

_ROOT: Final = str(Path(__file__).parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)  # the child looks for this module where its parent does

ALONE: Final = Bounds(cpu=4, wall=8, memory=400_000_000, closed=True)

PATIENCE: Final = 2 * ALONE.wall + 5.0
"""Seconds: at the desk, and by the product where it brings the desk's child down."""


class Refused(Exception):
    """The document could not be opened."""


def warm_up() -> None:
    """Import all that the work needs, as both modules have it."""
    warm_up_drawing()
    warm_up_texts()
    received(b"")


def is_opened(document: bytes) -> bool:
    """Draw a document, read its text and take it for a fax; tell whether it could be opened in some way."""
    text = read_texts([ForeignFile("a", document)]) != [None]
    if document.startswith((b"II*\0", b"MM\0*")):
        assert received(document).files, "a fax is lost"
    try:
        drawn = draw(document, "a.txt", "text/plain", 400, 2, 0)
    except Exception:  # noqa: BLE001 - its kind alone leaves the child, and the parent says that it cannot be opened
        return text
    return bool(drawn.pages or drawn.text) or text


DESK: Final = Desk(is_opened, ALONE)


def read(document: bytes) -> None:
    """Open a document at the desk; where it brings the child down, by the product itself.

    Raises:
        Refused: It could not be opened.
    """
    try:
        opened = DESK.opens(document)
    except Fallen:
        opened = _alone(document)
    if not opened:
        raise Refused


def _alone(document: bytes) -> bool:
    try:
        return bounded(is_opened, document, bounds=ALONE)
    except (Invalid, TooLarge):
        return False
