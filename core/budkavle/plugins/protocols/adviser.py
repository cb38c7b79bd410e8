"""What an adviser promises: it reads a draft before it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as filled  # where a promise has a `field` of its own
from typing import Protocol, runtime_checkable

from budkavle.model.loa import Loa
from budkavle.model.messages import Draft
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Advice:
    """What a writer should think of before sending; it warns and never forbids.

    Attributes:
        field: Where in the draft: `subject`, `body`, `open_text`; `recipients` of the core's own.
        sentence: In Swedish, a translation key, with `{fact}` where a fact goes in; no content of the draft.
        loa: The level that would do; NONE where no level makes it right.
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
    """Reads a draft while it is written, and says what its writer should think of. Local: no network."""

    name: str

    def advise(self, actor: Actor, draft: Draft) -> Sequence[Advice]:
        """Say what there is to think of; nothing where all is well.

        Called while somebody writes, 10 seconds at most; an adviser that fails is passed over.

        Args:
            actor: Who writes.
            draft: What has been written so far; it may be half written.
        """
        ...
