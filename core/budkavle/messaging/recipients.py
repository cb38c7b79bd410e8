"""Recipients: which may be chosen, which transport reaches each, and the transports' faults with a draft to them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog

from budkavle.accounts.message_settings import CHANNEL_FILES, allowed_in_channel
from budkavle.accounts.organisations import CHANNELS
from budkavle.accounts.permissions import Standing, require_writer
from budkavle.accounts.stored_settings import section_values
from budkavle.deliveries.frequent import frequent_recipients
from budkavle.logs import describe
from budkavle.messaging import directories, drafts
from budkavle.model.errors import BudkavleError, Unresponsive
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.messages import Address, Attachment, Draft, Fault
from budkavle.model.people import Organisation
from budkavle.model.sentences import Sentence
from budkavle.plugins.calls import call
from budkavle.plugins.loader import GROUP
from budkavle.plugins.protocols.directory import Entry
from budkavle.plugins.protocols.transport import Capabilities, Transport
from budkavle.plugins.transport_calls import transport_call
from budkavle.storage.platform import Platform, Work

log = structlog.get_logger("budkavle.messaging.recipients")
WRONG_TYPE = "{name} är av en filtyp som er organisation inte skickar med {kind}. Gör om filen eller ta bort den."


@dataclass(frozen=True, slots=True)
class Route:
    """A recipient and the transport that takes the message to it."""

    recipient: Address
    transport: Transport


@dataclass(frozen=True, slots=True)
class Routes:
    """The address books' answers about some recipients, so that one request queries them once.

    Attributes:
        by_address: The route of each recipient; None if no transport reaches it.
        missing: The address books that did not answer: their labels, by name.
    """

    by_address: Mapping[Address, Route | None]
    missing: Mapping[str, str]


def ask_routes(work: Work, mailbox_id: UUID, recipients: Iterable[Address]) -> Routes:
    """Query the address books and the transports about recipients, each once.

    Args:
        work: The unit of work; its actor is the author.
        mailbox_id: The mailbox to send from.
        recipients: The addresses as chosen.
    """
    addresses = list(dict.fromkeys(recipients))
    with directories.collect_missing() as missing:
        found_routes = find_routes(work, mailbox_id, addresses)
    return Routes(dict(zip(addresses, found_routes, strict=True)), missing)


def resolve(work: Work, standing: Standing, draft: Draft, routes: Routes | None = None) -> list[Route]:
    """Fill in the recipients from the directories and choose a transport for each.

    Before address books are queried, the work is committed: a query may take seconds, and an open transaction would
    hold its locks and its connection meanwhile.

    Args:
        work: The unit of work; its actor is the author.
        standing: The actor's role in the mailbox to send from.
        draft: The draft with its recipients as chosen.
        routes: The address books' answers so far; the books are queried if a recipient is missing in it.

    Raises:
        Invalid: No transport reaches a recipient, or only one that this mailbox may not use.
        Unresponsive: An address book that might know a recipient does not answer.
    """
    addressed, faults = [], []
    recipients = list(dict.fromkeys(draft.recipients))
    mailbox = standing.mailbox
    if routes is None or not routes.by_address.keys() >= set(recipients):
        work.commit()
        routes = ask_routes(work, mailbox.id, recipients)
    for recipient in recipients:
        route = routes.by_address[recipient]
        if route is None or (route.recipient == recipient and not route.transport.capabilities.guests):
            directories.refuse_missing(routes.missing)  # one of those might know the recipient, and another transport
        if route is None:
            sentence = Sentence(
                "Det finns inget sätt att skicka till {recipient}. Välj en annan mottagare.", recipient=recipient
            )
            faults.append(Fault("recipients", sentence))
        elif not _is_among(standing.channels, route.transport):
            label = Sentence(route.transport.label)
            faults.append(Fault("recipients", Sentence("Er organisation får inte skicka {label}.", label=label)))
        elif not _may_use(mailbox, route.transport):
            label = Sentence(route.transport.label)
            faults.append(
                Fault("recipients", Sentence("Från den här brevlådan går det inte att skicka {label}.", label=label))
            )
        else:
            addressed.append(route)
    drafts.refuse_faults(faults)
    return list({(route.recipient.transport, route.recipient.value): route for route in addressed}.values())


def find_routes(work: Work, mailbox_id: UUID, recipients: Sequence[Address]) -> list[Route | None]:
    """Return each recipient as its address book and transport write it; None if no transport reaches it."""
    listed = directories.find(work, mailbox_id, recipients)
    routes = [(address, work.platform.plugins.choose_transport(address)) for address in listed]
    return [
        Route(_as_transport_writes(address, transport), transport) if transport else None
        for address, transport in routes
    ]


def channels_of(whose: Organisation) -> tuple[str, ...]:
    """Return the transports and families that the installation lets an organisation use; empty means all."""
    chosen = whose.settings.get(CHANNELS)
    return tuple(map(str, chosen)) if isinstance(chosen, list) else ()


def _may_use(mailbox: FunctionMailbox, transport: Transport) -> bool:
    return _is_among(mailbox.transports, transport)


def _is_among(names: Sequence[str], transport: Transport) -> bool:
    return not names or not {transport.name, transport.capabilities.family}.isdisjoint(names)


def _as_transport_writes(address: Address, transport: Transport) -> Address:
    """Return an address in its transport's form; a guest's address is an e-mail address, in lower case."""
    value = address.value.strip().lower() if transport.capabilities.guests else address.value
    return replace(address, transport=transport.name, value=value)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message as people choose it: a transport, or a family of transports."""

    name: str
    label: str
    icon: str
    capabilities: Capabilities
    transports: tuple[str, ...]


