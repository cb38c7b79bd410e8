"""The text of the message for a received fax: caller, called number, number of pages, and warnings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from budkavle import Address, Sentence
from budkavle_fax.directory import FAX
from budkavle_fax.language import Say
from budkavle_fax.numbers.formats import labelled, shown

SUBJECT: Final = "Fax från {name}"
PAGES: Final = "{pages} sidor från {caller} till {called}."
PAGE: Final = "1 sida från {caller} till {called}."
UNCOUNTED: Final = "Från {caller} till {called}."
NOBODY: Final = "–"
UNLINKED: Final = "Faxet kom till {number}, som inte är kopplat till någon brevlåda. Be er administratör koppla det."
UNCALLED: Final = "Linjen sade inte vilket nummer som ringdes, så faxet har hamnat här. Skicka det vidare vid behov."
CUT: Final = "Överföringen bröts ({reason}). Sidor kan saknas; be avsändaren skicka faxet igen."


@dataclass(frozen=True, slots=True)
class Slip:
    """Data about a received fax.

    Attributes:
        id: The receiver's own identifier; the same each time the fax is delivered.
        called: The called number, E.164; empty if unknown.
        caller: The caller's number, as given by the line or the other machine.
        error: Why the call ended early; empty if it did not.
    """

    id: str
    called: str
    caller: str
    error: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageText:
    """The parties of a call, for the message text.

    Attributes:
        number: The caller's number, E.164; empty if hidden.
        name: The mailbox's name for it; empty if it has none.
        called: Our number, E.164; empty if unknown.
        say: Translates into the mailbox's language.
    """

    number: str
    name: str
    called: str
    say: Say

    @property
    def _hidden(self) -> str:
        return self.say("dolt nummer")

    def sender(self) -> Address:
        """Return the caller, by name and number."""
        hidden = self._hidden[:1].upper() + self._hidden[1:]
        return Address(FAX, self.number or NOBODY, labelled(self.number, self.name) if self.number else hidden)

    def recipient(self, organisation: str) -> Address:
        """Return the number that was called."""
        return Address(FAX, self.called or NOBODY, shown(self.called) if self.called else "", organisation)

    def subject(self) -> str:
        """Return the message's subject."""
        return self.say(SUBJECT).format(name=self.name or (shown(self.number) if self.number else self._hidden))

    def body(self, pages: int) -> str:
        """Return the message's text; `pages` is 0 if the number of pages is unknown."""
        sentence = PAGES if pages > 1 else PAGE if pages else UNCOUNTED
        caller = labelled(self.number, self.name) if self.number else self._hidden
        called = shown(self.called) if self.called else self.say("okänt nummer")
        return self.say(sentence).format(pages=pages, caller=caller, called=called)


def warnings(slip: Slip, *, linked: bool) -> Iterator[str]:
    """Yield warnings to the reader about how the fax arrived; they are translated for each reader."""
    if slip.error:
        yield Sentence(CUT, reason=Sentence(slip.error))
    if not linked:
        yield Sentence(UNLINKED, number=shown(slip.called)) if slip.called else UNCALLED
