"""Shared by OpenID Connect, SAML and SITHS: mapping a peer's claims to attributes and levels, and refusing."""

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
"""The attributes that a peer may set; `raw_acr` and `method` are set by us."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PERSONNUMMER = re.compile(r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])\d{4}\Z")
"""Twelve digits, also of a coordination number (day + 60); with ten, the century would be a guess."""
_LONGEST = 500
log = structlog.get_logger("budkavle.plugin.eid")


class Refused(Exception):
    """A peer's answer was refused.

    Args:
        reason: A word for the log, never personal data.
        sentence: The text for the person.
    """

    def __init__(self, reason: str, sentence: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sentence = sentence or "Svaret från legitimeringstjänsten gick inte att lita på. Börja om från början."


def check_fresh(at: float | None, since: float) -> None:
    """Require that a person has identified at a given time or later.

    Requesting a new identification is not enough: the browser can remove it from the URL, and not every peer obeys it.

    Args:
        at: When the person identified according to the peer, in seconds since 1970; None if it does not say.
        since: The earliest accepted time.

    Raises:
        Refused: It was earlier, or is unknown.
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
    """Log the reason, and return the failure for the person."""
    log.warning("eid.refused", provider=provider, reason=refused.reason)
    return Failed(refused.sentence, retry=retry)


def safe_url(url: str) -> bool:
    """Tell whether a URL is encrypted, or stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def audiences_of(
    name: str, audiences: Sequence[Audience] | None, loa: int, *, personnummer: bool
) -> frozenset[Audience]:
    """Return the audiences of a connection: as in the settings, otherwise both if personnummer are trusted, else staff.

    Args:
        name: The connection.
        audiences: The audiences in the settings; None if they have none.
        loa: The highest level that it may claim.
        personnummer: Whether its personnummer are trusted.

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
    """Return a peer's claims as our attributes.

    Args:
        values: The peer's claims, by its own names.
        names: The peer's name for each of our attributes; several, separated by spaces, are tried in order.
        personnummer: Whether its personnummer are trusted; otherwise they are left out.

    Raises:
        Refused: A trusted personnummer is invalid.
    """
    attributes: dict[str, str] = {}
    for own_name, peer_names in names.items():
        value = next((text for name in peer_names.split() for text in values.get(name, ()) if text.strip()), "")
        if value and own_name in ATTRIBUTES and (own_name != "personnummer" or personnummer):
            attributes[own_name] = " ".join(value.split())[:_LONGEST]
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
    """Return the twelve digits of a personnummer.

    Raises:
        Refused: It is invalid.
    """
    digits = text.replace("-", "").replace(" ", "")
    if not _PERSONNUMMER.match(digits):
        raise Refused("personnummer")
    return digits


def words_for(levels: Mapping[str, int], minimum: Loa) -> list[str]:
    """Return the peer's names of the wanted level and those above it; of all its levels for NONE."""
    return [word for word, level in levels.items() if level and level >= minimum]


def level_of(returned: Iterable[str], levels: Mapping[str, int], missing: int) -> tuple[Loa, str]:
    """Return the level that the peer returned, and the peer's name of it.

    Args:
        returned: The peer's names of levels, normally one; the highest known one counts.
        levels: Our level for each name.
        missing: The level if it returned none; 0 refuses.

    Raises:
        Refused: The name is unknown, or there is none.
    """
    names = [word for word in returned if word]
    highest = max(((levels.get(word, 0), word) for word in names), default=(0, ""))
    level = highest[0] if names else missing
    if not level:
        raise Refused(
            "level-unknown" if names else "level-missing",
            "Legitimeringstjänsten sade inte hur säkert du har legitimerat dig, eller på ett sätt som inte är känt här."
            " Välj ett annat sätt, eller be din administratör om hjälp.",
        )
    return Loa(level), highest[1]
