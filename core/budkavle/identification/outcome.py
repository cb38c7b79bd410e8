"""The outcome of an identification flow: a session, a new method for an account, or access to a message.

A provider is trusted only within its traits: its level is capped, and a person's number counts only from providers
that may assert it. An account is opened only by a linked identity, at the level that the link gives.
"""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any
from uuid import UUID

import structlog
from msgspec.structs import replace

from budkavle.accounts.organisations import organisation
from budkavle.accounts.users import account, ended_since
from budkavle.accounts.users import user as find_user
from budkavle.identification import flow_store, identities, providers
from budkavle.identification.flow_store import Candidate, Flow, PendingChoice
from budkavle.identification.identities import PERSONNUMMER, TAKEN
from budkavle.identification.mail_links import invitations
from budkavle.identification.refusals.sign_ins import record_refused_flow
from budkavle.model.errors import NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import (
    CORE_NAME,
    GuestActor,
    Identity,
    NewIdentity,
    Organisation,
    ProviderSession,
    SystemActor,
    User,
)
from budkavle.model.sentences import Sentence
from budkavle.model.states import AT_WORK
from budkavle.plugins.protocols.identity_provider import Failed, IdentityProvider, Poll, Prompt, Redirect
from budkavle.storage import audit
from budkavle.storage.platform import Platform

NO_ACCOUNT = "Det finns inget konto för dig här. Be organisationens administratör om ett."
PAUSED = "Organisationen är pausad, så ingen kan logga in just nu. Det som kommer in sparas. Kontakta supporten."
NOT_CHOSEN = "Din organisation har valt andra sätt att logga in. Välj ett av dem: {ways}."
UNCLEAR = "Svaret från {way} gick inte att lita på, så ingen har loggats in. Börja om, eller välj ett annat sätt."
TOO_LOW = "Legitimeringen nådde inte den tillitsnivå som behövs. Välj ett annat sätt."
ANOTHER = "Legitimeringen gäller någon annan än den som är inloggad. Logga ut först, om du vill byta konto."
NOT_LINKED = "Det sättet är inte kopplat till ditt konto. Lägg till det under Mitt konto först."
NOT_ADDRESSEE = "Du är inte den som meddelandet är till, så det kan inte visas för dig. Kontakta avsändaren."
NOT_COMPARED = (
    "Legitimationen kan inte jämföras med den som meddelandet är till, så det kan inte visas. "
    "Välj ett annat sätt, eller kontakta avsändaren."
)
NOT_CONFIRMED = (
    "Du har legitimerat dig, men ingen har bekräftat att kontot är ditt, så du når inte den tillitsnivå som behövs. "
    "Be organisationens administratör bekräfta ditt sätt att logga in."
)
ENDED = "Du har loggats ut överallt sedan du började. Logga in igen, och börja om."
NOT_OWNER = "Legitimationen tillhör någon annan än den som kontot hör till. Be organisationens administratör om hjälp."
log = structlog.get_logger("budkavle.identification.flow")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person that a flow identified, the level, and the requested page.

    Attributes:
        identified_at: When they identified, if it was before now: a new session does not count as identifying again.
        session: Their session at the provider, if it supports single sign-out.
    """

    user: User
    loa: Loa
    provider: str
    return_to: str
    method: str = ""
    identified_at: datetime | None = None
    session: ProviderSession | None = None


@dataclass(frozen=True, slots=True)
class GuestOf:
    """What a person without an account wants to read: `ref` is `link:DELIVERY`."""

    organisation_id: UUID
    ref: str


@dataclass(frozen=True, slots=True)
class GuestIn:
    """The result of a guest's flow: what they may read, their level, and the provider."""

    of: GuestOf
    loa: Loa
    provider: str
    return_to: str
    method: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """An identity provider has been added to an account."""

    provider: str
    return_to: str


