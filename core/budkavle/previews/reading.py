"""A file viewed in a page: its thumbnail, pictures of its pages drawn by a closed child, and their text.

The caller has checked who may read the file, and records that it was opened.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from budkavle.model.errors import Invalid, NotFound, Temporary, TooLarge
from budkavle.model.messages import Attachment
from budkavle.previews.drawing import Page
from budkavle.previews.kinds import is_drawn, kind
from budkavle.previews.looking import Preview, preview_file
from budkavle.previews.shelf import PreviewShelf

AT_ONCE: Final = 5
"""Pages that one child draws."""
WIDTH: Final = 1100
TILE_WIDTH: Final = 120
MOST_TILES: Final = 8
"""Files of a message whose first page is drawn at once."""
MOST_PAGES: Final = 10_000
NO_PAGE: Final = "Sidan finns inte."
_shelf = PreviewShelf()


class FileReader:
    """Shows one file, page by page.

    Args:
        file: The file.
        read: Returns its bytes, in no transaction; called only if the same pages have not just been drawn.

    Example:
        reader = FileReader(file, lambda: pieces)
        context = {**reader.show(page), "url": url, "zoom": False, "alone": True}
    """

    def __init__(self, file: Attachment, read: Callable[[], Iterable[bytes]]) -> None:
        self._file = file
        self._read = read

    @staticmethod
    def tiles(files: Sequence[Attachment], address: Callable[[UUID], str]) -> list[dict[str, Any]]:
        """Return the files of a message for the macro `files` of `macros/case.html`.

        Args:
            files: The files.
            address: Returns the path of a file by its id; below it are `view`, `tile` and `pages/N`.
        """
        return [
            {
                "url": address(file.id),
                "name": file.file_name,
                "size": file.size,
                "kind": kind(file),
                "tile_url": f"{address(file.id)}/tile" if is_drawn(file) and number < MOST_TILES else None,
            }
            for number, file in enumerate(files)
        ]

    def show(self, number: int) -> dict[str, Any]:
        """Return the context of `fragments/viewer.html` for a page, or the sentence that says why it cannot be shown.

        Args:
            number: The page, counted from 1.
        """
        number = min(max(number, 1), MOST_PAGES)
        empty: dict[str, Any] = {"fault": "", "page": None, "text": "", "count": 0, "more": False}
        shown = {"file": self._file, "number": number, **empty}
        try:
            page, preview = self._page(number)
        except (Invalid, TooLarge, Temporary) as error:
            return shown | {"fault": error.sentence}
        if page is None and not preview.text and number > 1:
            return shown | {"fault": NO_PAGE}
        last = (number - 1) // AT_ONCE * AT_ONCE + len(preview.pages)
        more = number < preview.count or number < last or (preview.more and not preview.count)
        return shown | {
            "page": page,
            "text": preview.text,
            "count": preview.count,
            "more": more if page else preview.more,
        }

    def picture(self, number: int) -> bytes:
        """Return the picture of a page, as WebP.

        Raises:
            NotFound: There is no such page, or the file cannot be shown.
            Temporary: Too many files are being previewed just now.
        """
        try:
            page, _ = self._page(number)
        except (Invalid, TooLarge) as error:
            raise NotFound(NO_PAGE) from error
        if page is None:
            raise NotFound(NO_PAGE)
        return page.picture

    def tile(self) -> bytes:
        """Return the thumbnail of the first page, as WebP; nothing can be read in it.

        Raises:
            NotFound: There is none; the tile then shows the file's type.
        """
        if not is_drawn(self._file):
            raise NotFound(NO_PAGE)
        try:
            preview = self._preview("tile", range(1), TILE_WIDTH)
        except (Invalid, TooLarge, Temporary) as error:
            raise NotFound(NO_PAGE) from error
        if not preview.pages:
            raise NotFound(NO_PAGE)
        return preview.pages[0].picture

    def _page(self, number: int) -> tuple[Page | None, Preview]:
        """Return a page, if the file has it, and the preview that it belongs to."""
        if number < 1:
            raise NotFound(NO_PAGE)
        first = (number - 1) // AT_ONCE * AT_ONCE
        preview = self._preview(first, range(first, first + AT_ONCE), WIDTH)
        at = number - 1 - first
        return (preview.pages[at] if at < len(preview.pages) else None), preview

    def _preview(self, part: int | str, pages: range, width: int) -> Preview:
        """Return the preview of some pages, from the cache if it has just been made."""
        file, key = self._file, (self._file.id, part)
        preview = _shelf.find(key)
        if preview is None:
            pieces = self._read()
            preview = preview_file(file.file_name, file.content_type, file.size, pieces, pages=pages, width=width)
            _shelf.keep(key, preview)
        return preview
