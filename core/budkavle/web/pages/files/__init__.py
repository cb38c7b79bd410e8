"""Files of messages: shown in the page, or downloaded, also all at once."""

from budkavle.web.pages.files import case_pdf, downloads, pdf_frame, viewer

HANDLERS = [*downloads.HANDLERS, *viewer.HANDLERS, *pdf_frame.HANDLERS, *case_pdf.HANDLERS]