@dataclass(frozen=True, slots=True)
class Tried:
    """An administrator has tried an identity provider."""

    return_to: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows in a flow: a step to show, accounts to choose among, or the result.

    Attributes:
        flow: The flow's secret, for the browser's cookie.
        choices: Names of accounts by their ids; the chosen one comes back as the answer `choice`.
        way: The name of the provider.
        again: The path for starting again.
        purpose: The purpose, a sentence for the person; may be empty.
        for_guest: Whether a person without an account identifies.
        sender: For a guest, the organisation that sent the message.
    """

    flow: str
    step: Redirect | Poll | Prompt | Failed | None = None
    signed_in: SignedIn | None = None
    guest: GuestIn | None = None
    linked: Linked | None = None
    tried: Tried | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    way: str = ""
    again: str = "/sign-in"
    purpose: str = ""
    for_guest: bool = False
    sender: UUID | None = None


def following(flow: Flow, **what: Any) -> Turn:
    """Return the next turn of a flow, with defaults from its content."""
    purpose = Sentence.from_stored(flow.content.hints.get(flow_store.PURPOSE, ""))
    defaults = {
        "way": flow.provider,
        "again": flow.content.again,
        "purpose": purpose,
        "for_guest": flow.content.guest is not None,
        "sender": UUID(flow.content.organisation) if flow.content.guest and flow.content.organisation else None,
    }
    return Turn(flow.secret, **{**defaults, **what})


def fail(platform: Platform, flow: Flow, sentence: str, *, user: User | None = None, subject: str = "") -> Turn:
    """End a flow without a sign-in, with a sentence for the person, and record it in the event log.

    Args:
        platform: The installation.
        flow: The flow.
        sentence: Why access is refused.
        user: The owner of the account that it would have opened, if known.
        subject: The provider's identifier of the person.
    """
    flow_store.use(platform, flow)
    record_refused_flow(platform, flow, sentence, user=user, subject=subject)
    log.warning("sign-in.refused", provider=flow.provider, sentence=sentence)
    return following(flow, step=Failed(sentence, retry=False))


def end(platform: Platform, flow: Flow, provider: IdentityProvider, identity: Identity) -> Turn:
    """Check an identity, and carry out the flow's purpose. The flow is used, whatever the result."""
    if identity.provider != flow.provider or not identity.subject or identity.loa not in set(Loa) - {Loa.NONE}:
        return fail(platform, flow, Sentence(UNCLEAR, way=Sentence(provider.label)))
    loa = min(Loa(identity.loa), provider.traits.max_loa)
    if not loa.meets(flow.wanted):
        return fail(platform, flow, TOO_LOW)
    if flow.content.trial:
        return _trial(platform, flow, provider, dataclasses.replace(identity, loa=loa))
    if flow.content.guest is not None:
        return _guest(platform, flow, provider, identity, loa)
    purpose = _link if flow.content.link else _invited if flow.content.invitation else _account
    return purpose(platform, flow, provider, identity, loa)


def _trial(platform: Platform, flow: Flow, provider: IdentityProvider, identity: Identity) -> Turn:
    user = _owner(platform, flow)
    if not user.active or ended_since(platform, user, flow.began_at):
        return fail(platform, flow, ENDED)
    flow_store.use(platform, flow, who=str(user.id))
    with platform.work(user.acting(Loa(flow.content.loa))) as work:
        audit.record(work, "sign-in-way.tried", None, provider=provider.name, loa=int(identity.loa))
    platform.plugins.provider_sources.tried(provider.name, identity)
    return following(flow, tried=Tried(flow.content.return_to))


def _guest(platform: Platform, flow: Flow, provider: IdentityProvider, identity: Identity, loa: Loa) -> Turn:
    addressee = flow.content.hints.get("personnummer", "")
    by_phone = (
        provider.traits.asserts_phone and bool(flow.content.hints.get("phone")) and not flow.wanted.meets(Loa.THREE)
    )
    if addressee and not by_phone and not compare_digest(_digits(addressee), _personnummer(provider, identity)):
        return fail(platform, flow, NOT_ADDRESSEE)
    loa = loa if addressee and not by_phone else min(loa, Loa.TWO)
    if not loa.meets(flow.wanted):
        return fail(platform, flow, NOT_COMPARED)
    of = GuestOf(UUID(flow.content.organisation), flow.content.guest or "")
    flow_store.use(platform, flow, who=of.ref)
    method = _method(provider, identity)
    with platform.work(GuestActor(of.organisation_id)) as work:
        details: dict[str, str | int] = {"provider": provider.name, "method": method, "loa": int(loa), "ref": of.ref}
        details["evidence"] = identity.attributes.get("evidence", "")
        audit.record(work, "guest.identified", of.ref.partition(":")[2], **details)
    name = identity.attributes.get("name", "")
    return following(flow, guest=GuestIn(of, loa, provider.name, flow.content.return_to, method, name))