def kinds(platform: Platform, mailbox: FunctionMailbox, channels: Sequence[str] = ()) -> list[Kind]:
    """Return the kinds that the mailbox may send: messages to people first for a person's own, last for a function's.

    Args:
        platform: The installation.
        mailbox: The mailbox.
        channels: The channels that its organisation may use, see `channels_of`; empty means all.
    """
    transports = [transport for transport in transports_of(platform, mailbox) if _is_among(channels, transport)]
    kinds_offered = group_by_family(transports)
    function = mailbox.kind is MailboxKind.FUNCTION
    return sorted(kinds_offered, key=lambda kind: bool(kind.capabilities.family) is function)


def message_kinds(work: Work, mailbox_id: UUID) -> list[Kind]:
    """Return the kinds of message that can be started in a mailbox, for a page where a user chooses before writing.

    A kind that needs an address for answers is left out for a personal inbox without one. A function mailbox without an
    address is still offered it, since an administrator can add one.

    Args:
        work: The unit of work; its actor is the author.
        mailbox_id: The mailbox to send from.

    Raises:
        NotFound: The mailbox is unknown here, or the user is not a member.
        Forbidden: The actor is a delegate who may only read.

    Example:
        with visitor.work() as work:
            names = [kind.name for kind in message_kinds(work, mailbox_id)]
    """
    standing = require_writer(work, mailbox_id)
    return sendable_kinds(work, standing.mailbox, standing.channels)


def sendable_kinds(work: Work, mailbox: FunctionMailbox, channels: Sequence[str]) -> list[Kind]:
    """Do as `message_kinds`, for a mailbox that the author is known to be allowed to write from.

    Args:
        work: The unit of work; its actor is the author. It is not used for a function mailbox.
        mailbox: The mailbox.
        channels: The channels that its organisation may use, see `channels_of`.
    """
    return [kind for kind in kinds(work.platform, mailbox, channels) if _can_send(work, mailbox, kind)]


def _can_send(work: Work, mailbox: FunctionMailbox, kind: Kind) -> bool:
    can = kind.capabilities
    if mailbox.kind is MailboxKind.FUNCTION or can.family or not can.inbound:
        return True
    return any(directories.own_address(work, mailbox.id, transport) for transport in kind.transports)


def load_channel_types(work: Work, files: Sequence[Attachment]) -> Any:
    """Load the organisation's file types for each kind of message; None if there are no files to check."""
    return section_values(work, f"{GROUP}.{CHANNEL_FILES}").value if files else None


def type_faults(channel_types: Any, transports: Iterable[Transport], files: Sequence[Attachment]) -> list[Fault]:
    """Return the files that the organisation does not send with one of these kinds of message, by their name endings.

    Args:
        channel_types: The result of `load_channel_types`.
        transports: The transports of the message.
        files: Its attachments.
    """
    channels = {transport.capabilities.family or transport.name: transport for transport in transports}
    return [
        Fault("attachments", Sentence(WRONG_TYPE, name=file.file_name, kind=Sentence(transport.label)))
        for channel, transport in channels.items()
        for file in files
        if not allowed_in_channel(channel_types, channel, file.file_name)
    ]


def group_by_family(transports: Iterable[Transport]) -> list[Kind]:
    """Return the kinds of the transports: one for each transport or family of transports."""
    families: dict[str, list[Transport]] = {}
    for transport in transports:
        families.setdefault(transport.capabilities.family or transport.name, []).append(transport)
    return [_kind(name, members) for name, members in families.items()]


def _kind(name: str, members: Sequence[Transport]) -> Kind:
    capabilities = [transport.capabilities for transport in members]
    shared = replace(
        capabilities[0],
        guests=any(capability.guests for capability in capabilities),
        attachments=all(capability.attachments for capability in capabilities),
        max_bytes=min(capability.max_bytes for capability in capabilities),
    )
    return Kind(name, members[0].label, members[0].icon, shared, tuple(transport.name for transport in members))


def transports_of(platform: Platform, mailbox: FunctionMailbox) -> list[Transport]:
    """Return the kinds of message that the mailbox may send."""
    transports = platform.plugins.transports.values()
    return [transport for transport in transports if _may_use(mailbox, transport)]


