"""The Protocol of an adviser, which reads a draft before it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as filled  # because `Advice` has a `field` of its own
from typing import Protocol, runtime_checkable

from budkavle.model.loa import Loa
from budkavle.model.messages import Draft
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Advice:
    """A warning for the writer of a draft; it never blocks the message.

    Attributes:
        field: The field of the draft: `subject`, `body`, `open_text`; the core also uses `recipients`.
        sentence: In Swedish, a translation key, with `{fact}` where a fact goes in; no content of the draft.
        loa: The level that would be enough; NONE if no level would.
    """

    field: str
    sentence: str
    loa: Loa = Loa.NONE
    facts: Mapping[str, object] = filled(default_factory=dict)

    def __str__(self) -> Sentence:
        """Return the Swedish sentence with its facts filled in, as a `Sentence` that can still be translated."""
        return Sentence(self.sentence, **self.facts)


@runtime_checkable
class Adviser(Protocol):
    """Reads a draft while it is written, and warns its writer. Local: no network."""

    name: str

    def advise(self, actor: Actor, draft: Draft) -> Sequence[Advice]:
        """Return the warnings for a draft; nothing if all is well.

        Called while a user writes, 10 seconds at most; an adviser that fails is skipped.

        Args:
            actor: Who writes.
            draft: The draft so far; it may be incomplete.
        """
        ...
