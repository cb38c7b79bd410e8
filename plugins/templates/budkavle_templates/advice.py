"""Warns whoever writes of fields that nobody has filled in."""

from collections.abc import Sequence

from budkavle import Actor, Advice, Draft
from budkavle_templates.fields import names_in

SHOWN = 3
"""How many of the fields a sentence names."""
EMPTY = "Fält är inte ifyllda: {fields}. Skriv vad som ska stå där, eller ta bort dem."


class FieldAdviser:
    """Reads subject and text for fields in braces; nothing is kept."""

    name = "templates"

    def advise(self, actor: Actor, draft: Draft) -> Sequence[Advice]:  # noqa: ARG002 - as advisers are called
        """Name the first of the fields that still stand in the draft."""
        names = [f"{{{name}}}" for name in names_in(f"{draft.subject}\n{draft.body}")]
        if not names:
            return []
        more = " …" if len(names) > SHOWN else ""
        return [Advice("body", EMPTY, facts={"fields": ", ".join(names[:SHOWN]) + more})]
