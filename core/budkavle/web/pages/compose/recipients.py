"""The recipients on the compose page: who has an account, how they must identify, and what each will see."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from budkavle.identification.providers import guest_loa
from budkavle.messaging import assurance, directories
from budkavle.messaging.assurance import earlier_terms, guest_methods
from budkavle.messaging.recipients import Route, ask_routes
from budkavle.model.input_rules.email_addresses import is_email
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Terms
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.web.pages.compose.closed_levels import warnings
from budkavle.web.pages.compose.form import address
from budkavle.web.pages.compose.state import ComposePage
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.render import LANGUAGES

_APART = re.compile(r"[\s,;<>]+")
WITHOUT_ACCOUNT = N_("utan konto")
SHOWN = 60
"""How much of half-typed words an error repeats; all of them are in their field."""
NEEDS = {(False, False): "", (True, False): "phone", (False, True): "personnummer"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A chosen recipient: its key in the form, its address, and whether it is a person without an account."""

    word: str
    address: Address
    guest: bool

    @property
    def name(self) -> str:
        """The name to show."""
        return self.address.name or self.address.value


def addresses_in(text: str) -> tuple[list[str], str]:
    """Return the e-mail addresses in typed or pasted text, in lower case, and the rest."""
    words = [word for word in _APART.split(text) if word]
    emails = [word.lower() for word in words if is_email(word)]
    rest = text if not emails else " ".join(word for word in words if not is_email(word) and "@" in word)
    return list(dict.fromkeys(emails)), rest


def chosen(compose_page: ComposePage) -> list[Chosen]:
    """Return the recipients with the addresses of their routes; one without a route stays as it was typed."""
    context = compose_page.context
    addresses = [context.answered_addresses.get(word) or address(word) for word in compose_page.form.recipients]
    routes = compose_page.routes
    if routes is None or not routes.by_address.keys() >= set(addresses):
        with context.visitor.work() as work:
            routes = compose_page.routes = ask_routes(work, context.mailbox.id, addresses)
    by_word = zip(compose_page.form.recipients, addresses, strict=True)
    return [_chosen(word, typed, routes.by_address[typed]) for word, typed in by_word]


def _chosen(word: str, typed: Address, route: Route | None) -> Chosen:
    return Chosen(word, route.recipient if route else typed, bool(route and route.transport.capabilities.guests))


def astray(compose_page: ComposePage) -> dict[str, str]:
    """Return an error if the chosen kind of message does not reach one of the recipients."""
    context = compose_page.context
    kind = context.kind_of(compose_page.form.kind)
    names = {kind.name, *kind.transports} if kind else set()
    others = [word for word in compose_page.form.recipients if word.partition(":")[0] not in names]
    if kind is None or not others:
        return {}
    wrong = [
        recipient
        for recipient in chosen(compose_page)
        if recipient.word in others and recipient.address.transport not in names
    ]
    sentence = "{names} nås inte med ”{kind}”. Ta bort mottagaren, eller välj ett annat slag av meddelande."
    values = {"names": ", ".join(recipient.name for recipient in wrong), "kind": context.visitor.say(kind.label)}
    return {"recipients": context.visitor.say(sentence, **values)} if wrong else {}


def half_typed(compose_page: ComposePage) -> dict[str, str]:
    """Return an error if a recipient was typed but not chosen, since they would not get the message."""
    words = compose_page.form.query.strip()
    sentence = "”{words}” är inte vald som mottagare. Välj en mottagare i listan, eller töm sökfältet."
    shown = words if len(words) <= SHOWN else f"{words[:SHOWN]}…"
    return {"recipients": compose_page.context.visitor.say(sentence, words=shown)} if words else {}


def known_terms(compose_page: ComposePage) -> dict[str, Terms]:
    """Return the terms known earlier in the case for people without an account, for an answer."""
    context = compose_page.context
    if context.answered is None:
        return {}
    with context.visitor.work() as work:
        return earlier_terms(work, context.answered.message.id)


def fill_in(compose_page: ComposePage) -> None:
    """Fill in details from an address book for people without an account who were just chosen (features A3 to A6).

    What the user has filled in or cleared stays as it is, and an answer uses what is known in its case.
    """
    context, form = compose_page.context, compose_page.form
    earlier = known_terms(compose_page)
    new = [
        recipient
        for recipient in chosen(compose_page)
        if recipient.guest and recipient.address.value not in {*form.guests, *earlier}
    ]
    if not new:
        return
    visitor, bare = context.visitor, [address(recipient.word) for recipient in new]
    with visitor.work() as work:
        entries = directories.entries(work, context.mailbox.id, bare)
    form.guests |= {
        recipient.address.value: entry.terms
        for recipient, entry in zip(new, entries, strict=True)
        if entry and entry.terms != Terms()
    }


