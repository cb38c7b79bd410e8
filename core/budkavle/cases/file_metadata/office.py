"""Office documents (ECMA-376 part 2, OpenDocument 1.3 part 2): who wrote them, with what, from which template.

The parts of the ZIP that tell it are replaced by ones that say nothing but the title. All other parts stay byte for
byte, and so do documents that are signed or locked: their seal counts these parts too.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Final

from budkavle.cases.file_metadata.reading import Change, Reader
from budkavle.cases.file_metadata.zip_parts import Directory, Part, read_directory

_LONGEST: Final = 1 << 20
"""Bytes of a part that are looked at, unpacked."""
_TYPES: Final = "[content_types].xml"
_MANIFEST: Final = "meta-inf/manifest.xml"
_SEAL: Final = re.compile(
    r"_xmlsignatures/|package/services/digital-signature/|meta-inf/[^/]*(?:signature|\.p7s$|\.tst$)|encrypted-package"
    r"|\.signature\.p7s$|appxsignature\.p7x$"
)
"""Names of signatures, in lower case: of office documents, and of other packages (XPS, ASiC, NuGet)."""
_OASIS: Final = b"application/vnd.oasis.opendocument."
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
"""White dots, in place of a picture of the first page as it once was."""


def changes(reader: Reader) -> list[Change]:
    """Return what is replaced in an office document; nothing in any other ZIP."""
    directory = read_directory(reader)
    if directory is None:
        return []
    names = {part.name: part for part in directory.parts}
    written = _OPENDOCUMENT.get if _MANIFEST in names else _office_open
    is_document = _is_opendocument(directory, names) if _MANIFEST in names else _TYPES in names
    if not is_document or _is_sealed(directory):
        return []
    put: dict[Part, bytes] = {}
    for part in directory.parts:
        maker = written(part.name)
        if maker is not None and not directory.holds(part, text := maker(directory.content(part, _LONGEST))):
            put[part] = text
    return directory.changes(put) if put else []


def _is_opendocument(directory: Directory, parts: Mapping[str, Part]) -> bool:
    """Tell whether a package that has a manifest says that it is one: others (ASiC) may have any file as `meta.xml`."""
    says = parts.get("mimetype", parts[_MANIFEST])
    return _OASIS in (directory.content(says, _LONGEST) or b"")


def _is_sealed(directory: Directory) -> bool:
    """Tell whether it is signed, or any of it encrypted."""
    if any(part.is_encrypted or _SEAL.match(part.name) for part in directory.parts):
        return True
    manifest = next((part for part in directory.parts if part.name == _MANIFEST), None)
    text = directory.content(manifest, _LONGEST) if manifest else b""
    return text is None or b"encryption-data" in text


Maker = Callable[[bytes | None], bytes]
"""Makes a part of what stood there, unpacked; None where that cannot be read."""


def _office_open(name: str) -> Maker | None:
    if name == "docprops/core.xml" or name.endswith(".psmdcp"):
        return _core
    return _OFFICE_OPEN.get(name)


def _core(text: bytes | None) -> bytes:
    head = b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    return _DECLARED + head + _DC + b">" + _title(text) + b"</cp:coreProperties>"


def _properties(kind: str) -> Maker:
    """Return what makes an empty list of properties, in the namespace of the one that was there."""

    def made(text: bytes | None) -> bytes:
        base = b"http://schemas.openxmlformats.org/officeDocument/2006/%s-properties" % kind.encode()
        if text and _STRICT in text:
            base = b"http://purl.oclc.org/ooxml/officeDocument/%sProperties" % kind.encode()
        return _DECLARED + b'<Properties xmlns="' + base + b'"/>'

    return made


_OFFICE_OPEN: Final[Mapping[str, Maker]] = {
    "docprops/app.xml": _properties("extended"),
    "docprops/custom.xml": _properties("custom"),
    "docprops/thumbnail.jpeg": lambda _: _JPEG,
    "docprops/thumbnail.png": lambda _: _PNG,
}


def _meta(text: bytes | None) -> bytes:
    stated = _VERSION.search(text or b"")
    head = b'<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    version = b' office:version="%s">' % (stated[1] if stated else b"1.2")
    return _DECLARED + head + _DC + version + b"<office:meta>" + _title(text) + b"</office:meta></office:document-meta>"


def _title(text: bytes | None) -> bytes:
    """Return the title as it stood, which readers and screen readers show; nothing where it is not plain UTF-8."""
    title = _TITLE.search(text or b"")
    try:
        return b"<dc:title>%s</dc:title>" % title[1].decode("utf-8").encode() if title else b""
    except UnicodeDecodeError:
        return b""


_OPENDOCUMENT: Final[Mapping[str, Maker]] = {"meta.xml": _meta, "thumbnails/thumbnail.png": lambda _: _PNG}
