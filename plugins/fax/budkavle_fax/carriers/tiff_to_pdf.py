"""Conversion of TIFF to PDF with exactly the same dots, for services that want PDF."""

import img2pdf


def as_pdf(tiff: bytes) -> bytes:
    """Return the pages of one of our TIFF files as a PDF, losslessly."""
    made = img2pdf.convert(tiff, nodate=True)
    if not isinstance(made, bytes):
        raise TypeError("img2pdf did not return the document")
    return made
