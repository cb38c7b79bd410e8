"""Warns the writer about fields that nobody has filled in."""

from collections.abc import Sequence

from budkavle import Actor, Advice, Draft
from budkavle_templates.fields import names_in

SHOWN = 3
"""The most fields that a sentence names."""
EMPTY = "Fält är inte ifyllda: {fields}. Skriv vad som ska stå där, eller ta bort dem."


class FieldAdviser:
    """Searches subject and text for fields in braces. Nothing is stored."""

    name = "templates"

    def advise(self, actor: Actor, draft: Draft) -> Sequence[Advice]:  # noqa: ARG002 - the signature of all advisers
        """Name the first of the fields that remain in the draft."""
        names = [f"{{{name}}}" for name in names_in(f"{draft.subject}\n{draft.body}")]
        if not names:
            return []
        more = " …" if len(names) > SHOWN else ""
        return [Advice("body", EMPTY, facts={"fields": ", ".join(names[:SHOWN]) + more})]
