"""What a draft must be before it is stored: recipients that are known, a transport for each, and no fault.

Also what stands in it before anybody has written: who may be chosen, and what an answer begins with.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

import structlog

from budkavle.logs import describe
from budkavle.messaging import directories
from budkavle.model.errors import BudkavleError, Invalid, Unresponsive
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.messages import (
    Address,
    Attachment,
    Direction,
    Draft,
    Fault,
    Message,
    Person,
    Reference,
    SenderCheck,
)
from budkavle.model.people import Actor
from budkavle.plugins.calls import call, call_within
from budkavle.plugins.protocols import Advice, Adviser, Capabilities, Entry, Transport
from budkavle.storage.platform import Platform, Work

PATIENCE = 10.0
"""Seconds that a transport or an adviser may take over a draft."""
LONGEST_SUBJECT = 256
LONGEST_BODY = 2_000_000
ANSWERS = re.compile(r"\s*(?:(?:sv|svar|re|vs|aw)\s*:\s*)*", re.IGNORECASE)
"""What earlier answers have put before a subject, in the languages around us."""
log = structlog.get_logger("budkavle.messaging.drafts")
NO_ANSWERS = "Avsändaren tar inte emot svar på det här meddelandet. Skriv ett nytt meddelande i stället."
RECTIFY = "Meddelandet kan inte skickas än. Se vid fälten vad som behöver rättas."


@dataclass(frozen=True, slots=True)
class Addressed:
    """A recipient and the transport that takes the message there."""

    recipient: Address
    transport: Transport


def check_words(draft: Draft) -> None:
    """Look at what needs nobody else: subject, text and that there is a recipient.

    Raises:
        Invalid: With a sentence at each field.
    """
    faults = []
    if not draft.recipients:
        faults.append(Fault("recipients", "Välj minst en mottagare."))
    if not draft.subject.strip():
        faults.append(Fault("subject", "Skriv ett ämne."))
    if len(draft.subject) > LONGEST_SUBJECT:
        faults.append(Fault("subject", f"Ämnet är för långt. Korta det till högst {LONGEST_SUBJECT} tecken."))
    if any(ord(letter) < 32 for letter in draft.subject):
        faults.append(Fault("subject", "Ämnet får bara ha en rad."))
    if not draft.body.strip() and not draft.attachments:
        faults.append(Fault("body", "Skriv ett meddelande eller bifoga en fil."))
    if len(draft.body) > LONGEST_BODY:
        faults.append(Fault("body", "Texten är för lång. Bifoga den som en fil i stället."))
    refuse_faults(faults)


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Raise Invalid where there are faults; the first sentence of each field is kept."""
    if faults:
        fields: dict[str, str] = {}
        for fault in faults:
            fields.setdefault(fault.field, fault.sentence)
        raise Invalid(RECTIFY, fields=fields)


def address(work: Work, mailbox: FunctionMailbox, draft: Draft) -> list[Addressed]:
    """Fill in the recipients from the directories and choose a transport for each.

    Raises:
        Invalid: A recipient has no transport here, or one that this mailbox may not use.
        Unresponsive: An address book that might know a recipient does not answer.
    """
    addressed, faults = [], []
    recipients = list(dict.fromkeys(draft.recipients))
    with directories.noting() as missing:
        ways = routes(work, mailbox.id, recipients)
    for recipient, route in zip(recipients, ways, strict=True):
        if route is None or (route.recipient == recipient and not route.transport.capabilities.guests):
            directories.refuse_missing(missing)  # who it is, and by what name, is theirs to say
        if route is None:
            sentence = f"Det finns inget sätt att skicka till {recipient}. Välj en annan mottagare."
            faults.append(Fault("recipients", sentence))
        elif not _may_use(mailbox, route.transport):
            label = route.transport.label
            faults.append(Fault("recipients", f"Från den här brevlådan går det inte att skicka {label}."))
        else:
            addressed.append(route)
    refuse_faults(faults)
    return list({(route.recipient.transport, route.recipient.value): route for route in addressed}.values())


def routes(work: Work, mailbox_id: UUID, recipients: Sequence[Address]) -> list[Addressed | None]:
    """Return each recipient as the address books and its transport write it; None where no transport goes there."""
    listed = directories.find(work, mailbox_id, recipients)
    ways = [(address, work.platform.plugins.choose_transport(address)) for address in listed]
    return [Addressed(_written(address, way), way) if way else None for address, way in ways]


def _may_use(mailbox: FunctionMailbox, transport: Transport) -> bool:
    names = {transport.name, transport.capabilities.family}
    return not mailbox.transports or not names.isdisjoint(mailbox.transports)