def _link(platform: Platform, flow: Flow, provider: IdentityProvider, identity: Identity, loa: Loa) -> Turn:
    user = _owner(platform, flow)
    personnummer = _personnummer(provider, identity)
    if fault := _fault_of_link(platform, flow, user, personnummer):
        return fail(platform, flow, fault)
    secret = identity.attributes.get("secret", "").encode() or None
    label = identity.attributes.get("label") or _method(provider, identity)
    name, actor = identity.attributes.get("name", ""), user.acting(Loa(flow.content.loa))
    with platform.work(actor) as work:
        flow_store.use_in(platform, work.connection, flow, who=str(user.id))
        identities.link(work, NewIdentity(provider.name, identity.subject, label, secret, name=name))
        if personnummer:
            identities.link(work, NewIdentity(PERSONNUMMER, personnummer, provider.label, name=name))
    worth = next((worth for account, worth in _opened(platform, provider, identity) if account.id == user.id), Loa.NONE)
    shown, method = min(loa, worth), _method(provider, identity)
    gained = SignedIn(user, shown, flow.provider, flow.content.return_to, method, session=identity.session)
    signed_in = _record(platform, gained) if shown > flow.content.loa else None
    return following(flow, linked=Linked(provider.name, flow.content.return_to), signed_in=signed_in)


def _invited(platform: Platform, flow: Flow, provider: IdentityProvider, identity: Identity, loa: Loa) -> Turn:
    """Link the identity to the account of the invitation, and sign the person in."""
    user, personnummer = _owner(platform, flow), _personnummer(provider, identity)
    if not _may_own(platform, user, personnummer):
        return fail(platform, flow, NOT_OWNER)
    label = identity.attributes.get("label") or _method(provider, identity)
    secret, name = identity.attributes.get("secret", "").encode() or None, identity.attributes.get("name", "")
    try:
        with platform.work(user.acting(loa)) as work:
            if personnummer and identities.taken(work, user.id, personnummer):
                return fail(platform, flow, TAKEN)
            flow_store.use_in(platform, work.connection, flow, who=str(user.id))
            opened = invitations.use(work, user, flow.content.invitation)
            identities.link(work, NewIdentity(provider.name, identity.subject, label, secret, name=name))
            if personnummer:
                identities.link(work, NewIdentity(PERSONNUMMER, personnummer, provider.label, name=name))
    except NotFound as error:
        return fail(platform, flow, error.sentence)
    method = _method(provider, identity)
    signed_in = SignedIn(opened, loa, flow.provider, flow.content.return_to, method, session=identity.session)
    return following(flow, signed_in=_record(platform, signed_in))


def _fault_of_link(platform: Platform, flow: Flow, user: User, personnummer: str) -> str:
    """Return why a provider cannot be added to the account, or empty."""
    if not user.active or ended_since(platform, user, flow.began_at):
        return ENDED
    if personnummer and not _may_own(platform, user, personnummer):
        return NOT_OWNER
    with platform.work(user.acting()) as work:
        return TAKEN if personnummer and identities.taken(work, user.id, personnummer) else ""


def _may_own(platform: Platform, user: User, personnummer: str) -> bool:
    """Tell whether an account has this number, or none yet."""
    with platform.work(user.acting()) as work:
        has_personnummer = any(linked.provider == PERSONNUMMER for linked in identities.linked(work))
        return not has_personnummer or identities.has(work, PERSONNUMMER, personnummer, user.id) is not None


def _account(platform: Platform, flow: Flow, provider: IdentityProvider, identity: Identity, loa: Loa) -> Turn:
    accounts = _opened(platform, provider, identity)
    if flow.content.account is not None:
        same_account = [(user, worth) for user, worth in accounts if str(user.id) == flow.content.account]
        if not same_account:
            return fail(platform, flow, ANOTHER if accounts else NOT_LINKED)
        accounts = same_account
    if not accounts:
        return fail(platform, flow, NO_ACCOUNT, subject=identity.subject)
    first = accounts[0][0]
    accounts = [(user, worth) for user, worth in accounts if _home(platform, user).state in AT_WORK]
    if not accounts:
        return fail(platform, flow, PAUSED, user=first)
    allowed = [(user, worth) for user, worth in accounts if providers.lets_in(provider, _home(platform, user), user)]
    if not allowed:
        offered = providers.staff_providers(platform, _home(platform, accounts[0][0]))
        chosen = ", ".join(way.label for way in offered)
        return fail(platform, flow, Sentence(NOT_CHOSEN, ways=chosen), user=accounts[0][0])
    candidates = [Candidate(str(user.organisation_id), str(user.id), int(worth)) for user, worth in allowed]
    evidence, at = (identity.attributes.get(name, "") for name in ("evidence", "identified_at"))
    end = PendingChoice(
        identity.subject, int(loa), _method(provider, identity), candidates, evidence, at, identity.session
    )
    if len(allowed) == 1:
        return _sign_in(platform, flow, provider, end, *allowed[0])
    flow_store.save(platform, flow, replace(flow.content, found=end))
    return following(flow, choices=_choices(platform, [user for user, _ in allowed]))


