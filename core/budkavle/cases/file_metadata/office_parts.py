"""Parts of office documents that say who wrote them, and what replaces them."""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from struct import pack
from typing import Final

Maker = Callable[[bytes | None], bytes | None]
"""Makes a part from its unpacked content (None if it cannot be read); returns None if the part is kept."""
_STRICT: Final = b"http://purl.oclc.org/ooxml/"
_LETTER: Final = rb"(?:[^<>&]|&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)"
_TITLE: Final = re.compile(rb"<dc:title(?: [^<>]{0,200})?>(" + _LETTER + rb"{1,2000})</dc:title>")
_VERSION: Final = re.compile(rb"office:version=[\"'](1\.\d)[\"']")
_DECLARED: Final = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_DC: Final = b'xmlns:dc="http://purl.org/dc/elements/1.1/"'
_PNG: Final = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==")
_JPEG: Final = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////"
    "////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AR//Z"
)
_EMF: Final = pack("<2I8i", 1, 88, *[0] * 4, 0, 0, 1, 1) + pack(
    "<4I2H3I4i5I", 0x464D4520, 0x10000, 108, 2, 1, 0, 0, 0, 0, 1, 1, 1, 1, 14, 20, 0, 16, 20
)
"""An empty drawing (MS-EMF 2.3.4): a header and an end."""
_WMF_HEAD: Final = pack("<IH4hHI", 0x9AC6CDD7, 0, 0, 0, 1, 1, 1440, 0)
_WMF: Final = (
    _WMF_HEAD
    + pack("<H", 0x9AC6 ^ 0xCDD7 ^ 1 ^ 1 ^ 1440)
    + pack("<3HIHIH", 1, 9, 0x300, 12, 0, 3, 0)
    + pack("<IH", 3, 0)
)
"""The same in the older format (MS-WMF 2.3.2)."""
_PRINTER: Final = bytes(64) + pack("<4H", 0x401, 0, 220, 0) + bytes(220 - 72)
"""Printer settings without a name and with no field set (DEVMODEW)."""
_FOLDER: Final = re.compile(rb'(<(?:\w+:)?absPath\b[^<>]*?\burl=)"[^"<>]+"')
"""The folder that a workbook was saved in."""
_RESERVED_BY: Final = re.compile(rb'(<(?:\w+:)?fileSharing\b[^<>]*?)\suserName="[^"<>]*"')
"""The user who has reserved a workbook for editing."""
_TEMPLATE: Final = re.compile(
    rb'(<(?:\w+:)?Relationship\b(?=[^<>]*attachedTemplate")[^<>]*?\bTarget=)"(?!Normal\.dotm")[^"<>]*"'
)
"""The path of a text document's template."""
_SHARED_WITH: Final = re.compile(
    rb"(<(?:\w+:)?SharedWithUsers\b[^<>]*(?<!/)>).+?(?=</(?:\w+:)?SharedWithUsers>)", re.DOTALL
)
"""Who SharePoint shares a document with, which no page shows."""
_SETTING: Final = re.compile(
    rb'(<config:config-item\b[^<>]*\bconfig:name="(?:PrinterName|PrinterSetup|CurrentDatabase\w+|\w+TableURL)"'
    rb"[^<>]*(?<!/)>)[^<>]+(?=</)"
)
"""Printers, data sources, and palette folders, which may be a user's own."""


def maker_of(name: str, *, is_opendocument: bool) -> Maker | None:
    """Return the maker of a part.

    Args:
        name: The part's name, in lower case.
        is_opendocument: Which of the two families the document belongs to.

    Returns:
        None if the part does not say who wrote the document.
    """
    if is_opendocument:  # embedded documents are in folders
        return _OPENDOCUMENT.get(name) or _OPENDOCUMENT_ANYWHERE.get(name.rpartition("/")[2])
    if name in _OFFICE_OPEN:
        return _OFFICE_OPEN[name]
    return next((maker for names, maker in _OFFICE_OPEN_NAMES if names.fullmatch(name)), None)


def _core(text: bytes | None) -> bytes:
    head = b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    return _DECLARED + head + _DC + b">" + _title(text) + b"</cp:coreProperties>"


def _properties(kind: str) -> Maker:
    """Return the maker of an empty property list, in the namespace of the original."""

    def made(text: bytes | None) -> bytes:
        base = b"http://schemas.openxmlformats.org/officeDocument/2006/%s-properties" % kind.encode()
        if text and _STRICT in text:
            base = b"http://purl.oclc.org/ooxml/officeDocument/%sProperties" % kind.encode()
        return _DECLARED + b'<Properties xmlns="' + base + b'"/>'

    return made


def _meta(text: bytes | None) -> bytes:
    stated = _VERSION.search(text or b"")
    head = b'<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    version = b' office:version="%s">' % (stated[1] if stated else b"1.2")
    return _DECLARED + head + _DC + version + b"<office:meta>" + _title(text) + b"</office:meta></office:document-meta>"


def _title(text: bytes | None) -> bytes:
    """Return the original title, which readers and screen readers show; nothing if it is not plain UTF-8."""
    title = _TITLE.search(text or b"")
    try:
        return b"<dc:title>%s</dc:title>" % title[1].decode("utf-8").encode() if title else b""
    except UnicodeDecodeError:
        return b""


def _edited(*edits: tuple[re.Pattern[bytes], bytes]) -> Maker:
    """Return the maker of a part where each match of these patterns is replaced."""

    def edit(text: bytes | None) -> bytes | None:
        changed = text
        for pattern, replacement in edits:
            changed = changed if changed is None else pattern.sub(replacement, changed)
        return None if changed == text else changed

    return edit


def _always(content: bytes) -> Maker:
    return lambda _: content


_OFFICE_OPEN: Final[Mapping[str, Maker]] = {
    "docprops/core.xml": _core,
    "docprops/app.xml": _properties("extended"),
    "docprops/custom.xml": _properties("custom"),
    "docprops/thumbnail.jpeg": _always(_JPEG),
    "docprops/thumbnail.jpg": _always(_JPEG),
    "docprops/thumbnail.png": _always(_PNG),
    "docprops/thumbnail.emf": _always(_EMF),
    "docprops/thumbnail.wmf": _always(_WMF),
    "xl/workbook.xml": _edited((_FOLDER, rb'\1""'), (_RESERVED_BY, rb"\1")),
}
_OFFICE_OPEN_NAMES: Final = (
    (re.compile(r".*\.psmdcp"), _core),
    (re.compile(r"word/(?:glossary/)?_rels/settings\.xml\.rels"), _edited((_TEMPLATE, rb'\1"Normal.dotm"'))),
    (re.compile(r"(?:word|xl|ppt)/printersettings/[^/]*"), _always(_PRINTER)),
    (re.compile(r"customxml/item\d*\.xml"), _edited((_SHARED_WITH, rb"\1"))),
)
_OPENDOCUMENT: Final[Mapping[str, Maker]] = {"thumbnails/thumbnail.png": _always(_PNG)}
_OPENDOCUMENT_ANYWHERE: Final[Mapping[str, Maker]] = {"meta.xml": _meta, "settings.xml": _edited((_SETTING, rb"\1"))}
