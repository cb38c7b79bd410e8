"""Levels of assurance in a draft: what an organisation offers, what a reader must show, and what may not be sent.

Source: rules A1 to A13 and X1 to X6 of the guide (see the features).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.organisations import organisation
from budkavle.cases import message_store
from budkavle.cases.teamwork.forwarding import LONGEST_REASON
from budkavle.identification.providers import GUEST, fits, guest_loa
from budkavle.messaging import drafts
from budkavle.model.input_rules.swedish_numbers import personal_number, phone_number
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, Fault, Terms
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import N_
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.plugins.protocols.transport import Transport
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work
from budkavle.storage.tables import messages

LEVELS = (Loa.ONE, Loa.TWO, Loa.THREE)
TEXTS: Mapping[Loa, str] = {
    Loa.ONE: N_("Ingen legitimation. Inga personuppgifter."),
    Loa.TWO: "E-post och en kod till mobilen, eller lösenord. För personuppgifter.",
    Loa.THREE: "E-legitimation. För känsliga uppgifter och sekretess.",
}
"""The default text of each level."""
LONGEST_OPEN_TEXT = 1000
LANGUAGES = ("sv", "en")


class _Queries(QueryFile):
    list_earlier_terms: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Level:
    """A level in an organisation's settings."""

    loa: Loa
    on: bool
    text: str


_NOT_OFFERED = "Er organisation använder inte tillitsnivå {loa}. Välj en annan nivå."
_FORWARDED = "Det som vidarebefordras har minst samma tillitsnivå som originalet. Välj nivå {floor}."
_NO_LEVEL = (
    "Originalet har tillitsnivå {loa}, och den följer inte med när det skickas så här. Skriv varför det ändå ska "
    "skickas, eller välj ett säkert meddelande."
)
_NO_WAY = "Ni har inget sätt som når tillitsnivå {loa} för den som saknar konto."
_TELLS_NOBODY = (
    "{label} säger inte vem personen är, och nivå {loa} kräver att personnumret jämförs. Välj ett annat sätt, eller låt"
    " mottagaren välja."
)
_TOO_LOW = (
    "{label} når bara tillitsnivå {max_loa}, och meddelandet kräver nivå {loa}. Välj ett starkare sätt, eller låt"
    " mottagaren välja."
)


def levels(settings: Mapping[str, object]) -> list[Level]:
    """Return the three levels by an organisation's settings: `loa`, `{"1": {"on": bool, "text": str}}`."""
    stored_levels: Any = settings.get("loa")
    chosen = {
        loa: (stored_levels.get(str(int(loa))) or {}) if isinstance(stored_levels, Mapping) else {} for loa in LEVELS
    }
    return [
        Level(loa, bool(choice.get("on", True)), choice.get("text") or TEXTS[loa]) for loa, choice in chosen.items()
    ]


def offered(work: Work) -> list[Level]:
    """Return the levels that an organisation has switched on."""
    return [level for level in levels(organisation(work).settings) if level.on]


def guest_methods(work: Work, loa: Loa, terms: Terms | None = None) -> list[IdentityProvider]:
    """Return the identification methods with which a person without an account may open a message.

    Without `terms`, those that a sender may choose among. With `terms`, those that the reader may use: the chosen one,
    or any that reaches the level and can verify that it is this very person. It does so by the phone number or the
    personnummer that the sender gave, or, at level 1, by the mailbox that the link was sent to. At level 3 it is always
    the personnummer.

    Args:
        work: The unit of work.
        loa: The level that the message requires.
        terms: The sender's terms for this reader; None while the sender still chooses.
    """
    whose = organisation(work)
    fit = [
        provider
        for provider in work.platform.plugins.identity_providers.values()
        if fits(provider, whose, GUEST) and guest_loa(provider).meets(max(loa, Loa.ONE))
    ]
    return [provider for provider in fit if terms is None or _tells(provider, loa, terms)]