def choose(platform: Platform, flow: Flow, provider: IdentityProvider, pending: PendingChoice, choice: str) -> Turn:
    """Sign in to the chosen one of several accounts, if it is still open to them; an invalid choice asks again."""
    users = [_user(platform, candidate.organisation_id, candidate.user_id) for candidate in pending.candidates]
    for user, candidate in zip(users, pending.candidates, strict=True):
        if candidate.user_id == choice and user.active:
            has_ended = ended_since(platform, user, flow.began_at)
            if has_ended or _home(platform, user).state not in AT_WORK:
                return fail(platform, flow, ENDED if has_ended else PAUSED, user=user)
            return _sign_in(platform, flow, provider, pending, user, Loa(candidate.loa))
    return following(flow, choices=_choices(platform, users))


def _sign_in(
    platform: Platform, flow: Flow, provider: IdentityProvider, pending: PendingChoice, user: User, worth: Loa
) -> Turn:
    loa = min(Loa(pending.loa), worth)
    if not loa.meets(flow.wanted):
        return fail(platform, flow, NOT_CONFIRMED, user=user)
    flow_store.use(platform, flow, who=str(user.id))
    identities.used(platform, user, provider.name, pending.subject)
    at = _before_now(pending.at)
    signed_in = SignedIn(user, loa, flow.provider, flow.content.return_to, pending.method, at, pending.session)
    return following(flow, signed_in=_record(platform, signed_in, pending.evidence))


def _record(platform: Platform, signed_in: SignedIn, evidence: str = "") -> SignedIn:
    user, loa, provider, method = signed_in.user, signed_in.loa, signed_in.provider, signed_in.method
    with platform.work(user.acting(loa)) as work:
        audit.record(work, "user.signed-in", user.id, provider=provider, method=method, loa=int(loa), evidence=evidence)
        chosen = providers.provider_of(platform, provider)
        if chosen and not providers.fits(chosen, organisation(work), providers.STAFF):
            audit.record(work, "user.emergency-sign-in", user.id, provider=provider)
    return signed_in


def _before_now(seconds: str) -> datetime | None:
    """Return the time if it is before now: a peer's earlier sign-in does not count as identifying now."""
    try:
        at = float(seconds)
    except ValueError:
        return None
    return datetime.fromtimestamp(at, UTC) if 0 <= at < time.time() else None


def _opened(platform: Platform, provider: IdentityProvider, identity: Identity) -> list[tuple[User, Loa]]:
    """Return the accounts that an identity opens, each with the highest level it gives there.

    It uses linked identities; it uses the address only if the provider may open accounts by address.
    """
    if provider.traits.opens_account_by_address:
        user = account(platform, identity.attributes.get("email", ""))
        return [(user, provider.traits.max_loa)] if user and str(user.id) == identity.subject else []
    accounts = identities.opened(platform, provider.name, identity.subject)
    if personnummer := _personnummer(provider, identity):
        accounts += identities.opened(platform, PERSONNUMMER, personnummer)
    # Sorted by level, so that the highest is kept if several open the same account.
    return list({user.id: (user, worth) for user, worth in sorted(accounts, key=lambda account: account[1])}.values())


def _choices(platform: Platform, users: list[User]) -> dict[str, str]:
    return {str(user.id): f"{_home(platform, user).name}, {user.email}" for user in users}


def _home(platform: Platform, user: User) -> Organisation:
    with platform.work(user.acting()) as work:
        return organisation(work)


def _owner(platform: Platform, flow: Flow) -> User:
    return _user(platform, flow.content.organisation or "", flow.content.account or "")


def _user(platform: Platform, organisation_id: str, user_id: str) -> User:
    with platform.work(SystemActor(UUID(organisation_id), CORE_NAME)) as work:
        return find_user(work, UUID(user_id))


def _personnummer(provider: IdentityProvider, identity: Identity) -> str:
    """Return the twelve digits from a provider that may assert them, else empty."""
    return _digits(identity.attributes.get("personnummer", "")) if provider.traits.asserts_personnummer else ""


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign in "0123456789")


def _method(provider: IdentityProvider, identity: Identity) -> str:
    return identity.attributes.get("method") or provider.label
