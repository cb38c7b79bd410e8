"""The adviser itself: checks a draft, and describes each problem in a sentence."""

from collections.abc import Iterator, Sequence

from budkavle import Actor, Advice, Draft, Host, Loa
from budkavle_adviser import detection, word_list

SHOWN = 3
"""The most words that a sentence names."""
NUMBER = "Texten innehåller ett personnummer. Då krävs minst tillitsnivå 2, och nivå 3 om uppgifterna är känsliga."
NUMBER_IN_SUBJECT = "Ämnet innehåller ett personnummer. Skriv det i meddelandet i stället; ämnet syns i listor."
NUMBER_IN_OPEN_TEXT = "Den öppna texten skickas okrypterad och får inte innehålla personnummer. Ta bort det."
WORDS = "Texten kan innehålla känsliga uppgifter ({words}). Då bör mottagaren legitimera sig på tillitsnivå 3."
WORDS_IN_OPEN_TEXT = "Den öppna texten skickas okrypterad. Ta bort det som är känsligt ({words})."


class LocalAdviser:
    """Checks subject, text and open text on this server. Nothing leaves it, and nothing is stored.

    If the `loa` of a draft is NONE, its transport has no levels, and only its open text is checked.

    Args:
        host: The host, for the word list of the organisation.
    """

    name = "adviser"

    def __init__(self, host: Host) -> None:
        self._host = host

    def advise(self, actor: Actor, draft: Draft) -> Sequence[Advice]:
        """Return the advice about a draft, the most important first."""
        entries = word_list.of_organisation(self._host, actor.organisation_id)
        return [*_open_text(draft, entries), *(_levels(draft, entries) if draft.loa else ())]


def _open_text(draft: Draft, entries: Sequence[str]) -> Iterator[Advice]:
    if detection.has_personal_number(draft.open_text):
        yield Advice("open_text", NUMBER_IN_OPEN_TEXT)
    matches = detection.words_found(draft.open_text, entries)
    if matches:
        yield Advice("open_text", WORDS_IN_OPEN_TEXT, facts={"words": _named(matches)})


def _levels(draft: Draft, entries: Sequence[str]) -> Iterator[Advice]:
    if detection.has_personal_number(draft.subject):
        yield Advice("subject", NUMBER_IN_SUBJECT)
    if draft.loa < Loa.TWO and detection.has_personal_number(f"{draft.subject}\n{draft.body}"):
        yield Advice("body", NUMBER, Loa.TWO)
    matches = detection.words_found(f"{draft.subject}\n{draft.body}", entries)
    if draft.loa < Loa.THREE and matches:
        yield Advice("body", WORDS, Loa.THREE, {"words": _named(matches)})


def _named(matches: Sequence[str]) -> str:
    names = [f"{word.removesuffix('*')}…" if word.endswith("*") else word for word in matches[:SHOWN]]
    return ", ".join(names) + (" …" if len(matches) > SHOWN else "")
