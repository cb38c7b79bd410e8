"""Converts a chat message to plain text; Teams delivers HTML."""

import re
from html.parser import HTMLParser

BLOCKS = frozenset({"p", "div", "li", "tr", "h1", "h2", "h3", "blockquote", "pre", "ul", "ol", "table"})
SILENT = frozenset({"script", "style", "head", "attachment", "systemeventmessage"})
MOST = 100_000
"""Characters that are read; a message in Teams has at most 28 kB."""
_GAPS = re.compile(r"\n{3,}")
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n")
        elif tag == "img":
            self.pieces.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in BLOCKS:
            self.pieces.append("\n")
        elif tag in {"td", "th"}:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(_BLANKS.sub(" ", data))


def text_of(content: str, kind: str) -> str:
    """Return a message's text.

    Args:
        content: The content from Teams.
        kind: `html` or `text`.
    """
    if kind != "html":
        return content[:MOST].strip()
    reader = _Reader()
    reader.feed(content[:MOST])
    reader.close()
    lines = (line.strip() for line in "".join(reader.pieces).splitlines())
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()
