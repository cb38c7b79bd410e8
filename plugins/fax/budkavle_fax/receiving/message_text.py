"""The text of the message that a received fax becomes: from whom, to which number, how many pages, what is wrong."""

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
    """What is known of a fax that came in.

    Attributes:
        id: The receiver's own identifier, the same whenever the same fax is brought.
        called: The number that was called, E.164; empty where nobody knows.
        caller: The number that called, as the line or the other machine says it.
        error: Why the call ended before its time; empty where it did not.
    """

    id: str
    called: str
    caller: str
    error: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageText:
    """Who calls and who is called.

    Attributes:
        number: The caller's, E.164; empty where it is hidden.
        name: What the mailbox calls it; empty where it has no name for it.
        called: Ours, E.164; empty where nobody knows.
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
        """Return the message's text; `pages` is 0 where nobody has counted."""
        sentence = PAGES if pages > 1 else PAGE if pages else UNCOUNTED
        caller = labelled(self.number, self.name) if self.number else self._hidden
        called = shown(self.called) if self.called else self.say("okänt nummer")
        return self.say(sentence).format(pages=pages, caller=caller, called=called)


def warnings(slip: Slip, *, linked: bool) -> Iterator[str]:
    """Yield what a reader must know of how it came; they are translated for each reader."""
    if slip.error:
        yield Sentence(CUT, reason=Sentence(slip.error))
    if not linked:
        yield Sentence(UNLINKED, number=shown(slip.called)) if slip.called else UNCALLED
