"""Office documents (ECMA-376, OpenDocument 1.3): author, program, template and storage location.

The parts of the ZIP with this metadata are replaced (`office_parts`), and embedded pictures and documents lose theirs
(`nested`). All other parts are kept byte for byte. Signed or encrypted documents are kept whole, since their signature
covers these parts too.
"""

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from budkavle.cases.file_metadata import office_parts
from budkavle.cases.file_metadata.nested import Nested
from budkavle.cases.file_metadata.reading import Reader
from budkavle.cases.file_metadata.rewriting import rewritten
from budkavle.cases.file_metadata.zip_parts import Directory, Part, read_directory

_LONGEST: Final = 1 << 20
"""Unpacked bytes of a part that is replaced; a longer one is not read."""
_LONGEST_TEXT: Final = 50_000_000
"""Bytes of a text that is searched for comments, and of an embedded file."""
_PIECE: Final = 1 << 16
_TYPES: Final = "[content_types].xml"
_MANIFEST: Final = "meta-inf/manifest.xml"
_SEAL: Final = re.compile(
    r"_xmlsignatures/|package/services/digital-signature/|meta-inf/[^/]*(?:signature|\.p7s$|\.tst$)|encrypted-package"
    r"|\.signature\.p7s$|appxsignature\.p7x$"
)
"""Lower-case names of signatures: of office documents, and of other packages (XPS, ASiC, NuGet)."""
_OASIS: Final = b"application/vnd.oasis.opendocument."
_NO_FILE: Final = (".xml", ".rels", ".vml", ".bin", "/", "mimetype")
"""Name endings of parts that are not embedded files."""
_COMMENTED: Final = re.compile(
    r"word/[^/]*\.xml|xl/(?:comments|threadedcomments|persons|revisions)[^/]*(?:/[^/]*)?\.xml"
    r"|ppt/(?:commentauthors|authors)\.xml|(?:.*/)?(?:content|styles)\.xml"
)
"""Names of parts that may have comments or tracked changes."""
_NAMED: Final = re.compile(
    rb'\bw:author="[^"]|<author>[^<]|<(?:\w+:)?(?:cmAuthor|author|person)\s[^<>]*\b(?:displayName|name)="[^"]'
    rb"|<office:(?:annotation|change-info)\b"
)


def write_cleaned(source: BinaryIO, target: BinaryIO, nested: Nested) -> bool:
    """Write an office document without its metadata; tell whether anything was written.

    Args:
        source: The document; any other ZIP is left alone.
        target: Where to write it.
        nested: Cleans embedded pictures and documents.
    """

    def pieces(start: int) -> Iterator[bytes]:
        source.seek(start)
        while piece := source.read(_PIECE):
            yield piece

    size = source.seek(0, 2)
    directory = read_directory(Reader(pieces, size))
    if directory is None or not _is_open(directory):
        return False
    replaced = _replaced(directory, nested)
    document = rewritten(pieces, size, directory.changes(replaced)) if replaced else None
    target.writelines(document or ())
    return document is not None


def _is_open(directory: Directory) -> bool:
    """Tell whether it is an office document that is neither signed nor encrypted."""
    names = {part.name: part for part in directory.parts}
    is_document = _is_opendocument(directory, names) if _MANIFEST in names else _TYPES in names
    return is_document and not _is_sealed(directory)


def _is_opendocument(directory: Directory, parts: Mapping[str, Part]) -> bool:
    """Tell whether a package with a manifest claims to be OpenDocument: others (ASiC) may have any `meta.xml`."""
    says = parts.get("mimetype", parts[_MANIFEST])
    return _OASIS in (directory.content(says, _LONGEST) or b"")


def _is_sealed(directory: Directory) -> bool:
    """Tell whether it is signed, or any part encrypted."""
    if any(part.is_encrypted or _SEAL.match(part.name) for part in directory.parts):
        return True
    manifest = next((part for part in directory.parts if part.name == _MANIFEST), None)
    text = directory.content(manifest, _LONGEST) if manifest else b""
    return text is None or b"encryption-data" in text


def _replaced(directory: Directory, nested: Nested) -> dict[Part, bytes]:
    """Return the new content of the parts that change."""
    is_opendocument = any(part.name == _MANIFEST for part in directory.parts)
    contents: dict[Part, bytes] = {}
    for part in directory.parts:
        maker = office_parts.maker_of(part.name, is_opendocument=is_opendocument)
        content = maker(directory.content(part, _LONGEST)) if maker else _cleaned_file(directory, part, nested)
        if content is not None and not directory.holds(part, content):
            contents[part] = content
        nested.names_people = nested.names_people or _names_people(directory, part)
    return contents


def _cleaned_file(directory: Directory, part: Part, nested: Nested) -> bytes | None:
    """Return an embedded picture or document without its metadata; None if the part is kept."""
    size = part.entry.size
    if part.name.endswith(_NO_FILE) or size > _LONGEST_TEXT or not nested.has_room(size):
        return None
    content = directory.content(part, _LONGEST_TEXT)
    return nested.cleaned(content) if content else None


def _names_people(directory: Directory, part: Part) -> bool:
    """Tell whether a part has comments or tracked changes with names."""
    if not _COMMENTED.fullmatch(part.name) or part.entry.size > _LONGEST_TEXT:
        return False
    return _NAMED.search(directory.content(part, _LONGEST_TEXT) or b"") is not None
