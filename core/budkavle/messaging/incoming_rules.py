"""The rules for an incoming message before any of it is stored. Faults are reported to its plugin, by field."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from budkavle.model.errors import Invalid
from budkavle.model.messages import LONGEST_SUBJECT, Address, Incoming
from budkavle.model.sentences import Sentence

LONGEST_ID = 1_000
"""The most characters of a peer's identifier; the database's index accepts little more."""
REFUSED = "Det inkommande meddelandet kan inte lagras. Tillägget som lämnar det behöver rätta {faults}"


def check(incoming: Incoming) -> None:
    """Check what needs no database.

    Raises:
        Invalid: With a sentence at each invalid field; nothing is stored.
    """
    faults = {**_types(incoming), **_ids(incoming)}
    subject: object = incoming.subject
    if isinstance(subject, str) and len(subject) > LONGEST_SUBJECT:
        faults["subject"] = Sentence(
            "Ämnet är för långt. Korta det till högst {longest_subject} tecken.", longest_subject=LONGEST_SUBJECT
        )
    for name in ("received_at", "written_at"):
        at: object = getattr(incoming, name)
        if isinstance(at, datetime) and at.utcoffset() is None:
            faults[name] = "Tiden saknar tidszon. Ange en, som datetime.now(UTC)."
    if not _are_labels(incoming.labels):
        faults["labels"] = Sentence("Ange texter med högst {longest} tecken, som dict[str, str].", longest=LONGEST_ID)
    refuse(faults)


def _are_labels(labels: object) -> bool:
    texts = [*labels.keys(), *labels.values()] if isinstance(labels, Mapping) else [None]
    return all(isinstance(text, str) and len(text) <= LONGEST_ID for text in texts)


def refuse(faults: dict[str, str]) -> None:
    """Raise Invalid if there are faults, by field name."""
    if faults:
        raise Invalid(
            REFUSED,
            fields=faults,
            faults=Sentence.joined(
                Sentence("{name}: {fault}", name=name, fault=Sentence(faults[name])) for name in faults
            ),
        )


def check_places(incoming: Incoming, *, organisation: bool, mailbox: bool) -> None:
    """Refuse a message that belongs nowhere here: nobody, or the wrong people, would read it.

    Args:
        incoming: The incoming message.
        organisation: Whether its organisation exists.
        mailbox: Whether the mailbox that it names is, or has been, one of that organisation's.

    Raises:
        Invalid: The organisation or the mailbox does not exist.
    """
    faults: dict[str, str] = {}
    if not organisation:
        faults["organisation_id"] = "Organisationen finns inte. Slå upp den i stället för att hitta på ett id."
    elif incoming.mailbox_id is not None and not mailbox:
        faults["mailbox_id"] = "Brevlådan finns inte i organisationen. Lämna fältet tomt om den inte är känd."
    refuse(faults)


def _types(incoming: Incoming) -> dict[str, str]:
    field_types: dict[str, tuple[type, ...]] = {
        "organisation_id": (UUID,),
        "mailbox_id": (UUID, type(None)),
        "transport": (str,),
        "remote_id": (str,),
        "sender": (Address,),
        "recipient": (Address,),
        "subject": (str,),
        "body": (str,),
        "received_at": (datetime,),
        "conversation_id": (str,),
        "ref_to": (str, type(None)),
        "written_at": (datetime, type(None)),
    }
    faults: dict[str, str] = {}
    for name, types in field_types.items():
        value = getattr(incoming, name)
        if not isinstance(value, types):
            kind, given = types[0].__name__, type(value).__name__
            faults[name] = Sentence("Fältet ska vara {kind}, inte {given}.", kind=kind, given=given)
    return faults


def _ids(incoming: Incoming) -> dict[str, str]:
    faults = {}
    if isinstance(incoming.remote_id, str):
        if not incoming.remote_id.strip():
            sentence = "Ange avsändarens id för meddelandet. Utan det tas nästa meddelande för en dubblett."
            faults["remote_id"] = sentence
        elif len(incoming.remote_id) > LONGEST_ID:
            faults["remote_id"] = Sentence("Id:t får ha högst {longest_id} tecken.", longest_id=LONGEST_ID)
    for name in ("remote_id", "subject", "body", "conversation_id", "ref_to"):
        if "\0" in str(getattr(incoming, name)):
            faults[name] = "Tecknet NUL kan inte lagras. Ta bort det."
    return faults
