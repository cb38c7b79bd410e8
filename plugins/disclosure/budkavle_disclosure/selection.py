"""What belongs to a person, as selected by somebody at the desk, and what of it is held back or masked."""

import re
from dataclasses import replace

import msgspec

from budkavle import Message
from budkavle_disclosure.access import N_

MASKED = N_("[maskerat: {ground}]")


class Person(msgspec.Struct, frozen=True):
    """The person that a request is about, with the details they have given.

    Attributes:
        spellings: Other ways to write the name or a number.
    """

    name: str
    personnummer: str = ""
    email: str = ""
    phone: str = ""
    organisation: str = ""
    spellings: tuple[str, ...] = ()


class Contact(msgspec.Struct, frozen=True):
    """An entry of an address book."""

    source: str
    name: str
    organisation: str
    value: str

    @property
    def key(self) -> str:
        """The key that distinguishes entries."""
        return f"{self.source} {self.value}"


class Selection(msgspec.Struct, frozen=True):
    """The selection of what is given out.

    Attributes:
        cases: The cases that belong to the person.
        accounts: The user accounts that are the person's own.
        contacts: The entries of address books.
        held: Messages that are held back, with the legal ground of each.
        files: Attachments that are given out; all others are held back.
        words: Texts about others that are masked wherever they appear.
        words_ground: The legal ground for masking them.
    """

    cases: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    held: dict[str, str] = {}
    files: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    words_ground: str = ""


def masked_message(message: Message, selection: Selection, say_masked: str) -> Message:
    """Return a message without what is held back and masked.

    Args:
        message: The message.
        selection: What is masked and why.
        say_masked: `MASKED` in the language of the package.
    """
    ground = selection.held.get(str(message.id))
    if ground:
        text = say_masked.format(ground=ground)
        return replace(message, subject=text, body=text, attachments=(), open_text="")
    files = tuple(file for file in message.attachments if str(file.id) in selection.files)
    return replace(
        message,
        subject=masked_text(message.subject, selection, say_masked),
        body=masked_text(message.body, selection, say_masked),
        open_text=masked_text(message.open_text, selection, say_masked),
        attachments=files,
    )


def masked_text(text: str, selection: Selection, say_masked: str) -> str:
    """Return a text without the masked words, in upper or lower case."""
    if not selection.words:
        return text
    pattern = "|".join(re.escape(word) for word in sorted(selection.words, key=len, reverse=True))
    replacement = say_masked.format(ground=selection.words_ground)
    return re.sub(pattern, lambda _: replacement, text, flags=re.IGNORECASE)
