"""PDF files as programs make them, with words that nobody else should read."""

import io
from collections.abc import Callable
from typing import Any, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from tests.core.cases.file_metadata import documents, pictures
from tests.core.cases.file_metadata.pictures import SECRET

TITLE: Final = "Beslut & bilaga å"
"""What a document calls itself."""
_WHO: Final = SECRET.decode()
STANDARDS: Final = """
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="3" pdfaid:conformance="B"/>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>factur-x.xml</fx:DocumentFileName></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"><pdfaExtension:schemas><rdf:Bag>
<rdf:li rdf:parseType="Resource"><pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#
</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix></rdf:li>
<rdf:li rdf:parseType="Resource"><pdfaSchema:namespaceURI>urn:HEMLIG-PLATS</pdfaSchema:namespaceURI></rdf:li>
</rdf:Bag></pdfaExtension:schemas></rdf:Description>"""
"""What a document says of the standards that it follows."""


def packet(more: str = "") -> bytes:
    """Return what a document says of itself; `more` stands among it."""
    title = TITLE.replace("&", "&amp;")
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="HEMLIG-PLATS">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="HEMLIG-PLATS">'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>'
        f"<dc:creator><rdf:Seq><rdf:li>{_WHO}</rdf:li></rdf:Seq></dc:creator></rdf:Description>{more}"
        f'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def written(pdf: Pdf, **options: Any) -> bytes:
    """Return the file."""
    out = io.BytesIO()
    same = {"deterministic_id": "encryption" not in options, "compress_streams": False, "fix_metadata_version": False}
    pdf.save(out, **same, **options)
    return out.getvalue()


def _notes(pdf: Pdf, data: bytes) -> pikepdf.Object:
    return pdf.make_indirect(pikepdf.Stream(pdf, data, Type=Name.Metadata, Subtype=Name.XML))


def document() -> Pdf:
    """Return a page with a photo and a form, each with notes, and a file that lies in the document."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(200, 200))
    content = pictures.jpeg()
    photo = pikepdf.Stream(pdf, content, Type=Name.XObject, Subtype=Name.Image, Width=40, Height=24, BitsPerComponent=8)
    photo.ColorSpace, photo.Filter, photo.Metadata = Name.DeviceRGB, Name.DCTDecode, _notes(pdf, packet())
    wrapped = pikepdf.Stream(pdf, content.hex().encode() + b">", Type=Name.XObject, Subtype=Name.Image)
    wrapped.Width, wrapped.Height, wrapped.BitsPerComponent, wrapped.ColorSpace = 40, 24, 8, Name.DeviceRGB
    wrapped.Filter = Array([Name.ASCIIHexDecode, Name.DCTDecode])
    page.Resources = Dictionary(
        XObject=Dictionary(P=photo, W=wrapped), Properties=Dictionary(M=Dictionary(Metadata=_notes(pdf, packet())))
    )
    page.Contents = pdf.make_stream(
        b"/Span /M BDC q 100 0 0 60 10 100 cm /P Do Q EMC q 100 0 0 60 10 10 cm /W Do Q 0 0 50 5 re f"
    )
    page.PieceInfo = Dictionary(Word=Dictionary(LastModified="D:20200102", Private=_WHO))
    page.LastModified = f"D:20200102{_WHO}"
    page.Thumb = pikepdf.Stream(pdf, SECRET, Width=1, Height=1)
    pdf.docinfo["/Author"], pdf.docinfo["/Projekt"], pdf.docinfo["/Title"] = _WHO, _WHO, TITLE
    pdf.docinfo["/CreationDate"] = "D:20200102030405Z"
    pdf.Root.Metadata, pdf.Root.Lang = _notes(pdf, packet()), "sv-SE"
    pdf.Root.PieceInfo = Dictionary(Word=Dictionary(Private=_WHO))
    pdf.trailer["/DocChecksum"] = Name("/" + _WHO)
    _attach(pdf)
    return pdf


def annotated(kind: str) -> bytes:
    """Return a document with an annotation of this kind that has a name."""
    pdf = document()
    note = pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name(f"/{kind}"), T="Åsa", Rect=[0, 0, 9, 9]))
    pdf.pages[0].Annots = Array([note])
    pdf.Root.AcroForm = Dictionary(Fields=Array([note]))
    return written(pdf)


def _attach(pdf: Pdf) -> None:
    """Let a text of Word lie in it, and the data of an invoice, as PDF/A-3 wants it."""
    for name, content in (("a.docx", documents.zipped(documents.docx_parts(), stored=True)), ("factur-x.xml", b"<a/>")):
        pdf.attachments[name] = pikepdf.AttachedFileSpec(
            pdf,
            content,
            filename=name,
            mod_date="D:20200102030405Z",
            creation_date="D:20200102030405Z",
            relationship=Name.Data,
        )
    pdf.Root.AF = Array([pdf.attachments["factur-x.xml"].obj])


def drawn(data: bytes) -> list[bytes]:
    """What is drawn on each page: the same before and after a document is attached, which writes its bytes anew."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [page.Contents.read_bytes() for page in pdf.pages]


