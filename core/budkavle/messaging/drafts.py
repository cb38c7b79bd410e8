"""Drafts: what a draft must have before it is sent, and the initial draft of an answer or a forwarded message."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy import and_, select

from budkavle.cases.teamwork.moving import Target, find_target
from budkavle.logs import describe
from budkavle.messaging import directories
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.input_rules.names import is_blank
from budkavle.model.messages import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    Address,
    Direction,
    Draft,
    Fault,
    Message,
    Person,
    Reference,
    SenderCheck,
)
from budkavle.model.people import Actor
from budkavle.model.sentences import Sentence
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.adviser import Advice, Adviser
from budkavle.storage.platform import Work
from budkavle.storage.tables import cases, messages

PATIENCE = 10.0
"""Seconds that a transport or an adviser may spend on a draft."""
ANSWERS = re.compile(r"\s*(?:(?:sv|svar|re|vs|aw)\s*:\s*)*", re.IGNORECASE)
"""Prefixes that earlier answers have put before a subject, in Swedish and neighbouring languages."""
log = structlog.get_logger("budkavle.messaging.drafts")
NO_ANSWERS = "Avsändaren tar inte emot svar på det här meddelandet. Skriv ett nytt meddelande i stället."
RECTIFY = "Meddelandet kan inte skickas än. Se vid fälten vad som behöver rättas."


def check_words(draft: Draft) -> None:
    """Check what needs no plugin: subject, text, and at least one recipient.

    Raises:
        Invalid: With a sentence at each field.
    """
    faults = []
    if not draft.recipients:
        faults.append(Fault("recipients", "Välj minst en mottagare."))
    if is_blank(draft.subject):
        faults.append(Fault("subject", "Skriv ett ämne."))
    if is_blank(draft.body) and not draft.attachments:
        faults.append(Fault("body", "Skriv ett meddelande eller bifoga en fil."))
    refuse_faults([*faults, *too_long(draft)])


def too_long(draft: Draft) -> list[Fault]:
    """Return faults of subject and text that apply to any recipient."""
    faults = []
    if len(draft.subject) > LONGEST_SUBJECT:
        faults.append(
            Fault(
                "subject",
                Sentence(
                    "Ämnet är för långt. Korta det till högst {longest_subject} tecken.",
                    longest_subject=LONGEST_SUBJECT,
                ),
            )
        )
    if any(ord(letter) < 32 for letter in draft.subject):
        faults.append(Fault("subject", "Ämnet får bara ha en rad."))
    if len(draft.body) > LONGEST_BODY:
        faults.append(Fault("body", "Texten är för lång. Bifoga den som en fil i stället."))
    return faults


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Raise Invalid if there are faults; the first sentence of each field is kept."""
    if faults:
        fields: dict[str, str] = {}
        for fault in faults:
            fields.setdefault(fault.field, fault.sentence)
        raise Invalid(RECTIFY, fields=fields)


def advise(work: Work, draft: Draft) -> list[Advice]:
    """Return the advisers' advice on a draft, which may be unfinished; an adviser that fails is skipped."""
    advice: list[Advice] = []
    plugins = work.platform.plugins
    for name, adviser in plugins.advisers.items():
        try:
            called = Called(plugins.owner("advisers", name), "advisers", name)
            advice += plugins.walls.ask(called, PATIENCE, _advice, adviser, work.actor, draft)
        except Exception as error:  # noqa: BLE001 - a plugin fails alone
            log.error("adviser.failed", adviser=name, **describe(error))  # noqa: TRY400 - the error may hold content
    return advice


@dataclass(frozen=True, slots=True)
class NewReaders:
    """The readers of a forwarded message of a restricted case.

    Attributes:
        targets: The function mailboxes that it is sent to, each with its readers.
        unknown: The recipients for which an address book failed to say whether they are functions.
    """

    targets: Sequence[Target] = ()
    unknown: Sequence[Address] = ()


def find_new_readers(work: Work, draft: Draft) -> NewReaders:
    """Return the readers of the function mailboxes to which a draft forwards a message of a restricted case.

    The restriction does not follow the message, so the author is asked first, even if an address book fails.

    Args:
        work: The unit of work; its actor is the author.
        draft: The draft so far.
    """
    if draft.forwards is None or not _is_of_restricted_case(work, draft.forwards):
        return NewReaders()
    targets: dict[UUID, Target] = {}
    unknown: list[Address] = []
    for recipient in draft.recipients:
        try:
            mailbox_id = _function_of(work, recipient)
        except Exception as error:  # noqa: BLE001 - an address book fails alone
            log.warning("book.missing", transport=recipient.transport, **describe(error))
            unknown.append(recipient)
            continue
        if mailbox_id is not None and mailbox_id not in targets:
            with suppress(NotFound):  # not a function mailbox of the organisation
                targets[mailbox_id] = find_target(work, mailbox_id)
    return NewReaders(list(targets.values()), unknown)


def _function_of(work: Work, recipient: Address) -> UUID | None:
    """Return the mailbox of an address: its value if that is an id, or else the one that a directory links to it."""
    own = as_uuid(recipient.value)
    if own is not None:
        return own
    with work.connection.begin_nested():  # if it fails, the draft's own transaction is unaffected
        return directories.linked_mailbox(work, work.organisation_id, recipient)


def _is_of_restricted_case(work: Work, message_id: UUID) -> bool:
    has = and_(cases.c.organisation_id == messages.c.organisation_id, cases.c.id == messages.c.case_id)
    query = select(cases.c.readers.is_not(None)).select_from(messages.join(cases, has))
    query = query.where(messages.c.organisation_id == work.organisation_id, messages.c.id == message_id)
    return bool(work.connection.execute(query).scalar_one_or_none())


def _advice(adviser: Adviser, actor: Actor, draft: Draft) -> list[Advice]:
    """Return an adviser's advice; an answer of another type is the adviser's fault and cannot be shown."""
    answer: list[object] = list(adviser.advise(actor, draft))
    advice = [item for item in answer if isinstance(item, Advice) and str(item)]
    if len(advice) < len(answer):
        raise TypeError("advise gives a list of Advice")
    return advice


def reply(message: Message, own_address: Address | None = None, thread: Iterable[Message] = ()) -> Draft:
    """Return the initial draft of an answer: its recipients, subject and references.

    The sender's references are returned as the recipient's, as the SDK content specification requires (B1.3.3, section
    4.3.2.3), and confidentiality is inherited. An answer to a sent message goes to its recipients. An answer to a
    sender who stated another organisation's address has no recipient: it would be sent to that other organisation.

    Args:
        message: The message to answer.
        own_address: The mailbox's own address, which never gets the answer.
        thread: The messages whose senders and recipients get it too; none to answer only the sender.
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
    """Return a message's sender and recipients, except the mailbox itself."""
    if message.direction is Direction.OUT:
        return list(message.recipients)
    others = [
        address for address in message.recipients if own_address is not None and address.value != own_address.value
    ]
    return others if message.sender_check is SenderCheck.OTHERS_FUNCTION else [message.sender, *others]


def forward(message: Message, heading: str) -> Draft:
    """Return the initial draft of a forwarded message: its text below a heading, at the original's level.

    Its files are copied by `uploads.copy`.

    Args:
        message: The message to forward.
        heading: The line above the text, in the author's language.
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
