"""Outcomes of the SMS about a delivery, for its timeline and the event log."""

from budkavle import FactWords

TEXTED, NOT_TEXTED, MAYBE_TEXTED = "TEXTED", "NOT_TEXTED", "MAYBE_TEXTED"
FACTS = {
    TEXTED: FactWords(
        "Ett SMS om ett säkert meddelande kom fram",
        "SMS framme",
        "Ett SMS om meddelandet har kommit till mottagarens telefon.",
        icon="chat",
    ),
    NOT_TEXTED: FactWords(
        "Ett SMS om ett säkert meddelande kom inte fram",
        "SMS kom inte fram",
        "Kontrollera mottagarens mobilnummer.",
        "wait",
        "chat",
    ),
    MAYBE_TEXTED: FactWords(
        "Ett SMS om ett säkert meddelande kan ha skickats, det är inte säkert",
        "SMS kan ha skickats",
        "Det är inte säkert att SMS:et gick iväg. Det skickas inte igen.",
        "wait",
        "chat",
    ),
}