def plain() -> bytes:
    """Return a document without an outer form."""
    return written(document())


def packed() -> bytes:
    """Return one whose objects lie in compressed streams, so its words do not stand in its bytes."""
    return written(document(), object_stream_mode=pikepdf.ObjectStreamMode.generate)


def linearized() -> bytes:
    """Return one for a quick look at its first page."""
    return written(document(), linearize=True)


def archived() -> bytes:
    """Return one that says that it is PDF/A-3, PDF/UA and an invoice, and shows its title."""
    pdf = document()
    pdf.Root.Metadata = _notes(pdf, packet(STANDARDS))
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    return written(pdf)


def revised() -> bytes:
    """Return one to whose end a revision has been written, which no longer says what stood there."""
    before = plain().rstrip(b"\n")
    start = int(before.split(b"startxref\n")[1].split(b"\n")[0])
    with pikepdf.open(io.BytesIO(before)) as pdf:
        root, size = pdf.Root.objgen[0], len(pdf.objects) + 1
        contents = pdf.pages[0].Contents.objgen[0]
    made = before + b"\n%" + SECRET + b"\n"
    at = len(made)
    made += b"%d 0 obj\n<</Length 14>>\nstream\n0 0 80 9 re f \nendstream\nendobj\n" % contents
    table = len(made)
    made += b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Root %d 0 R/Size %d/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        contents,
        at,
        root,
        size,
        start,
        table,
    )
    return made


def _signed(change: Callable[[Pdf], None]) -> bytes:
    pdf = document()
    change(pdf)
    return written(pdf)


def _field(pdf: Pdf, **entries: Any) -> None:
    field = pdf.make_indirect(Dictionary(FT=Name.Sig, T="Underskrift", **entries))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))


def _kids() -> Array:
    return Array([Dictionary(FT=Name.Sig, T="Underskrift", V=Dictionary(ByteRange=Array([0, 1, 2, 3])))])


def _locked() -> bytes:
    return written(document(), encryption=pikepdf.Encryption(owner="a", user=""))


SEALED: Final[dict[str, Callable[[], bytes]]] = {
    "byte range": lambda: _signed(
        lambda pdf: _field(pdf, V=pdf.make_indirect(Dictionary(ByteRange=Array([0, 1, 2, 3]), Contents=b"\0")))
    ),
    "signature": lambda: _signed(lambda pdf: _field(pdf, V=Dictionary(Filter=Name("/Adobe.PPKLite"), Contents=b"\0"))),
    "time stamp": lambda: _signed(
        lambda pdf: pdf.Root.__setattr__("X", pdf.make_indirect(Dictionary(Type=Name.DocTimeStamp)))
    ),
    "flag": lambda: _signed(lambda pdf: pdf.Root.__setattr__("AcroForm", Dictionary(Fields=Array(), SigFlags=3))),
    "certified": lambda: _signed(lambda pdf: pdf.Root.__setattr__("Perms", Dictionary(DocMDP=Dictionary()))),
    "signature of a form": lambda: _signed(
        lambda pdf: pdf.Root.__setattr__("X", pdf.make_indirect(Dictionary(V=Dictionary(ByteRange=Array([0, 1])))))
    ),
    "field without a number": lambda: _signed(lambda pdf: pdf.Root.__setattr__("AcroForm", Dictionary(Fields=_kids()))),
    "kid without a number": lambda: _signed(
        lambda pdf: pdf.Root.__setattr__(
            "AcroForm", Dictionary(Fields=Array([pdf.make_indirect(Dictionary(T="Del", Kids=_kids()))]))
        )
    ),
    "locked": _locked,
    "torn": lambda: plain()[:-200],
    "no table": lambda: plain().replace(b"startxref", b"startyref"),
}
"""Documents that are kept as they are."""
