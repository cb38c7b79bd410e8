"""A PDF with exactly the dots of a TIFF file, which services want instead."""

import img2pdf


def as_pdf(tiff: bytes) -> bytes:
    """Return the pages of a TIFF of ours as a PDF, losslessly."""
    made = img2pdf.convert(tiff, nodate=True)
    if not isinstance(made, bytes):
        raise TypeError("img2pdf did not return the document")
    return made
