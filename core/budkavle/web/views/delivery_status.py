"""What each state means to the user: a word, an icon, who acts next, and what to do.

Sentences are the Swedish keys of their translations; like `gettext_noop`, `N_` only marks them for the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

from budkavle.cases.inbox import SentTo
from budkavle.deliveries.delivery_facts import Fact
from budkavle.model.states import CaseState, DeliveryState, IncomingState
from budkavle.plugins.protocols.transport import FactWords, StateWords


def N_(sentence: str) -> str:  # noqa: N802 - the name that translation tools know
    """Mark a sentence for translation."""
    return sentence


@dataclass(frozen=True, slots=True)
class Meaning:
    """How a state is shown.

    Attributes:
        word: A short tag.
        kind: `ok`, `wait`, `bad`, `info` or `plain`.
        icon: A name of the icon set.
        sentence: What it means.
        remedy: What to do, if anything can be done.
        theirs: Whether the sender waits for the recipient.
    """

    word: str
    kind: str
    icon: str
    sentence: str
    remedy: str = ""
    theirs: bool = False

    @property
    def turn(self) -> str:
        """Who must act next, in a sentence."""
        if self.kind == "bad":
            return N_("Läs vad som har hänt och åtgärda det.")
        if self.theirs:
            return N_("Mottagaren ska svara. Du behöver bara vänta.")
        if self.kind == "wait":
            return N_("Sköts automatiskt.")
        return N_("Inget mer behöver göras.")


D, I = DeliveryState, IncomingState  # noqa: E741 - one letter each keeps the table readable

MEANINGS: dict[str, Meaning] = {
    D.READY_TO_SEND: Meaning(N_("Skickas strax"), "wait", "clock", N_("Ligger i kö och skickas om några sekunder.")),
    D.SEND_IN_PROGRESS: Meaning(N_("Skickas"), "wait", "clock", N_("Lämnas över just nu.")),
    D.SEND_ENQUEUED: Meaning(N_("Väntar på att skickas"), "wait", "clock", N_("Det har lämnats över och är på väg.")),
    D.SEND_ATTEMPT_FAILED: Meaning(N_("Försöket misslyckades"), "wait", "warn", N_("Ett försök gick inte.")),
    D.WAITING_FOR_RETRY: Meaning(
        N_("Väntar på nytt försök"),
        "wait",
        "wait",
        N_("Det gick inte den här gången. Ett nytt försök görs automatiskt."),
    ),
    D.WAITING_FOR_RECEIPT: Meaning(
        N_("Väntar på kvittens"),
        "wait",
        "wait",
        N_("Det har lämnats över. Mottagaren har inte svarat att det är mottaget än."),
        theirs=True,
    ),
    D.ACKNOWLEDGED: Meaning(N_("Mottaget"), "ok", "check-circle", N_("Meddelandet har kommit fram.")),
    D.ACKNOWLEDGED_WITH_WARNING: Meaning(
        N_("Mottaget med anmärkning"), "ok", "warn", N_("Meddelandet har kommit fram, med en anmärkning.")
    ),
    D.REJECTED: Meaning(
        N_("Avvisat"),
        "bad",
        "cross-circle",
        N_("Mottagaren tog inte emot meddelandet."),
        N_("Läs varför, rätta och skicka ett nytt meddelande, eller ring mottagaren."),
    ),
    D.SEND_FAILURE: Meaning(
        N_("Inte skickat"),
        "bad",
        "cross-circle",
        N_("Meddelandet kom inte iväg."),
        N_("Läs varför. Försök igen när felet är avhjälpt, eller nå mottagaren på annat sätt."),
    ),
    D.RECALLED: Meaning(N_("Återkallat"), "plain", "recall", N_("Avsändaren har återkallat meddelandet.")),
    D.NOT_FOUND: Meaning(
        N_("Hittas inte"),
        "bad",
        "question",
        N_("Meddelandet finns inte där det lämnades."),
        N_("Försök igen, eller be er support titta på det."),
    ),
    D.DELETED: Meaning(N_("Borttaget"), "plain", "bin", N_("Innehållet finns inte kvar.")),
    I.HELD: Meaning(N_("Kvitteras"), "wait", "clock", N_("Kvittensen är på väg till avsändaren.")),
    I.RECEIVED: Meaning(N_("Mottaget"), "ok", "check-circle", N_("Mottaget och kontrollerat.")),
    I.RECEIVED_WITH_WARNINGS: Meaning(
        N_("Mottaget med varning"), "wait", "warn", N_("Mottaget, men allt var inte som det ska.")
    ),
    I.DOWNLOADED: Meaning(N_("Bilagor hämtade"), "ok", "download", N_("Bilagorna har laddats ner.")),
}
FACTS: dict[str, Meaning] = {
    Fact.NOTIFIED: Meaning(
        N_("Notis skickad, inte öppnat"),
        "wait",
        "bell",
        N_("Mottagaren har fått en notis men har inte öppnat meddelandet än. Det går att återkalla."),
        theirs=True,
    ),
    Fact.UNNOTIFIED: Meaning(
        N_("Skickat utan notis, inte öppnat"),
        "wait",
        "bell-off",
        N_(
            "Meddelandet ligger i mottagarens inkorg. Ingen notis skickas, och meddelandet är inte öppnat än. "
            "Det går att återkalla."
        ),
        theirs=True,
    ),
    Fact.OPENED: Meaning(N_("Öppnat"), "ok", "envelope-open", N_("Mottagaren har öppnat meddelandet.")),
    Fact.ANSWERED: Meaning(N_("Besvarat"), "ok", "reply", N_("Mottagaren har svarat.")),
    Fact.DOWNLOADED: Meaning(N_("Bilagor hämtade"), "ok", "download", N_("Mottagaren har hämtat bilagor.")),
    Fact.REMINDED: Meaning(N_("Påminnelse skickad"), "info", "bell", N_("Mottagaren har fått en påminnelse.")),
    Fact.DELAYED: Meaning(N_("Notisen är fördröjd"), "wait", "clock", N_("Mottagarens e-post tar inte emot just nu.")),
    Fact.EXPIRED: Meaning(
        N_("Gick ut, aldrig läst"),
        "bad",
        "clock",
        N_("Länken gick ut innan mottagaren hade öppnat meddelandet."),
    ),
    Fact.NOT_NOTIFIED: Meaning(
        N_("Mejlet kom tillbaka"),
        "wait",
        "warn",
        N_("Meddelandet ligger i mottagarens inkorg, men mejlet om det nådde inte fram."),
    ),
    Fact.BOUNCED: Meaning(
        N_("Kom inte fram"),
        "bad",
        "warn",
        N_("Mejlet med länken kom tillbaka, så mottagaren har inte fått den."),
    ),
}
"""Facts known in addition to the state (see `facts`), also as rows of a timeline."""
UNOPENED = Meaning(
    N_("Skickat, inte öppnat"),
    "wait",
    "letter",
    N_("Meddelandet ligger hos mottagaren, som inte har öppnat det än. Det går att återkalla."),
    theirs=True,
)
STEPS: dict[str, Meaning] = {
    Fact.NOTIFIED: Meaning(N_("Notis skickad"), "info", "bell", ""),
    Fact.UNNOTIFIED: Meaning(N_("Skickat utan notis"), "info", "bell-off", ""),
    Fact.BOUNCED: Meaning(N_("Mejlet kom tillbaka"), "bad", "warn", ""),
    Fact.EXPIRED: Meaning(N_("Länken gick ut"), "bad", "clock", ""),
    D.WAITING_FOR_RECEIPT: Meaning(N_("Skickat till mottagaren"), "info", "sent", ""),
}
"""Rows of a secure message's timeline that are labelled differently from the state."""

