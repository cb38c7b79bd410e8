"""What services on the net want instead of a TIFF: a PDF of exactly the same dots."""

import img2pdf


def as_pdf(tiff: bytes) -> bytes:
    """Return the pages of a TIFF of ours as a PDF, losslessly."""
    made = img2pdf.convert(tiff, nodate=True)
    if not isinstance(made, bytes):
        raise TypeError("img2pdf did not return the document")
    return made