def _tells(provider: IdentityProvider, loa: Loa, terms: Terms) -> bool:
    if terms.method and provider.name != terms.method:
        return False
    if provider.traits.asserts_personnummer:
        return bool(terms.personnummer)
    if provider.traits.asserts_phone:
        return bool(terms.phone)
    return bool(terms.method) or loa <= Loa.ONE >= provider.traits.max_loa


def check(work: Work, draft: Draft, to: Sequence[tuple[Address, Transport]]) -> Draft:
    """Check the level and the terms of each reader; return the draft with its terms normalised.

    Only transports of a family have levels; a draft that uses only others is returned unchanged. A message that has a
    level is forwarded by such other transports only with a reason.

    Args:
        work: The unit of work.
        draft: The draft.
        to: Each recipient with the transport that reaches it.

    Raises:
        Invalid: With a sentence at each field: `loa`, `open_text`, `level_reason`, and `terms.VALUE.phone`,
            `.personnummer`, `.method`, where VALUE is that of the recipient's address.
    """
    faults = _forward_faults(work, draft, [transport for _, transport in to])
    to = [(address, transport) for address, transport in to if transport.capabilities.family]
    if not to:
        drafts.refuse_faults(faults)
        return draft
    faults += _level_faults(work, draft)
    ways = guest_methods(work, Loa.ONE)
    clean: dict[str, Terms] = {}
    for address, transport in to:
        terms_given = draft.terms.get(address.value, Terms())
        if not transport.capabilities.guests:
            clean[address.value] = Terms(language=terms_given.language)
            continue
        terms, term_faults = _cleaned(terms_given)
        term_faults += [] if term_faults else _missing(draft.loa, terms, ways)
        clean[address.value] = terms
        faults += [Fault(f"terms.{address.value}.{fault.field}", fault.sentence) for fault in term_faults]
    drafts.refuse_faults(faults)
    return replace(draft, terms=clean)


def least(work: Work, forwards: UUID | None) -> Loa:
    """Return the lowest level for a forwarded message: the original's; NONE if nothing is forwarded."""
    return Loa.NONE if forwards is None else levels_of(work, [forwards]).get(forwards, Loa.NONE)


def levels_of(work: Work, message_ids: Collection[UUID]) -> dict[UUID, Loa]:
    """Return the levels of those messages that exist in the organisation, by id."""
    if not message_ids:
        return {}
    query = select(messages.c.id, messages.c.loa).where(
        messages.c.organisation_id == work.organisation_id, messages.c.id.in_(message_ids)
    )
    return {row.id: Loa(row.loa) for row in work.connection.execute(query)}


def earlier_terms(work: Work, message_id: UUID) -> dict[str, Terms]:
    """Return the latest terms of earlier readers in a message's case, by address; used for answers."""
    parameters = {"organisation": work.organisation_id, "message": message_id}
    rows = QUERIES.list_earlier_terms.all(work.connection, parameters)
    return {
        message_store.open_address(work, row.id, row.recipient).value: message_store.open_terms(work, row.id, row.terms)
        for row in rows
    }


def with_earlier(draft: Draft, earlier: Mapping[str, Terms]) -> Draft:
    """Return an answer's draft, with missing terms filled in from its readers' earlier ones."""
    terms = dict(draft.terms)
    for value, old in earlier.items():
        new_terms = terms.get(value, Terms(old.method, language=old.language))
        phone, number = new_terms.phone or old.phone, new_terms.personnummer or old.personnummer
        terms[value] = replace(new_terms, phone=phone, personnummer=number)
    return replace(draft, terms=terms)


