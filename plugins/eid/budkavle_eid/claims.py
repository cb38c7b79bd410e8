"""What OpenID Connect, SAML and SITHS share: a peer's claims as our attributes, its words as levels, and refusing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

import structlog

from budkavle import Failed, Loa, Misconfigured
from budkavle_eid.settings import Audience

ATTRIBUTES = (
    "personnummer",
    "name",
    "given_name",
    "family_name",
    "email",
    "email_verified",
    "phone",
    "org_number",
    "hsa_id",
    "evidence",
)
"""The attributes that a peer may fill; `raw_acr` and `method` are ours to say."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PERSONNUMMER = re.compile(r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])\d{4}\Z")
"""Twelve digits, also of a coordination number (day + 60); fewer would leave the century to guesswork."""
_LONGEST = 500
log = structlog.get_logger("budkavle.plugin.eid")


class Refused(Exception):
    """A peer's answer that is not believed.

    Args:
        reason: A word for the log, never personal data.
        sentence: What the person reads.
    """

    def __init__(self, reason: str, sentence: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sentence = sentence or "Svaret från legitimeringstjänsten gick inte att lita på. Börja om från början."


def check_fresh(at: float | None, since: float) -> None:
    """Let through only who has identified since a moment.

    That a new identification was asked for is not enough: the browser can take it out of an address, and not every
    peer heeds it.

    Args:
        at: When the person identified, as the peer says, in seconds since 1970; None where it does not.
        since: The earliest moment that will do.

    Raises:
        Refused: It was earlier, or nobody knows.
    """
    if at is None:
        raise Refused(
            "identified-when-unknown",
            "Legitimeringstjänsten sade inte när du legitimerade dig, så det räcker inte här. Välj ett annat sätt, "
            "eller be din administratör om hjälp.",
        )
    if at < since:
        raise Refused(
            "identified-earlier",
            "Legitimeringstjänsten släppte fram dig på en tidigare inloggning. Logga ut där och börja om, eller välj "
            "ett annat sätt.",
        )


def failed(provider: str, refused: Refused, *, retry: bool = False) -> Failed:
    """Note why, and tell the person."""
    log.warning("eid.refused", provider=provider, reason=refused.reason)
    return Failed(refused.sentence, retry=retry)


def safe_url(url: str) -> bool:
    """Tell whether an address is encrypted on its way, or never leaves this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def audiences_of(
    name: str, audiences: Sequence[Audience] | None, loa: int, *, personnummer: bool
) -> frozenset[Audience]:
    """Return the audiences of a connection: those of the settings, or else all, or accounts if none is named.

    Args:
        name: The connection.
        audiences: What the settings say; None means nothing.
        loa: The highest level that it may claim.
        personnummer: Whether its personnummer are believed.

    Raises:
        Misconfigured: Guests at level 3 could not be compared with the recipient.
    """
    if audiences is None:
        return frozenset({"staff", "guest"} if personnummer else {"staff"})
    if "guest" in audiences and loa >= Loa.THREE and not personnummer:
        raise Misconfigured(
            "{name} kan inte vara för gäster på nivå 3: dess personnummer används inte, så vem som helst med ett konto "
            'där kunde läsa. Skriv loa = 2, audiences = ["staff"] eller, om numren går att lita på, '
            "personnummer = true.",
            name=name,
        )
    return frozenset(audiences)


def attributes_of(
    values: Mapping[str, Sequence[str]], names: Mapping[str, str], *, personnummer: bool
) -> dict[str, str]:
    """Return our attributes of what a peer says.

    Args:
        values: What the peer says, by its own names.
        names: The peer's name for each attribute of ours; several, with spaces between, are tried in order.
        personnummer: Whether its personnummer are believed; else they are left out.

    Raises:
        Refused: A personnummer is believed but is none.
    """
    attributes: dict[str, str] = {}
    for ours, theirs in names.items():
        value = next((text for name in theirs.split() for text in values.get(name, ()) if text.strip()), "")
        if value and ours in ATTRIBUTES and (ours != "personnummer" or personnummer):
            attributes[ours] = " ".join(value.split())[:_LONGEST]
    if "personnummer" in attributes:
        attributes["personnummer"] = personnummer_of(attributes["personnummer"])
    if "email" in attributes:
        attributes["email"] = attributes["email"].lower()
    if attributes.get("email_verified") not in {None, "1"}:
        del attributes["email_verified"]
    if "name" not in attributes and attributes.get("given_name"):
        attributes["name"] = f"{attributes['given_name']} {attributes.get('family_name', '')}".strip()
    return attributes


def personnummer_of(text: str) -> str:
    """Return twelve digits.

    Raises:
        Refused: It is something else.
    """
    digits = text.replace("-", "").replace(" ", "")
    if not _PERSONNUMMER.match(digits):
        raise Refused("personnummer")
    return digits


def words_for(levels: Mapping[str, int], minimum: Loa) -> list[str]:
    """Return the peer's words for the wanted level and those above it; for no level, all its words."""
    return [word for word, level in levels.items() if level and level >= minimum]


def level_of(returned: Iterable[str], levels: Mapping[str, int], missing: int) -> tuple[Loa, str]:
    """Return the level of what the peer returned, and its own word.

    Args:
        returned: The peer's words, normally one; the highest known counts.
        levels: What its words mean.
        missing: The level where it says nothing; 0 refuses.

    Raises:
        Refused: It says something unknown, or nothing.
    """
    words = [word for word in returned if word]
    best = max(((levels.get(word, 0), word) for word in words), default=(0, ""))
    level = best[0] if words else missing
    if not level:
        raise Refused(
            "level-unknown" if words else "level-missing",
            "Legitimeringstjänsten sade inte hur säkert du har legitimerat dig, eller på ett sätt som inte är känt här."
            " Välj ett annat sätt, eller be din administratör om hjälp.",
        )
    return Loa(level), best[1]
