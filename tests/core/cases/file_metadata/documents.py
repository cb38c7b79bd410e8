"""Office documents as programs make them, with words that nobody else should read."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from tests.core.cases.file_metadata.pictures import SECRET, jpeg

TITLE: Final = "Beslut & bilaga å"
"""What a document calls itself, which stays."""
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
_WORDS: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns"
_ODT: Final = "application/vnd.oasis.opendocument.text"
_WHO: Final = SECRET.decode()


class _Unseekable(io.BytesIO):
    """Where a ZIP can be written only from front to back, as a program that streams does."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def zipped(parts: Mapping[str, str | bytes], *, streamed: bool = False, stored: bool = False) -> bytes:
    """Return a ZIP of them, the same each time; a streamed one says only behind each part how large it is."""
    out = _Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w") as whole:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            whole.writestr(entry, content, zipfile.ZIP_STORED if name == "mimetype" or stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def docx_parts(*, strict: bool = False) -> dict[str, str | bytes]:
    """Return the parts of a text of Word."""
    title = TITLE.replace("&", "&amp;")
    properties = (
        "http://purl.oclc.org/ooxml/officeDocument/extendedProperties" if strict else f"{_OFFICE}/extended-properties"
    )
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="jpeg" ContentType="image/jpeg"/>'
        '<Override PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
        '<Override PartName="/docProps/core.xml" ContentType='
        '"application/vnd.openxmlformats-package.core-properties+xml"/>'
        '<Override PartName="/docProps/app.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.extended-properties+xml"/>'
        '<Override PartName="/docProps/custom.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.custom-properties+xml"/></Types>',
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="a" Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="b" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        f'<Relationship Id="c" Type="{_OFFICE}/relationships/extended-properties" Target="docProps/app.xml"/>'
        f'<Relationship Id="d" Type="{_OFFICE}/relationships/custom-properties" Target="docProps/custom.xml"/>'
        f'<Relationship Id="e" Type="{_PACKAGE}/relationships/metadata/thumbnail" Target="docProps/thumbnail.jpeg"/>'
        "</Relationships>",
        "docProps/core.xml": f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:creator>{_WHO}</dc:creator><cp:lastModifiedBy>{_WHO}</cp:lastModifiedBy>"
        "</cp:coreProperties>",
        "word/document.xml": f'{_XML}<w:document xmlns:w="{_WORDS}"><w:body><w:p><w:r><w:t>Hej från Habo</w:t></w:r>'
        "</w:p></w:body></w:document>",
        "docProps/app.xml": f'{_XML}<Properties xmlns="{properties}"><Company>{_WHO}</Company>'
        f"<Template>C:\\{_WHO}.dotx</Template></Properties>",
        "docProps/custom.xml": f'{_XML}<Properties xmlns="{_OFFICE}/custom-properties" '
        f'xmlns:vt="{_OFFICE}/docPropsVTypes"><property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" '
        f'name="Projekt"><vt:lpwstr>{_WHO}</vt:lpwstr></property></Properties>',
        "docProps/thumbnail.jpeg": jpeg(),
        "word/vbaProject.bin": bytes(range(256)) * 40,
    }


def full_docx_parts() -> dict[str, str | bytes]:
    """Return the parts of a text with a template, a photo, a workbook within, and a picture of its first page."""
    base = {name: text for name, text in docx_parts().items() if name != "docProps/thumbnail.jpeg"}
    return {
        **base,
        "docProps/thumbnail.emf": SECRET,
        "docProps/thumbnail.wmf": SECRET,
        "word/_rels/settings.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/relationships/attachedTemplate" Target="file:///C:\\Users\\{_WHO}\\brev.dotx" '
        'TargetMode="External"/></Relationships>',
        "word/media/image1.jpg": jpeg(),
        "word/embeddings/Microsoft_Excel.xlsx": zipped(xlsx_parts(), stored=True),
        "customXml/item1.xml": f"<p:properties xmlns:p='urn:a'><SharedWithUsers xmlns='urn:b'><UserInfo><DisplayName>"
        f"{_WHO}</DisplayName></UserInfo></SharedWithUsers><Kept>Habo</Kept></p:properties>",
    }


def xlsx_parts() -> dict[str, str | bytes]:
    """Return the parts of a workbook that knows its folder, its printer, and who reserved it."""
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"/>',
        "docProps/core.xml": docx_parts()["docProps/core.xml"],
        "xl/workbook.xml": f'{_XML}<workbook xmlns="urn:a"><fileSharing readOnlyRecommended="1" userName="{_WHO}"/>'
        f'<x15ac:absPath url="C:\\Users\\{_WHO}\\" xmlns:x15ac="urn:b"/><sheets/></workbook>',
        "xl/printerSettings/printerSettings1.bin": SECRET.decode().encode("utf-16-le") + SECRET,
    }