def _written(address: Address, transport: Transport) -> Address:
    """Return an address as its transport has it; one that anybody may type is an e-mail address, in lower case."""
    value = address.value.strip().lower() if transport.capabilities.guests else address.value
    return replace(address, transport=transport.name, value=value)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message as people choose it: a transport, or those of a family together."""

    name: str
    label: str
    icon: str
    capabilities: Capabilities
    transports: tuple[str, ...]


def kinds(platform: Platform, mailbox: FunctionMailbox) -> list[Kind]:
    """Return what the mailbox may send; a person's own begins with messages to people, a function's ends with them."""
    kinds_offered = group(offers(platform, mailbox))
    function = mailbox.kind is MailboxKind.FUNCTION
    return sorted(kinds_offered, key=lambda kind: bool(kind.capabilities.family) is function)


def group(transports: Iterable[Transport]) -> list[Kind]:
    """Return the kinds that transports make: each one by itself, and those of a family together."""
    families: dict[str, list[Transport]] = {}
    for transport in transports:
        families.setdefault(transport.capabilities.family or transport.name, []).append(transport)
    return [_kind(name, members) for name, members in families.items()]


def _kind(name: str, members: Sequence[Transport]) -> Kind:
    can = [transport.capabilities for transport in members]
    shared = replace(
        can[0],
        guests=any(capability.guests for capability in can),
        attachments=all(capability.attachments for capability in can),
        max_bytes=min(capability.max_bytes for capability in can),
    )
    return Kind(name, members[0].label, members[0].icon, shared, tuple(transport.name for transport in members))


def offers(platform: Platform, mailbox: FunctionMailbox) -> list[Transport]:
    """Return the kinds of message that the mailbox may send."""
    every = platform.plugins.transports.values()
    return [transport for transport in every if _may_use(mailbox, transport)]


def search(work: Work, mailbox_id: UUID, transport: str, words: str, limit: int = 20) -> list[Entry]:
    """Return what the address books know for one kind of message, favourites first; no words give the favourites.

    Args:
        work: The unit of work; its actor is who writes.
        mailbox_id: Where it is sent from.
        transport: The kind of message: a transport's name, or a family's.
        words: Parts of the name, the organisation or a keyword.
        limit: How many at most.
    """
    every = work.platform.plugins.transports.values()
    names = {transport, *(candidate.name for candidate in every if candidate.capabilities.family == transport)}
    entries: dict[tuple[str, str], Entry] = {}
    for entry in directories.search(work, mailbox_id, words, limit):
        if entry.address.transport in names:
            entries.setdefault((entry.address.transport, entry.address.value), entry)
    return sorted(entries.values(), key=lambda entry: not entry.favourite)[:limit]


def exact(work: Work, mailbox_id: UUID, transport: str, words: str) -> list[Address]:
    """Return the recipients whose addresses were typed in full, apart by commas or lines; none where one is no such."""
    pieces = [piece.strip() for piece in re.split(r"[,;\n]", words) if piece.strip()]
    typed = [Address(transport, piece) for piece in pieces]
    resolved = directories.find(work, mailbox_id, typed)
    return (
        resolved
        if all(resolved_address is not bare for resolved_address, bare in zip(resolved, typed, strict=True))
        else []
    )


def check_transports(
    actor: Actor,
    mailbox_id: UUID,
    draft: Draft,
    addressed: Sequence[Addressed],
    senders: Mapping[str, Address],
    files: Sequence[Attachment],
) -> None:
    """Let each transport look at its part of the draft, before anything is stored.

    Raises:
        Invalid: With the transports' sentences at their fields.
        Unresponsive: A transport does not answer, or not as it should.
    """
    parts: defaultdict[str, list[Addressed]] = defaultdict(list)
    for route in addressed:
        parts[route.transport.name].append(route)
    faults: list[Fault] = []
    extra = {name: value for name, value in draft.extra.items() if name != "seen"}
    for name, part in parts.items():
        recipients = tuple(route.recipient for route in part)
        part_draft = replace(draft, recipients=recipients, sender=senders.get(name), extra=extra)
        faults += _checked(part[0].transport, actor, mailbox_id, part_draft, files)
    refuse_faults(faults)


def _checked(
    transport: Transport, actor: Actor, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]
) -> list[Fault]:
    """Return what a transport says of its part; where it does not say it rightly nothing may go."""
    try:
        answer: list[object] = call_within(
            PATIENCE, transport.name, _listed, transport.check, actor, mailbox_id, draft, files
        )
        faults = [fault for fault in answer if isinstance(fault, Fault)]
        if len(faults) == len(answer):
            return faults
        error: Exception = TypeError("check gives a list of Fault")
    except Unresponsive as caught:
        error = caught
    except BudkavleError:
        raise
    except Exception as caught:  # noqa: BLE001 - a plugin may raise anything, and fails alone
        error = caught
    log.error("transport.not_checked", transport=transport.name, **describe(error))
    raise Unresponsive(
        "Tillägget för {transport} kunde inte kontrollera meddelandet. Försök igen om en stund.",
        transport=transport.label,
    ) from error


def _listed(method: Callable[..., Any], *values: Any) -> list[object]:
    return list(call(method, *values))


def advise(work: Work, draft: Draft) -> list[Advice]:
    """Return what the advisers say of a draft that may be half written; one that fails is passed over."""
    advice: list[Advice] = []
    for name, adviser in work.platform.plugins.advisers.items():
        try:
            advice += call_within(PATIENCE, name, _advice, adviser, work.actor, draft)
        except Exception as error:  # noqa: BLE001 - a plugin fails alone
            log.error("adviser.failed", adviser=name, **describe(error))  # noqa: TRY400 - the error may hold content
    return advice


def _advice(adviser: Adviser, actor: Actor, draft: Draft) -> list[Advice]:
    """Return what an adviser says; what is no advice is its fault, and could not be shown."""
    answer: list[object] = list(adviser.advise(actor, draft))
    advice = [item for item in answer if isinstance(item, Advice) and str(item)]
    if len(advice) < len(answer):
        raise TypeError("advise gives a list of Advice")
    return advice


def senders(work: Work, mailbox: FunctionMailbox, addressed: Sequence[Addressed]) -> dict[str, Address]:
    """Return the address that the mailbox has, for each transport that is used and where it has one.

    Raises:
        Unresponsive: An address book that might have it does not answer.
    """
    names = dict.fromkeys(route.transport.name for route in addressed)
    with directories.noting() as missing:
        addresses = {name: directories.own_address(work, mailbox.id, name) for name in names}
    if None in addresses.values():
        directories.refuse_missing(missing)
    return {name: address for name, address in addresses.items() if address is not None}


def reply(message: Message, own_address: Address | None = None, thread: Iterable[Message] = ()) -> Draft:
    """Return what an answer begins with: to whom, about what, and whose references.

    The sender's references come back as the recipient's, as the SDK content specification asks (B1.3.3, section
    4.3.2.3), and confidentiality is inherited. An answer to a message of one's own goes on to its recipients. One to
    somebody who stated another organisation's address has no recipient: it would go to that other organisation.

    Args:
        message: What is answered.
        own_address: The mailbox's own address, which never gets the answer.
        thread: The messages whose senders and recipients get it too; none where only the sender is answered.
    """
    incoming = message.direction is Direction.IN
    to = [] if message.sender_check is SenderCheck.OTHERS_FUNCTION else [message.sender]
    to = to if incoming else list(message.recipients)
    to += [address for other_message in thread for address in _others(other_message, own_address)]
    first: dict[tuple[str, str], Address] = {}
    for address in to:
        first.setdefault((address.transport, address.value), address)
    return Draft(
        recipients=tuple(first.values()),
        subject=_prefixed("Sv: ", message.subject),
        body="",
        confidential=message.confidential,
        references=_turned(message.references) if incoming else message.references,
        persons=_turned(message.persons) if incoming else message.persons,
        reply_to=message.id,
        loa=message.loa,
    )


def _others(message: Message, own_address: Address | None) -> list[Address]:
    """Return who a message came from and went to, beside ourselves."""
    if message.direction is Direction.OUT:
        return list(message.recipients)
    others = [
        address for address in message.recipients if own_address is not None and address.value != own_address.value
    ]
    return others if message.sender_check is SenderCheck.OTHERS_FUNCTION else [message.sender, *others]


def forward(message: Message, heading: str) -> Draft:
    """Return what a forwarded message begins with: its text below a heading, at the level of the original.

    Its files are copied by `uploads.copy`.
    """
    return Draft(
        recipients=(),
        subject=_prefixed("Vb: ", message.subject),
        body=f"\n\n{heading}\n\n{message.body}",
        confidential=message.confidential,
        references=message.references,
        persons=message.persons,
        loa=message.loa,
        forwards=message.id,
    )


def _prefixed(prefix: str, subject: str) -> str:
    return (prefix + ANSWERS.sub("", subject, count=1))[:LONGEST_SUBJECT]


_Sided = TypeVar("_Sided", Reference, Person)


def _turned(items: Iterable[_Sided]) -> tuple[_Sided, ...]:
    return tuple(replace(item, party="recipient" if item.party == "sender" else "sender") for item in items)