PLACES: dict[tuple[CaseState, bool], Meaning] = {
    (CaseState.CLOSED, True): Meaning(N_("Avslutat"), "plain", "close", N_("Ärendet är avslutat.")),
    (CaseState.CLOSED, False): Meaning(N_("Arkiverat"), "plain", "archive", N_("Meddelandet är arkiverat.")),
    (CaseState.BINNED, True): Meaning(N_("I papperskorgen"), "plain", "bin", N_("Ärendet ligger i papperskorgen.")),
    (CaseState.BINNED, False): Meaning(
        N_("I papperskorgen"), "plain", "bin", N_("Meddelandet ligger i papperskorgen.")
    ),
}
"""The folder of a case; if it is not shared, of a message in a personal inbox."""

UNKNOWN = Meaning(N_("Okänt"), "plain", "question", N_("Statusen är okänd."))


OwnWords: TypeAlias = Mapping[DeliveryState, StateWords]
"""A transport's own texts; empty if it has none."""
NONE: OwnWords = {}
NO_PLUGIN_FACTS: Mapping[str, FactWords] = {}


def meaning(state: str, overrides: OwnWords = NONE) -> Meaning:
    """Return how to show a state or a fact; an unrecognised one is shown as unknown.

    Args:
        state: A value of `DeliveryState`, `IncomingState` or `Fact`.
        overrides: The transport's own texts for its states.
    """
    usual = MEANINGS.get(state) or FACTS.get(state, UNKNOWN)
    words = overrides.get(cast("DeliveryState", state))
    if words is None:
        return usual
    return replace(
        usual,
        word=words.word or usual.word,
        sentence=words.sentence or usual.sentence,
        remedy=words.remedy or usual.remedy,
        kind="info" if words.final and usual.kind == "wait" else usual.kind,
        theirs=usual.theirs and not words.final,
    )


