"""Carriers' reasons as sentences for people, and the meaning of each state of a fax."""

from collections.abc import Mapping

from budkavle import DeliveryState, Sentence, StateWords

BUSY = "Upptaget."
SILENT = "Ingen svarar."
NO_FAX = "Ingen fax svarade på numret."
NO_TONE = "Faxservern får ingen kopplingston. Be er IT-avdelning titta på linjen."
STOPPED = "Faxet stoppades på faxservern."
BLOCKED = "Numret är spärrat på faxservern."
BROKEN = "Linjen bröts på sida {page}."
LOST = "Linjen bröts."
UNKNOWN = "Faxet gick inte fram."
PREPARING = "Faxservern kunde inte göra om sidorna för linjen."
_KNOWN = (
    ("busy", BUSY),
    ("no answer", SILENT),
    ("no carrier", NO_FAX),
    ("ringback", NO_FAX),
    ("dialtone", NO_TONE),
    ("dial tone", NO_TONE),
    ("aborted by", STOPPED),
    ("killed", STOPPED),
    ("blacklist", BLOCKED),
    ("rejected", BLOCKED),
    ("document conversion", PREPARING),
)
GONE = "Faxservern känner inte längre till faxet. Fråga mottagaren om det har kommit fram innan du försöker igen."
UNSURE = (
    "Förbindelsen bröts medan faxet lämnades över, så det är osäkert om det har gått. "
    "Fråga mottagaren innan du försöker igen."
)
_COMMON: Mapping[DeliveryState, StateWords] = {
    DeliveryState.SEND_FAILURE: StateWords(sentence="Faxet gick inte fram."),
    DeliveryState.RECALLED: StateWords(sentence="Avsändaren har stoppat faxet innan det gick fram."),
    DeliveryState.NOT_FOUND: StateWords(sentence="Faxservern känner inte till faxet."),
}
FOLLOWED: Mapping[DeliveryState, StateWords] = {
    **_COMMON,
    DeliveryState.SEND_IN_PROGRESS: StateWords(sentence="Lämnas just nu till faxservern."),
    DeliveryState.SEND_ENQUEUED: StateWords(sentence="Faxservern har faxet och ringer så snart linjen är ledig."),
    DeliveryState.ACKNOWLEDGED: StateWords(
        "Framme", "Faxet har gått fram till mottagarens fax. Om någon har läst det går inte att se."
    ),
}
"""The meaning of the states if the carrier reports progress."""
UNFOLLOWED: Mapping[DeliveryState, StateWords] = {
    **_COMMON,
    DeliveryState.SEND_IN_PROGRESS: StateWords(sentence="Lämnas just nu till faxtjänsten."),
    DeliveryState.WAITING_FOR_RECEIPT: StateWords(
        "Lämnat till faxtjänsten",
        "Faxtjänsten har faxet, men berättar inte om det går fram. Fråga mottagaren om det är viktigt att veta.",
        final=True,
    ),
}
"""The same if the carrier reports nothing after taking the fax."""
ASK = "Kontrollera numret och försök igen, eller nå mottagaren på annat sätt."


def reason(words: str, sent: int, pages: int) -> str:
    """Return a carrier's reason as a Swedish sentence.

    Args:
        words: The carrier's text, such as HylaFAX's `No answer from remote`.
        sent: Pages that arrived.
        pages: Pages in all.
    """
    if not words.strip():
        return ""
    lowered = words.lower()
    told = next((sentence for word, sentence in _KNOWN if word in lowered), "")
    if told:
        return told
    if 0 < sent < pages or any(word in lowered for word in ("disconnect", "t.30", "timed out", "rspprec", "phase c")):
        return Sentence(BROKEN, page=min(sent + 1, pages)) if pages else LOST
    return UNKNOWN
