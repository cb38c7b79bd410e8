"""What the writer of a letter should think of."""

from collections.abc import Sequence

from budkavle import Actor, Advice, Draft

HEAVY = 4_000
"""Characters; what is longer may be too heavy with its address."""


class WeightAdviser:
    """Warns of letters that a pigeon can hardly carry."""

    name = "pigeon_weight"

    def advise(self, actor: Actor, draft: Draft) -> Sequence[Advice]:
        """Weigh the letter."""
        if len(draft.body) <= HEAVY:
            return []
        return [Advice("body", "Brevet är tungt för en duva. Skriv kortare.")]