def full_odt_parts() -> dict[str, str | bytes]:
    """Return the parts of a text with a photo, a table within, and settings of a printer."""
    return {
        **odt_parts(),
        "settings.xml": f'{_XML}<office:document-settings xmlns:office="{_OASIS}:office:1.0" '
        f'xmlns:config="{_OASIS}:config:1.0"><config:config-item config:name="PrinterName" config:type="string">{_WHO}'
        '</config:config-item><config:config-item config:name="PrinterSetup" config:type="base64Binary">'
        f'{_WHO}</config:config-item><config:config-item config:name="BitmapTableURL" config:type="string">'
        f'file:///home/{_WHO}/a.sob</config:config-item><config:config-item config:name="ZoomFactor" '
        'config:type="short">100</config:config-item></office:document-settings>',
        "Pictures/10000.jpg": jpeg(),
        "Object 1/meta.xml": odt_parts()["meta.xml"],
    }


def commented(kind: str) -> bytes:
    """Return a document with a comment or a tracked change that names somebody."""
    xlsx, name = xlsx_parts(), "Åsa"
    made: dict[str, dict[str, str | bytes]] = {
        "tracked.docx": {**docx_parts(), "word/document.xml": f'<w:ins w:id="0" w:author="{name}"/>'},
        "commented.docx": {**docx_parts(), "word/comments.xml": f'<w:comment w:id="0" w:author="{name}"/>'},
        "commented.xlsx": {**xlsx, "xl/comments1.xml": f"<authors><author>{name}</author></authors>"},
        "threaded.xlsx": {**xlsx, "xl/persons/person.xml": f'<person displayName="{name}" id="1"/>'},
        "commented.pptx": {**docx_parts(), "ppt/commentAuthors.xml": f'<p:cmAuthor id="1" name="{name}"/>'},
        "tracked.odt": {**odt_parts(), "content.xml": f"<office:change-info><dc:creator>{name}</dc:creator>"},
        "commented.odt": {**odt_parts(), "content.xml": f"<office:annotation><dc:creator>{name}</dc:creator>"},
        "within.docx": {**docx_parts(), "word/embeddings/a.docx": commented("tracked.docx") if kind[0] == "w" else b""},
    }
    return zipped(made[kind])


COMMENTED: Final = (
    "tracked.docx",
    "commented.docx",
    "commented.xlsx",
    "threaded.xlsx",
    "commented.pptx",
    "tracked.odt",
    "commented.odt",
    "within.docx",
)


def odt_parts(more: str = "") -> dict[str, str | bytes]:
    """Return the parts of a text of OpenDocument; `more` stands in the entry of its manifest."""
    title = TITLE.replace("&", "&amp;")
    return {
        "mimetype": _ODT,
        "content.xml": f'{_XML}<office:document-content xmlns:office="{_OASIS}:office:1.0" '
        f'xmlns:text="{_OASIS}:text:1.0" office:version="1.3"><office:body><office:text><text:p>Hej från Habo</text:p>'
        "</office:text></office:body></office:document-content>",
        "meta.xml": f'{_XML}<office:document-meta xmlns:office="{_OASIS}:office:1.0" xmlns:meta="{_OASIS}:meta:1.0" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"><office:meta><dc:title>{title}</dc:title>'
        f"<meta:initial-creator>{_WHO}</meta:initial-creator><dc:creator>{_WHO}</dc:creator>"
        f'<meta:user-defined meta:name="Projekt">{_WHO}</meta:user-defined></office:meta></office:document-meta>',
        "Thumbnails/thumbnail.png": SECRET * 3,
        "META-INF/manifest.xml": f'{_XML}<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0" '
        f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODT}"/>'
        f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{more}'
        '</manifest:file-entry><manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>'
        '<manifest:file-entry manifest:full-path="Thumbnails/thumbnail.png" manifest:media-type="image/png"/>'
        "</manifest:manifest>",
    }


def bomb() -> bytes:
    """Return a document whose title is sixty megabytes long when it is unpacked."""
    return zipped({**docx_parts(), "docProps/core.xml": b"<dc:title>" + bytes(60_000_000) + SECRET + b"</dc:title>"})


def overlapping() -> bytes:
    """Return a document two of whose members are the same bytes, as zip bombs have them."""
    whole, entries = _with_entries()
    whole[entries[1] + 42 : entries[1] + 46] = whole[entries[0] + 42 : entries[0] + 46]
    return bytes(whole)


def reaching() -> bytes:
    """Return a document whose first member reaches into the second one."""
    whole, entries = _with_entries()
    whole[entries[0] + 20 : entries[0] + 24] = (5000).to_bytes(4, "little")
    return bytes(whole)


def _with_entries() -> tuple[bytearray, list[int]]:
    """Return a document, and where each entry of its directory stands."""
    whole = bytearray(zipped(docx_parts()))
    return whole, [at for at in range(len(whole)) if whole.startswith(b"PK\x01\x02", at)]


def packed_wrong() -> bytes:
    """Return a document whose properties cannot be unpacked."""
    whole, core = zipped(docx_parts()), zlib.compress(b"", wbits=-15)
    at = whole.index(b"docProps/core.xml") + len("docProps/core.xml")
    return whole[:at] + b"\xff" * len(core) + whole[at + len(core) :]
