"""An organisation's own keys, for its administrators: which there are, what to do about each, and a new one (SD18).

A new key opens at once and signs when its certificate has been seen published; the old ones go on opening, so nothing
that is under way is lost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from budkavle import Actor, Conflict, Host, Invalid, NotFound, require_admin
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable
from budkavle_sdk_transport.keys.key_check import prove
from budkavle_sdk_transport.keys.key_pair import KeyPair, KeyUnreadable, load_key_pair
from budkavle_sdk_transport.keys.participants import Identities, Identity, OwnPair, identities_of

MOST_BYTES: Final = 100_000
"""A key file with a whole chain of certificates has some ten thousand."""
SIGNS, WAITS, OPENS = "den som skriver under", "väntar på publicering", "öppnar"
SIGNS_FROM: Final = "skriver under från {time}"

ALREADY: Final = "Nyckeln finns redan."
NO_FILE: Final = "Välj filen med nyckeln."
TOO_LARGE: Final = "Filen är för stor för att vara en nyckel. Välj en PKCS#12-fil (.p12 eller .pfx)."
UNREADABLE: Final = (
    "Filen gick inte att öppna. Kontrollera lösenordet, och att det är en PKCS#12-fil (.p12 eller .pfx) med en "
    "RSA-nyckel och dess certifikat."
)
OVER: Final = "Certifikatet i filen gick ut {day}. Beställ ett nytt och lägg in det."

ENDED: Final = (
    "Certifikatet gick ut {day}. Andra litar inte längre på det ni skriver under. Beställ ett nytt certifikat nu, "
    "lägg in det här nedanför, och publicera det i SDK adressbok."
)
ENDING: Final = (
    "Certifikatet går ut {day}. Beställ ett nytt certifikat, lägg in det här nedanför, och publicera det i SDK "
    "adressbok."
)
REPLACED: Final = "Certifikatet går ut {day}. Ett nytt är inlagt: publicera det i SDK adressbok före den dagen."
PUBLISH: Final = (
    "Publicera certifikatet i SDK adressbok. Nyckeln skriver under så snart det syns där; den gamla fortsätter att "
    "öppna."
)
KEEP: Final = (
    "Öppnar det som har krypterats till den. Den ska vara kvar tills ingen längre kan ha certifikatet, i flera månader "
    "efter bytet."
)
WELL: Final = "Inget behöver göras."


@dataclass(frozen=True, slots=True)
class Todo:
    """What to do about a key: a sentence, how urgent it is, and its facts."""

    sentence: str
    look: str = "ok"
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One key as its administrators see it.

    Attributes:
        role: What it does, a sentence with the facts of `facts`.
    """

    id: UUID
    pair: KeyPair
    role: str
    facts: Mapping[str, str]
    advice: Todo


def keys_of(host: Host, actor: Actor) -> tuple[str, list[OwnKey]]:
    """The participant that the actor's organisation is, and its keys, the newest first; both empty where it is none.

    Raises:
        Forbidden: The actor is no administrator.
    """
    require_admin(actor)
    identity = identities_of(host).of_organisation(actor.organisation_id)
    if identity is None:
        return "", []
    return identity.participant, list(_shown(identity, timedelta(days=host.settings.discovery.warn_days)))


def key_of(host: Host, actor: Actor, pair_id: UUID) -> OwnKey:
    """One of them.

    Raises:
        NotFound: The organisation has no such key, whoever asks.
        Forbidden: The actor is no administrator.
    """
    identity = identities_of(host).of_organisation(actor.organisation_id)
    if identity is None or all(one.id != pair_id for one in identity.own):
        raise NotFound("Organisationen har ingen nyckel {id}.", id=str(pair_id))
    return next(one for one in keys_of(host, actor)[1] if one.id == pair_id)


def import_key(host: Host, actor: Actor, content: bytes, password: str) -> UUID:
    """Take a key from a file: it opens at once, and signs when its certificate has been published.

    Args:
        host: The installation.
        actor: An administrator of the organisation.
        content: PKCS#12 or PEM.
        password: The file's; it is kept nowhere.

    Raises:
        Forbidden: The actor is no administrator.
        Invalid: The file is none, or its key can or may not be used; each field is told why.
        Conflict: The organisation does not take part in SDK.
    """
    require_admin(actor)
    identities = identities_of(host)
    identity = identities.of_organisation(actor.organisation_id)
    if identity is None:
        raise Conflict("Organisationen deltar inte i SDK än. Be driften ansluta den först.")
    if not content:
        raise _at_file(NO_FILE)
    try:
        pair = load_key_pair(content, password=password.encode() or None)
        prove(pair)
    except (KeyUnreadable, CertificatesUnavailable):
        raise _at_file(UNREADABLE) from None  # what a library says of a secret file is nobody's business
    if pair.certificate.not_valid_after_utc < datetime.now(UTC):
        raise _at_file(OVER, day=f"{pair.certificate.not_valid_after_utc:%Y-%m-%d}")
    return add(identities, identity, pair, actor=actor)


def add(
    identities: Identities, identity: Identity, pair: KeyPair, *, reference: str = "", actor: Actor, signs: bool = False
) -> UUID:
    """Give an organisation another pair. Raises `Invalid` for one that it has."""
    if any(one.pair.certificate == pair.certificate for one in identity.own):
        raise _at_file(ALREADY)
    return identities.add(
        identity.organisation_id, identity.participant, pair, reference=reference, opens_only=not signs, actor=actor
    )


def role_of(identity: Identity, one: OwnPair) -> tuple[str, dict[str, str]]:
    """What a pair does, and the facts of that sentence."""
    if one.id == identity.signing.id:
        return SIGNS, {}
    if one.signs_from is None:
        return WAITS, {}
    if one.signs_from > datetime.now(UTC):
        return SIGNS_FROM, {"time": f"{one.signs_from:%Y-%m-%d %H:%M}"}
    return OPENS, {}


def _shown(identity: Identity, warning: timedelta) -> Iterator[OwnKey]:
    for one in identity.own:
        role, facts = role_of(identity, one)
        yield OwnKey(one.id, one.pair, role, facts, _advice(identity, one, role, warning))


def _advice(identity: Identity, one: OwnPair, role: str, warning: timedelta) -> Todo:
    ends, now = one.pair.certificate.not_valid_after_utc, datetime.now(UTC)
    facts = {"day": f"{ends:%Y-%m-%d}"}
    if role == OPENS:
        return Todo(KEEP, "info")
    if ends < now:
        return Todo(ENDED, "bad", facts)
    if role == WAITS:
        return Todo(PUBLISH, "wait")
    if ends < now + warning:
        later = any(
            other.pair.certificate.not_valid_after_utc > ends
            for other in identity.own
            if other.signs_from is None or other.signs_from > now
        )
        return Todo(REPLACED if later else ENDING, "wait", facts)
    return Todo(WELL)


def _at_file(sentence: str, **facts: str) -> Invalid:
    return Invalid(sentence, fields={"key": sentence}, **facts)
