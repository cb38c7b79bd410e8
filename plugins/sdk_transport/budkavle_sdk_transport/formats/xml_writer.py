"""Writing XML as bytes, in canonical form from the start, so that what we hash is what we wrote.

Large content goes in as one chunk and is copied once, when the chunks are joined. Source of the escapes: Canonical
XML 1.0, section 2.3.
"""

import re
from typing import Final

_PLAIN: Final = re.compile("[\t\n -%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""What canonical XML writes as it is."""
_ILLEGAL: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class UnfitText(ValueError):
    """A text has a character that XML cannot carry."""


class Writer:
    """Collects the chunks of one document."""

    __slots__ = ("_chunks", "_open")

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._open: list[bytes] = []

    def open(self, name: str, attributes: str = "") -> None:
        """Begin an element; attributes are given as written, with a leading space and already canonical."""
        self._chunks.append(f"<{name}{attributes}>".encode())
        self._open.append(f"</{name}>".encode())

    def close(self) -> None:
        """End the element that was begun last."""
        self._chunks.append(self._open.pop())

    def leaf(self, name: str, text: str, attributes: str = "") -> None:
        """Write an element with text.

        Raises:
            UnfitText: The text has a character that XML cannot carry.
        """
        self._chunks.append(f"<{name}{attributes}>{escape(text, name)}</{name}>".encode())

    def optional(self, name: str, text: str | None) -> None:
        """Write an element unless its text is missing or blank: empty elements must not be sent."""
        if text and text.strip():
            self.leaf(name, text)

    def raw(self, name: str, content: bytes) -> None:
        """Write an element whose content is canonical already, such as base64."""
        self._chunks += (f"<{name}>".encode(), content, f"</{name}>".encode())

    def append(self, content: bytes) -> None:
        """Write a whole canonical element into the open one."""
        self._chunks.append(content)

    def bytes(self) -> bytes:
        """Return the document."""
        return b"".join(self._chunks)


def escape(text: str, name: str) -> str:
    """Text as canonical XML writes it.

    Raises:
        UnfitText: The text has a character that XML cannot carry.
    """
    if _PLAIN.fullmatch(text):
        return text
    unfit = _ILLEGAL.search(text)
    if unfit:
        raise UnfitText(f"{name} has the character U+{ord(unfit[0]):04X}, which cannot be sent; remove it.")
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#xD;")


def attribute(name: str, value: str) -> str:
    """Return an attribute as canonical XML writes it, with a leading space."""
    text = escape(value, name).replace("&gt;", ">").replace('"', "&quot;")
    return f' {name}="{text.replace(chr(9), "&#x9;").replace(chr(10), "&#xA;")}"'