def search(work: Work, mailbox_id: UUID, transport: str, words: str, limit: int = 20) -> list[Entry]:
    """Return the address books' entries for one kind of message, favourites first, then those used most.

    Without words, it returns the favourites.

    Args:
        work: The unit of work; its actor is the author.
        mailbox_id: The mailbox to send from.
        transport: The kind of message: a transport's name, or a family's.
        words: Parts of the name, the organisation or a keyword.
        limit: The most entries.
    """
    transports = work.platform.plugins.transports.values()
    names = {transport, *(candidate.name for candidate in transports if candidate.capabilities.family == transport)}
    entries: dict[tuple[str, str], Entry] = {}
    for entry in directories.search(work, mailbox_id, words, limit):
        if entry.address.transport in names:
            entries.setdefault((entry.address.transport, entry.address.value), entry)
    uses = {address.value: place for place, address in enumerate(frequent_recipients(work, mailbox_id))}
    order = sorted(entries.values(), key=lambda entry: (not entry.favourite, uses.get(entry.address.value, len(uses))))
    return order[:limit]


def find_typed(work: Work, mailbox_id: UUID, transport: str, text: str) -> list[Address]:
    """Return the recipients whose addresses were typed in full, separated by commas, semicolons or line breaks.

    One address may contain such a character, as a postal address does, so the whole text is looked up first.

    Args:
        work: The unit of work; its actor is the author.
        mailbox_id: The mailbox to send from.
        transport: The transport's name.
        text: What was typed.

    Returns:
        The recipients as in the address books; nothing if one of the pieces is not a known address.
    """
    whole, pieces = text.strip(), [piece.strip() for piece in re.split(r"[,;\n]", text) if piece.strip()]
    for values in (pieces,) if pieces == [whole] else ([whole], pieces):
        typed = [Address(transport, value) for value in values if value]
        resolved = directories.find(work, mailbox_id, typed)
        # A directory returns a new object for an address that it knows; an unknown one is returned unchanged.
        if typed and all(address is not bare for address, bare in zip(resolved, typed, strict=True)):
            return resolved
    return []


def check_transports(
    work: Work,
    mailbox_id: UUID,
    draft: Draft,
    addressed: Sequence[Route],
    senders: Mapping[str, Address],
    files: Sequence[Attachment],
) -> None:
    """Let each transport check its part of the draft, before anything is stored.

    Args:
        work: The unit of work; its actor is the sender.
        mailbox_id: The mailbox to send from.
        draft: The draft.
        addressed: Its recipients with their transports.
        senders: The mailbox's address by transport, if it has one.
        files: The draft's files.

    Raises:
        Invalid: With the transports' sentences at their fields.
        Unresponsive: A transport does not answer, or its answer breaks the protocol.
    """
    parts: defaultdict[str, list[Route]] = defaultdict(list)
    for route in addressed:
        parts[route.transport.name].append(route)
    faults: list[Fault] = []
    extra = {name: value for name, value in draft.extra.items() if name != "seen"}
    for name, part in parts.items():
        recipients = tuple(route.recipient for route in part)
        part_draft = replace(draft, recipients=recipients, sender=senders.get(name), extra=extra)
        faults += _check_by(work, part[0].transport, mailbox_id, part_draft, files)
    drafts.refuse_faults(faults)


def _check_by(
    work: Work, transport: Transport, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]
) -> list[Fault]:
    """Return a transport's faults with its part; if its answer breaks the protocol, nothing may be sent."""
    plugins, name = work.platform.plugins, transport.name
    called = transport_call(plugins, name, "check")
    try:
        answer: list[object] = plugins.walls.ask(
            called, drafts.PATIENCE, _listed, transport.check, work.actor, mailbox_id, draft, files
        )
        faults = [fault for fault in answer if isinstance(fault, Fault)]
        if len(faults) == len(answer):
            return faults
        error: Exception = TypeError("check gives a list of Fault")
        plugins.walls.judge(called, error, transport.check)
    except Unresponsive as caught:
        error = caught
    except BudkavleError:
        raise
    except Exception as caught:  # noqa: BLE001 - a plugin may raise anything, and fails alone
        error = caught
    log.error("transport.not_checked", transport=transport.name, **describe(error))
    raise Unresponsive(
        "Tillägget för {transport} kunde inte kontrollera meddelandet. Försök igen om en stund.",
        transport=Sentence(transport.label),
    ) from error


def _listed(method: Callable[..., Any], *values: Any) -> list[object]:
    return list(call(method, *values))


def sender_addresses(work: Work, mailbox: FunctionMailbox, addressed: Sequence[Route]) -> dict[str, Address]:
    """Return the mailbox's address for each used transport, if it has one.

    Args:
        work: The unit of work.
        mailbox: The mailbox to send from.
        addressed: The recipients with their transports.

    Raises:
        Unresponsive: An address book that might have it does not answer.
    """
    names = dict.fromkeys(route.transport.name for route in addressed)
    with directories.collect_missing() as missing:
        addresses = {name: directories.own_address(work, mailbox.id, name) for name in names}
    if None in addresses.values():
        directories.refuse_missing(missing)
    return {name: address for name, address in addresses.items() if address is not None}