def step(
    state: str, *, secure: bool, overrides: OwnWords = NONE, plugin_facts: Mapping[str, FactWords] = NO_PLUGIN_FACTS
) -> Meaning:
    """Return how to show a row of a timeline: a state, a fact of the core, or a fact of a plugin."""
    if state in plugin_facts:
        words = plugin_facts[state]
        return Meaning(words.word, words.kind, words.icon, words.sentence)
    return (STEPS.get(state) if secure else None) or meaning(state, overrides)


def standing(to: SentTo, *, secure: bool, overrides: OwnWords = NONE) -> Meaning:
    """Return the status for one recipient; for a secure message, from what the recipient has done with it."""
    if secure and to.ended in FACTS:
        return FACTS[to.ended]
    if not secure or to.state in {D.RECALLED, D.DELETED, D.SEND_FAILURE, D.NOT_FOUND, D.REJECTED}:
        return meaning(to.state, overrides)
    if to.answered_at:
        return FACTS[Fact.ANSWERED]
    if to.opened_at:
        return FACTS[Fact.OPENED]
    if to.state is not D.WAITING_FOR_RECEIPT:
        return meaning(to.state, overrides)
    return FACTS[Fact.NOTIFIED] if to.notified_at else UNOPENED


CASE_EVENTS: dict[str, str] = {
    "opened": N_("Ärendet skapades"),
    "joined": N_("Ett nytt meddelande kom in i ärendet"),
    "answered": N_("{user} skickade ett meddelande"),
    "referred": N_("Ett meddelande lades i ärendet, eftersom det nämner ärendets nummer eller diarienummer"),
    "taken": N_("{user} tog ärendet"),
    "released": N_("{user} släppte ärendet"),
    "taken-over": N_("{user} tog över ärendet"),
    "assigned": N_("{user} tilldelade {assignee} ärendet"),
    "unassigned": N_("{user} tog bort tilldelningen"),
    "tagged": N_("{user} satte taggen {tag}"),
    "untagged": N_("{user} tog bort taggen {tag}"),
    "due-set": N_("{user} satte svarsdatum till {due}"),
    "due-cleared": N_("{user} tog bort svarsdatumet"),
    "moved": N_("{user} flyttade ärendet från {origin} till {target}"),
    "forwarded": N_("{user} vidarebefordrade ett meddelande till {to}"),
    "forwarded-gone": N_("{user} vidarebefordrade ett meddelande, som sedan togs tillbaka eller gallrades"),
    "restricted": N_("{user} begränsade ärendet till {names}"),
    "unrestricted": N_("{user} tog bort begränsningen"),
    "reader-added": N_("{user} lät {name} läsa ärendet"),
    "closed": N_("{user} avslutade ärendet"),
    "reopened": N_("{user} öppnade ärendet igen"),
    "reopened-by-message": N_("Ärendet öppnades igen, eftersom ett nytt meddelande kom"),
    "binned": N_("{user} lade ärendet i papperskorgen"),
    "restored": N_("{user} återställde ärendet ur papperskorgen"),
    "undone": N_("{user} ångrade ett meddelande innan det skickades"),
    "printed": N_("{user} skrev ut ärendet"),
    "held-back": N_("Ärendet gallrades inte"),
    "messages-destroyed": N_("Meddelanden i ärendet gallrades"),
}
"""The rows of a case log, by kind."""

OWN_EVENTS: dict[str, str] = {
    "opened": N_("Konversationen startade"),
    "joined": N_("Nytt meddelande i konversationen"),
    "closed": N_("{user} arkiverade meddelandet"),
    "reopened": N_("{user} flyttade meddelandet till inkorgen"),
    "reopened-by-message": N_("Meddelandet flyttades till inkorgen, eftersom ett nytt kom i tråden"),
    "binned": N_("{user} lade meddelandet i papperskorgen"),
    "restored": N_("{user} återställde meddelandet ur papperskorgen"),
    "printed": N_("{user} skrev ut meddelandet"),
    "held-back": N_("Meddelandet gallrades inte"),
    "messages-destroyed": N_("Meddelanden i tråden gallrades"),
}
"""Rows with a different text in a personal inbox, where there are messages and no cases."""
