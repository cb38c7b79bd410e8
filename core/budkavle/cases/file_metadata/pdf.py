"""PDF (ISO 32000-2): author, program, times, and earlier revisions.

The file is written again from its newest revision, so older ones are gone. Page streams are kept byte for byte. A file
that is signed, certified or encrypted, or that cannot be read without guessing, is left alone.

qpdf parses it, so call this only in a child process (`apart`).
"""

from collections.abc import Iterator
from typing import BinaryIO, Final

import pikepdf

from budkavle.cases.file_metadata import xmp
from budkavle.cases.file_metadata.nested import Nested

_SIGNATURE_TYPES: Final = ("/Sig", "/DocTimeStamp")
_BYTE_RANGE: Final = b"/ByteRange"
"""Occurs in every signature, also in one that is a direct object in a field without a type."""
_SIGNATURES_EXIST: Final = 1
"""The bit of `/SigFlags` (ISO 32000-2, 12.7.3)."""
_NOTES: Final = (
    ("/Metadata", pikepdf.Stream),
    ("/PieceInfo", pikepdf.Dictionary),
    ("/LastModified", pikepdf.String),
)
"""Metadata of any object, by type: a dictionary with names chosen by the document may use these names, too."""
_NO_COMMENTS: Final = (None, "/Widget", "/Popup", "/Link")
"""Kinds of annotations where `/T` is not a person's name."""
_NO_TIME: Final = "D:20000101000000Z"
"""PDF/A-3 requires a time for each embedded file (ISO 19005-3, 6.8)."""


def write_cleaned(source: BinaryIO, target: BinaryIO, nested: Nested) -> bool:
    """Write a document without its metadata; tell whether to keep what was written.

    Args:
        source: The document.
        target: Where to write it.
        nested: Cleans embedded pictures and files.
    """
    try:
        with pikepdf.open(source, attempt_recovery=False) as pdf:
            if pdf.is_encrypted or _is_sealed(pdf):
                return False
            metadata = pdf.Root.get("/Metadata")
            xmp_packet = metadata.read_bytes() if isinstance(metadata, pikepdf.Stream) else b""
            for thing in _things(pdf):
                _clean_thing(pdf, thing, nested)
            _clean_document(pdf, xmp_packet)
            pdf.save(
                target,
                compress_streams=False,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
                fix_metadata_version=False,
                linearize=pdf.is_linearized,
                deterministic_id=True,
            )
            return not pdf.get_warnings()
    except (pikepdf.PdfError, ValueError, RuntimeError):
        return False


