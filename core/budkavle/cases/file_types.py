"""The check of a file's type by its first bytes, and a safe file name."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from budkavle.model.errors import Invalid
from budkavle.model.sentences import Sentence

MAGIC: Mapping[str, Sequence[bytes]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "image/bmp": (b"BM",),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "application/gzip": (b"\x1f\x8b",),
    "application/x-7z-compressed": (b"7z\xbc\xaf\x27\x1c",),
    "application/rtf": (b"{\\rtf",),
    "text/rtf": (b"{\\rtf",),
    "application/msword": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
    "application/vnd.ms-excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
    "application/vnd.ms-powerpoint": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
}
"""Types that always begin with one of these byte sequences."""

IN_ZIP = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")
"""Prefixes of the types that are ZIP files inside."""

PROGRAMS: Mapping[str, Sequence[bytes]] = {
    "Windows-program": (b"MZ",),
    "Linux-program": (b"\x7fELF",),
    "macOS-program": (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe"),
}
"""First bytes that no document has."""

HEAD = 64
"""How many bytes the check needs."""

_UNWANTED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Control characters, and formatting ones such as those that change the writing direction."""

LONGEST_NAME = 200


def clean_name(file_name: str) -> str:
    """Return the name without folders, control characters and direction overrides; never empty."""
    last = re.split(r"[/\\]", file_name)[-1]
    cleaned = "".join(letter for letter in unicodedata.normalize("NFC", last) if _is_allowed(letter))
    name = re.sub(r'[<>:"|?*]', "_", cleaned).strip(" .")
    return _shortened(name) or "bilaga"


def _is_allowed(letter: str) -> bool:
    return unicodedata.category(letter) not in _UNWANTED


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def clean_type(content_type: str) -> str:
    """Return the media type in lower case and without parameters; `application/octet-stream` if it is invalid."""
    bare = content_type.partition(";")[0].strip().lower()
    return bare if re.fullmatch(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", bare) else UNKNOWN


UNKNOWN = "application/octet-stream"
_OTHER_CONTENT = "Filens innehåll stämmer inte med filtypen ({content_type}). Spara om filen och försök igen."


def judge(name: str, content_type: str, head: bytes) -> None:
    """Refuse a file with these first bytes if it is empty, a program, or not of its claimed type.

    Raises:
        Invalid: The file is refused.
    """
    if not head:
        raise Invalid("Filen är tom.", fields={"attachments": Sentence("{name} är tom. Välj en annan fil.", name=name)})
    if sentence := objection(content_type, head):
        raise Invalid(
            "Filen kan inte bifogas.",
            fields={"attachments": Sentence("{name}: {sentence}", name=name, sentence=sentence)},
        )


def objection(content_type: str, head: bytes) -> str:
    """Say in a sentence why a file with these first bytes is not of its claimed type; empty if it may be."""
    for program, beginnings in PROGRAMS.items():
        if head.startswith(tuple(beginnings)) and b"\0" in head:  # a text may begin with MZ
            return Sentence("Filen är ett program ({program}) och kan inte skickas.", program=program)
    expected = MAGIC["application/zip"] if content_type.startswith(IN_ZIP) else MAGIC.get(content_type)
    if expected is None:
        return _objection_to_text(content_type, head)
    if head.startswith(tuple(expected)) or (content_type == "application/pdf" and b"%PDF-" in head):
        return ""
    return Sentence(_OTHER_CONTENT, content_type=content_type)


def _objection_to_text(content_type: str, head: bytes) -> str:
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16 has zeros
    if content_type.startswith("text/") and b"\0" in head and not wide:
        return Sentence(_OTHER_CONTENT, content_type=content_type)
    return ""
