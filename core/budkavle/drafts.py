"""What a draft must be before it is stored: recipients that are known, a transport for each, and no fault."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from budkavle.calling import call
from budkavle.contracts import Transport
from budkavle.errors import Invalid
from budkavle.mailboxes import FunctionMailbox
from budkavle.messages import Address, Attachment, Draft, Fault
from budkavle.people import Actor
from budkavle.platform import Platform

LONGEST_SUBJECT = 255
LONGEST_BODY = 2_000_000
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


def address(platform: Platform, actor: Actor, mailbox: FunctionMailbox, draft: Draft) -> list[Addressed]:
    """Fill in the recipients from the directories and choose a transport for each.

    Raises:
        Invalid: A recipient has no transport here, or one that this mailbox may not use.
    """
    addressed, faults = [], []
    for recipient in dict.fromkeys(draft.recipients):
        known = find(platform, actor, recipient)
        transport = platform.plugins.choose_transport(known)
        if transport is None:
            faults.append(
                Fault("recipients", f"Det finns inget sätt att skicka till {known}. Välj en annan mottagare.")
            )
        elif mailbox.transports and transport.name not in mailbox.transports:
            faults.append(Fault("recipients", f"Från den här brevlådan går det inte att skicka {transport.label}."))
        else:
            addressed.append(Addressed(replace(known, transport=transport.name), transport))
    refuse_faults(faults)
    return addressed


def find(platform: Platform, actor: Actor, recipient: Address) -> Address:
    """Return the recipient as the first directory that knows it writes it, else as it was given."""
    for directory in platform.plugins.directories.values():
        entry = call(directory.find, actor, recipient.transport, recipient.value)
        if entry is not None:
            return entry.address
    return recipient


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
    """
    parts: defaultdict[str, list[Addressed]] = defaultdict(list)
    for one in addressed:
        parts[one.transport.name].append(one)
    faults: list[Fault] = []
    extra = {name: value for name, value in draft.extra.items() if name != "seen"}
    for name, part in parts.items():
        recipients = tuple(one.recipient for one in part)
        own = replace(draft, recipients=recipients, sender=senders.get(name), extra=extra)
        faults += call(part[0].transport.check, actor, mailbox_id, own, files)
    refuse_faults(faults)


def senders(
    platform: Platform, actor: Actor, mailbox: FunctionMailbox, addressed: Sequence[Addressed]
) -> dict[str, Address]:
    """Return the address that the mailbox has, for each transport that is used and where it has one."""
    names = dict.fromkeys(one.transport.name for one in addressed)
    found = {name: _sender(platform, actor, mailbox, name) for name in names}
    return {name: address for name, address in found.items() if address is not None}


def _sender(platform: Platform, actor: Actor, mailbox: FunctionMailbox, transport: str) -> Address | None:
    for directory in platform.plugins.directories.values():
        own = call(directory.address, actor, mailbox.id, transport)
        if own is not None:
            return own
    return None
