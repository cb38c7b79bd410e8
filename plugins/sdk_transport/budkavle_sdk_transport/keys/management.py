"""An organisation's own keys, for its administrators: which there are, what to do about each, and a new one (SD18).

A new key opens at once and signs when its certificate has been seen published; the old ones go on opening, so nothing
that is under way is lost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from budkavle import Actor, Conflict, Host, Invalid, NotFound
from budkavle.accounts import require_admin
from budkavle_sdk_transport.keys.certificates import CertificatesUnavailable
from budkavle_sdk_transport.keys.key_check import check_key_pair
from budkavle_sdk_transport.keys.key_pair import KeyPair, KeyUnreadable, load_key_pair
from budkavle_sdk_transport.keys.memberships import Membership, MembershipKey, Memberships, memberships_of

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
class KeyAdvice:
    """What to do about a key: a sentence, how urgent it is, and its facts."""

    sentence: str
    look: str = "ok"
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyView:
    """One key as its administrators see it.

    Attributes:
        role: What it does, a sentence with the facts of `facts`.
    """

    id: UUID
    pair: KeyPair
    role: str
    facts: Mapping[str, str]
    advice: KeyAdvice


def keys_of(host: Host, actor: Actor) -> tuple[str, list[KeyView]]:
    """Return the participant of the actor's organisation, and its keys, the newest first; empty where it is none.

    Raises:
        Forbidden: The actor is no administrator.
    """
    require_admin(actor)
    membership = memberships_of(host).of_organisation(actor.organisation_id)
    if membership is None:
        return "", []
    return membership.participant, list(_shown(membership, timedelta(days=host.settings.discovery.warn_days)))


def key_of(host: Host, actor: Actor, pair_id: UUID) -> KeyView:
    """One of them.

    Raises:
        NotFound: The organisation has no such key, whoever asks.
        Forbidden: The actor is no administrator.
    """
    membership = memberships_of(host).of_organisation(actor.organisation_id)
    if membership is None or all(key.id != pair_id for key in membership.own):
        raise NotFound("Organisationen har ingen nyckel {id}.", id=str(pair_id))
    return next(key for key in keys_of(host, actor)[1] if key.id == pair_id)


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
    memberships = memberships_of(host)
    membership = memberships.of_organisation(actor.organisation_id)
    if membership is None:
        raise Conflict("Organisationen deltar inte i SDK än. Be er IT-avdelning ansluta den först.")
    if not content:
        raise _at_file(NO_FILE)
    try:
        pair = load_key_pair(content, password=password.encode() or None)
        check_key_pair(pair)
    except (KeyUnreadable, CertificatesUnavailable):
        raise _at_file(UNREADABLE) from None  # what a library says of a secret file is nobody's business
    if pair.certificate.not_valid_after_utc < datetime.now(UTC):
        raise _at_file(OVER, day=f"{pair.certificate.not_valid_after_utc:%Y-%m-%d}")
    return add(memberships, membership, pair, actor=actor)


def add(
    memberships: Memberships,
    membership: Membership,
    pair: KeyPair,
    *,
    reference: str = "",
    actor: Actor,
    signs: bool = False,
) -> UUID:
    """Give an organisation another pair. Raises `Invalid` for one that it has."""
    if any(key.pair.certificate == pair.certificate for key in membership.own):
        raise _at_file(ALREADY)
    return memberships.add(
        membership.organisation_id, membership.participant, pair, reference=reference, opens_only=not signs, actor=actor
    )


def role_of(membership: Membership, key: MembershipKey) -> tuple[str, dict[str, str]]:
    """Return what a pair does, and the facts of that sentence."""
    if key.id == membership.signing.id:
        return SIGNS, {}
    if key.signs_from is None:
        return WAITS, {}
    if key.signs_from > datetime.now(UTC):
        return SIGNS_FROM, {"time": f"{key.signs_from:%Y-%m-%d %H:%M}"}
    return OPENS, {}


def _shown(membership: Membership, warning: timedelta) -> Iterator[KeyView]:
    for key in membership.own:
        role, parameters = role_of(membership, key)
        yield KeyView(key.id, key.pair, role, parameters, _advice(membership, key, role, warning))


def _advice(membership: Membership, key: MembershipKey, role: str, warning: timedelta) -> KeyAdvice:
    ends, now = key.pair.certificate.not_valid_after_utc, datetime.now(UTC)
    parameters = {"day": f"{ends:%Y-%m-%d}"}
    if role == OPENS:
        return KeyAdvice(KEEP, "info")
    if ends < now:
        return KeyAdvice(ENDED, "bad", parameters)
    if role == WAITS:
        return KeyAdvice(PUBLISH, "wait")
    if ends < now + warning:
        later = any(
            other.pair.certificate.not_valid_after_utc > ends
            for other in membership.own
            if other.signs_from is None or other.signs_from > now
        )
        return KeyAdvice(REPLACED if later else ENDING, "wait", parameters)
    return KeyAdvice(WELL)


def _at_file(sentence: str, **parameters: str) -> Invalid:
    return Invalid(sentence, fields={"key": sentence}, **parameters)