def _things(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Yield the dictionaries and streams that are indirect objects."""
    return (each for each in pdf.objects if isinstance(each, pikepdf.Dictionary | pikepdf.Stream))


def _is_sealed(pdf: pikepdf.Pdf) -> bool:
    """Tell whether it is signed, certified, timestamped, or enabled for a reader by its producer's signature."""
    form = pdf.Root.get("/AcroForm")
    flags = form.get("/SigFlags", 0) if isinstance(form, pikepdf.Dictionary) else 0
    has_flag = isinstance(flags, int) and bool(flags & _SIGNATURES_EXIST)
    if has_flag or "/Perms" in pdf.Root or any(_is_signature(thing) for thing in _things(pdf)):
        return True
    holders = (pdf.Root, form, *(thing for thing in _things(pdf) if "/Kids" in thing))
    return any(_BYTE_RANGE in held.unparse(resolved=True) for held in holders if isinstance(held, pikepdf.Dictionary))


def _is_signature(thing: pikepdf.Object) -> bool:
    """Tell whether it is a signature, or a field that holds one."""
    names = thing.keys()
    if "/ByteRange" in names or ("/Type" in names and thing["/Type"] in _SIGNATURE_TYPES):
        return True
    value = thing["/V"] if "/V" in names else None
    return value is not None and (
        thing.get("/FT") == "/Sig" or (isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value)
    )


def _clean_document(pdf: pikepdf.Pdf, xmp_packet: bytes) -> None:
    """Remove the document's metadata; of its XMP packet (`xmp`), keep what a standard needs."""
    preferences = pdf.Root.get("/ViewerPreferences")
    shown = isinstance(preferences, pikepdf.Dictionary) and bool(preferences.get("/DisplayDocTitle", False))
    title = pdf.docinfo.get("/Title") if shown else None
    for name in set(pdf.trailer.keys()) - {"/Root", "/Size"}:
        del pdf.trailer[name]
    if "/SpiderInfo" in pdf.Root:
        del pdf.Root.SpiderInfo
    if isinstance(title, pikepdf.String):
        pdf.docinfo["/Title"] = title
    if needed := xmp.what_standards_need(xmp_packet, title=shown):
        pdf.Root.Metadata = pdf.make_stream(needed, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)


def _clean_thing(pdf: pikepdf.Pdf, thing: pikepdf.Object, nested: Nested) -> None:
    """Remove the metadata of a page, a picture, a font or a file."""
    names = thing.keys()
    if "/T" in names and "/Rect" in names and thing.get("/Subtype") not in _NO_COMMENTS:
        nested.names_people = True
    for name, kind in _NOTES:
        if name in names and isinstance(thing[name], kind) and not _is_drawn(thing[name]):
            del thing[name]
    if "/Thumb" in names and thing.get("/Type") == "/Page":
        del thing["/Thumb"]
    if "/EF" in names and isinstance(thing["/EF"], pikepdf.Dictionary):
        for file in _nameless(thing["/EF"]):
            _clean_file(file, nested)
    if isinstance(thing, pikepdf.Stream):
        _clean_stream(pdf, thing, nested)


def _is_drawn(value: pikepdf.Object) -> bool:
    """Tell whether it is a picture or a drawing, which pages may refer to by any name."""
    return isinstance(value, pikepdf.Stream) and value.get("/Subtype", "/XML") != "/XML"


def _clean_stream(pdf: pikepdf.Pdf, stream: pikepdf.Stream, nested: Nested) -> None:
    if stream.get("/Type") == "/EmbeddedFile":
        _clean_file(stream, nested)
    elif "/DCTDecode" in _filters(stream):
        _clean_picture(pdf, stream, nested)
    elif stream.get("/Subtype") == "/XML" and stream.get("/Type") == "/Metadata":
        stream.write(xmp.EMPTY)  # metadata of a direct object


def _nameless(files: pikepdf.Object) -> Iterator[pikepdf.Stream]:
    """Yield the files that are not marked as embedded files, which is optional."""
    for file in files.values():
        if isinstance(file, pikepdf.Stream) and file.get("/Type") != "/EmbeddedFile":
            yield file


def _clean_file(stream: pikepdf.Object, nested: Nested) -> None:
    """Remove the times of an embedded file, and its own metadata."""
    cleaned = nested.cleaned(stream.read_bytes())
    if cleaned is not None:
        stream.write(cleaned)
    parameters = stream.get("/Params")
    if isinstance(parameters, pikepdf.Dictionary):
        for name in ("/CreationDate", "/Mac", *(("/CheckSum",) if cleaned is not None else ())):
            if name in parameters:
                del parameters[name]
        if "/ModDate" in parameters:
            parameters.ModDate = _NO_TIME
        if cleaned is not None:
            parameters.Size = len(cleaned)


def _filters(stream: pikepdf.Object) -> list[str]:
    names = stream.get("/Filter")
    if isinstance(names, pikepdf.Array):
        return [str(name) for name in names]
    return [str(names)] if isinstance(names, pikepdf.Name) else []


def _clean_picture(pdf: pikepdf.Pdf, stream: pikepdf.Object, nested: Nested) -> None:
    """Remove the camera's metadata from a JPEG, which is stored in the document as the original file."""
    outer_filters = _filters(stream)[:-1]
    content = stream.read_raw_bytes()
    if outer_filters:
        packed = pikepdf.Stream(pdf, content)
        packed.Filter = pikepdf.Array([pikepdf.Name(name) for name in outer_filters])
        content = packed.read_bytes()
    cleaned = nested.cleaned(content)
    if cleaned is not None:
        stream.write(cleaned, filter=pikepdf.Name.DCTDecode, decode_parms=_last_parameters(stream))


def _last_parameters(stream: pikepdf.Object) -> pikepdf.Dictionary | None:
    """Return the parameters for decoding the JPEG itself, if the document has any."""
    named = stream.get("/DecodeParms")
    last = named[-1] if isinstance(named, pikepdf.Array) and len(named) else named
    return last if isinstance(last, pikepdf.Dictionary) else None
