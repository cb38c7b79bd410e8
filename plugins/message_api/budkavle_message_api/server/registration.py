"""Registration of messages: a case system reads it, and writes its number back. Another plugin stores it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from budkavle import ActorScope, Host, Invalid, NotFound, as_uuid
from budkavle.messaging import find_messages
from budkavle_message_api.access import clients
from budkavle_message_api.access.tokens import Access
from budkavle_message_api.problems import NOT_HERE, BadRequest
from budkavle_message_api.server import messages

NOTHING = "Meddelandet ska inte registreras här. Registrering är av, eller var det när meddelandet kom."


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A case system's decision about a message.

    Attributes:
        outcome: `registered`, `personal-file`, `kept-ordered` or `minor`.
        number: The number in the register.
        reason: Why an earlier decision is changed.
    """

    outcome: str
    number: str = ""
    about: str = ""
    reason: str = ""
    hides_sender: bool = False
    hides_about: bool = False


def read(host: Host, access: Access, name: str) -> Mapping[str, Any]:
    """Return the registration of a message.

    Raises:
        NotFound: There is no such message, the client may not see it, or it is not to be registered.
    """
    message_id = _message(host, access, name)
    registration = _asked(host, access, message_id, None)
    clients.has_read(host, access.client, "api.registration-read", message_id)
    return registration


def write(host: Host, access: Access, name: str, body: bytes) -> Mapping[str, Any]:
    """Store a client's decision about a message, and return the registration.

    Raises:
        NotFound: There is no such message, the client may not see it, or it is not to be registered.
        BadRequest: The body is invalid, or changes an earlier decision without a reason.
    """
    message_id = _message(host, access, name)
    try:
        decision = msgspec.json.decode(body, type=Registration)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("Kroppen ska vara JSON med outcome, och för en registrering number.", "outcome") from error
    answer = _asked(host, access, message_id, msgspec.structs.asdict(decision))
    with host.work(access.client.acting(host)) as work:
        clients.used(host, work, access.client, "api.registered", str(message_id))
    return answer


def _asked(host: Host, access: Access, message_id: UUID, decision: Mapping[str, Any] | None) -> Mapping[str, Any]:
    answers = host.platform.plugins.call_hook(
        "message_api_registration",
        organisation_id=access.organisation_id,
        message_id=message_id,
        client=access.client.name,
        decision=decision,
    )
    if not answers:
        raise NotFound(NOTHING)
    answer: Mapping[str, Any] = answers[0].thing
    if "faults" in answer:
        raise Invalid("Beslutet sparades inte.", fields=dict(answer["faults"]))
    return {"messageId": str(message_id), **answer["registration"]}


def _message(host: Host, access: Access, name: str) -> UUID:
    """Return the id of a message; our own ids are accepted for messages of any transport."""
    message_id, boxes = as_uuid(name), access.mailboxes(host)
    if message_id is not None:
        with host.work(host.system(access.organisation_id, ActorScope.READ)) as work:
            readable = find_messages(work, [message_id])
        if readable and readable[0].mailbox_id in boxes:
            return message_id
    item = messages.find(host, access, name)
    if item.message.mailbox_id not in boxes:
        messages.refuse(host, access, NOT_HERE)
        raise NotFound(NOT_HERE)
    return item.message.id
