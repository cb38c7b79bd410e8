"""A file's type on its tile, and whether a thumbnail of it can be drawn at once."""

from typing import Final

from budkavle.model.messages import Attachment

DRAWN: Final = frozenset({"PDF", "PNG", "JPG", "JPEG", "GIF", "TIF", "TIFF", "BMP", "WEBP"})
LONGEST: Final = 4
_BY_TYPE: Final = {
    "application/pdf": "PDF",
    "image/png": "PNG",
    "image/jpeg": "JPG",
    "image/tiff": "TIFF",
    "text/plain": "TXT",
}


def kind(file: Attachment) -> str:
    """Return the ending of a file's name, in capitals; if the name has none, by its type; otherwise empty."""
    ending = file.file_name.rpartition(".")[2].upper() if "." in file.file_name else ""
    return ending if 0 < len(ending) <= LONGEST and ending.isalnum() else _BY_TYPE.get(file.content_type, "")


def is_drawn(file: Attachment) -> bool:
    """Tell whether its first page is drawn on its tile; office documents take seconds and are drawn when opened."""
    return kind(file) in DRAWN
