"""Reading the files of messages: in the page, and all of them at once."""

from budkavle.web.pages.files import case_pdf, downloads, pdf_frame, viewer

HANDLERS = [*downloads.HANDLERS, *viewer.HANDLERS, *pdf_frame.HANDLERS, *case_pdf.HANDLERS]
