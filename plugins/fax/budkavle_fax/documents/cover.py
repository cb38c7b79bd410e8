"""The cover page: who writes to whom, when, how many pages, and the text itself."""

import re
from dataclasses import dataclass
from datetime import date

from budkavle_fax.documents.typesetting import printable, typeset
from budkavle_fax.language import Say
from budkavle_fax.numbers.formats import shown

NOTE = "Innehåller känsliga uppgifter. Har faxet kommit fel: läs det inte, ring avsändaren och förstör det."
WORDS = ("FAX", "Antal sidor", "Till", "Från", "Datum")


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on a cover page.

    Attributes:
        organisation: The sender's.
        mailbox: The function that writes.
        number: The sender's own fax number, E.164; empty where the mailbox has none.
        recipient: What people call the recipient; empty where only the number is known.
        to: The recipient's number, E.164.
        note: What is said of the sensitivity of the content; empty for nothing.
        language: Of the cover's own words, such as `sv`.
    """

    organisation: str
    mailbox: str
    number: str
    recipient: str
    to: str
    on: date
    subject: str
    body: str
    note: str = NOTE
    language: str = "sv"


def translated(cover: Cover, say: Say) -> dict[str, str]:
    """Return the words that a cover says of its own, translated, for where only data can be given."""
    return {word: say(word) for word in (*WORDS, cover.note) if word}


def cover_page(cover: Cover, document_pages: int, say: Say = str) -> bytes:
    """Return the cover as a PDF; a long text goes on over further pages, and the count of pages says all of them."""
    to = f"{cover.recipient}, {shown(cover.to)}" if cover.recipient else shown(cover.to)
    sender = f"{cover.mailbox}, {shown(cover.number)}" if cover.number else cover.mailbox
    values = {
        "language": cover.language,
        "words": {"fax": say("FAX"), "pages": say("Antal sidor")},
        "organisation": printable(cover.organisation),
        "facts": [
            (say("Till"), printable(to)),
            (say("Från"), printable(sender)),
            (say("Datum"), cover.on.isoformat()),
        ],
        "document_pages": document_pages,
        "note": say(cover.note) if cover.note else "",
        "subject": printable(cover.subject),
        "paragraphs": [part for part in re.split(r"\n[ ]*\n", printable(cover.body)) if part.strip()],
    }
    return typeset("cover.typ", values)