def _forward_faults(work: Work, draft: Draft, transports: Sequence[Transport]) -> list[Fault]:
    """Require a reason if a message with a level is forwarded by a transport without levels, such as SDK or fax."""
    without = next((transport for transport in transports if not transport.capabilities.family), None)
    if without is None or not (floor := least(work, draft.forwards)):
        return []
    if len(draft.level_reason) > LONGEST_REASON:
        return [Fault("level_reason", Sentence("Korta till högst {longest} tecken.", longest=LONGEST_REASON))]
    if draft.level_reason.strip():
        return []
    return [Fault("level_reason", Sentence(_NO_LEVEL, loa=int(floor)))]


def _level_faults(work: Work, draft: Draft) -> list[Fault]:
    faults = []
    if draft.loa == Loa.NONE:
        faults.append(Fault("loa", "Välj hur säkert mottagaren ska legitimera sig."))
    elif draft.loa not in {level.loa for level in offered(work)}:
        faults.append(Fault("loa", Sentence(_NOT_OFFERED, loa=int(draft.loa))))
    elif draft.loa < (floor := least(work, draft.forwards)):
        sentence = Sentence(_FORWARDED, floor=int(floor))
        faults.append(Fault("loa", sentence))
    if len(draft.open_text) > LONGEST_OPEN_TEXT:
        sentence = Sentence(
            "Den öppna texten är för lång. Korta den till högst {longest_open_text} tecken.",
            longest_open_text=LONGEST_OPEN_TEXT,
        )
        faults.append(Fault("open_text", sentence))
    return faults


def _cleaned(terms_given: Terms) -> tuple[Terms, list[Fault]]:
    """Normalise a phone number to E.164 and a personnummer to twelve digits."""
    phone, number = phone_number(terms_given.phone), personal_number(terms_given.personnummer)
    faults = []
    if terms_given.phone.strip() and not phone:
        faults.append(Fault("phone", "Skriv mobilnumret med siffror, till exempel 070-123 45 67 eller +47 912 34 567."))
    if terms_given.personnummer.strip() and not number:
        sentence = "Personnumret stämmer inte. Kontrollera det och skriv tolv siffror, som ÅÅÅÅMMDD-NNNN."
        faults.append(Fault("personnummer", sentence))
    language = terms_given.language if terms_given.language in LANGUAGES else "sv"
    return Terms(terms_given.method, phone, number, language), faults


def needs(loa: Loa, way: IdentityProvider | None) -> tuple[bool, bool]:
    """Tell whether a reader's phone number and personnummer are needed: by the chosen method, or else by the level."""
    if way is None:
        return loa == Loa.TWO, loa == Loa.THREE
    return way.traits.asserts_phone, way.traits.asserts_personnummer


def _missing(loa: Loa, terms: Terms, ways: Sequence[IdentityProvider]) -> list[Fault]:
    """Return what the level or the chosen method requires to know about a person without an account."""
    way = next((provider for provider in ways if provider.name == terms.method), None)
    if terms.method and (way is None or not guest_loa(way).meets(loa)):
        return [Fault("method", _unfit(loa, way))]
    phone, number = needs(loa, way)
    if phone and not terms.phone:
        return [Fault("phone", "Skriv mottagarens mobilnummer. Dit skickas koden som behövs för att läsa.")]
    if number and not terms.personnummer:
        sentence = "Skriv mottagarens personnummer, så att bara den personen kan legitimera sig och läsa."
        return [Fault("personnummer", sentence)]
    if loa > Loa.ONE and not any(guest_loa(provider).meets(loa) and _tells(provider, loa, terms) for provider in ways):
        return [Fault("method", Sentence(_NO_WAY, loa=int(loa)))]
    return []


def _unfit(loa: Loa, way: IdentityProvider | None) -> str:
    """Tell why the chosen method does not suffice."""
    if way is None:
        return "Sättet att legitimera sig finns inte längre. Välj ett annat."
    if way.traits.max_loa.meets(loa):
        return Sentence(_TELLS_NOBODY, label=Sentence(way.label), loa=int(loa))
    return Sentence(_TOO_LOW, label=Sentence(way.label), max_loa=int(way.traits.max_loa), loa=int(loa))