def terms_of(compose_page: ComposePage, people: list[Chosen]) -> dict[str, Terms]:
    """Return how each guest must identify, without details that the level or the chosen method does not need."""
    entered_terms = compose_page.form.guests
    guests = [person for person in people if person.guest and person.address.value in entered_terms]
    ways = {way.name: way for way in _ways(compose_page)} if guests else {}
    terms = {}
    for person in guests:
        entered = entered_terms[person.address.value]
        phone, number = assurance.needs(Loa(compose_page.form.loa), ways.get(entered.method))
        needed = (entered.phone if phone else "", entered.personnummer if number else "")
        terms[person.address.value] = Terms(entered.method, *needed, entered.language)
    return terms


def safety(compose_page: ComposePage, people: list[Chosen]) -> dict[str, Any]:
    """Return the context for levels, answers and people without an account; None for kinds without levels."""
    context, form, say = compose_page.context, compose_page.form, compose_page.context.visitor.say
    kind = context.kind_of(form.kind)
    if kind is None or not kind.capabilities.family:
        return {"safety": None}
    with context.visitor.work() as work:
        least = context.answered.message.loa if context.answered else assurance.least(work, form.forwards)
        levels = [level for level in assurance.offered(work) if level.loa >= least]
    ways = [
        (way.name, say("{way} (nivå {loa})", way=say(way.label), loa=int(loa)), NEEDS[_needs(way)], int(loa))
        for way in _ways(compose_page)
        for loa in (guest_loa(way),)
    ]
    earlier = known_terms(compose_page) if any(person.guest for person in people) else {}
    return {
        "safety": {
            "levels": [
                (int(level.loa), say("Tillitsnivå {loa}", loa=int(level.loa)), say(level.text)) for level in levels
            ],
            "closed": warnings(context.visitor, context.mailbox, [level.loa for level in levels]),
            "least": int(least),
            "forwards": context.answered is None,
            "ways": ways,
            "languages": list(LANGUAGES.items()),
            "guests": [
                _guest(compose_page, person, earlier.get(person.address.value)) for person in people if person.guest
            ],
        }
    }


def lost_level(compose_page: ComposePage) -> int:
    """Return the level of the forwarded message if the chosen kind of message has no levels, else 0."""
    kind = compose_page.context.kind_of(compose_page.form.kind)
    if compose_page.form.forwards is None or kind is None or kind.capabilities.family:
        return 0
    with compose_page.context.visitor.work() as work:
        return int(assurance.least(work, compose_page.form.forwards))


def _guest(compose_page: ComposePage, person: Chosen, earlier: Terms | None) -> dict[str, Any]:
    value, say = person.address.value, compose_page.context.visitor.say
    fields = {name: f"terms.{value}.{name}" for name in ("phone", "personnummer", "method")}
    return {
        "value": value,
        "name": person.name,
        "terms": compose_page.form.guests.get(value) or Terms(earlier.method if earlier else ""),
        "ids": fields,
        "errors": {name: say(compose_page.errors[key]) for name, key in fields.items() if key in compose_page.errors},
        "phone_hint": _ending(compose_page, earlier.phone if earlier else ""),
        "number_hint": _ending(compose_page, earlier.personnummer if earlier else ""),
    }


def _ending(compose_page: ComposePage, number: str) -> str:
    sentence = "Känt från tidigare i ärendet, slutar på {digits}. Fyll i bara om det har ändrats."
    return compose_page.context.visitor.say(sentence, digits=number[-2:]) if number else ""


def as_seen(compose_page: ComposePage, people: list[Chosen]) -> list[dict[str, Any]]:
    """Return what each recipient will see: the notification, how they identify, and whether they may answer."""
    visitor, form = compose_page.context.visitor, compose_page.form
    loa, terms = Loa(form.loa), terms_of(compose_page, people)
    earlier = known_terms(compose_page)
    views = []
    for person in people:
        mine = terms.get(person.address.value, Terms())
        if old := earlier.get(person.address.value):
            mine = Terms(mine.method or old.method, mine.phone or old.phone, mine.personnummer or old.personnummer)
        with visitor.work() as work:
            ways = guest_methods(work, loa, mine) if person.guest else []
        views.append(
            {
                "name": person.name,
                "organisation": person.address.organisation or visitor.say(WITHOUT_ACCOUNT),
                "guest": person.guest,
                "ways": [visitor.say(way.label) for way in ways],
                "method": mine.method,
                "phone_end": mine.phone.strip()[-2:] if mine.phone else "",
            }
        )
    return views


def _ways(compose_page: ComposePage) -> Sequence[IdentityProvider]:
    if compose_page.ways is None:
        with compose_page.context.visitor.work() as work:
            compose_page.ways = guest_methods(work, Loa.ONE)
    return compose_page.ways


def _needs(way: IdentityProvider) -> tuple[bool, bool]:
    return assurance.needs(Loa.ONE, way)
