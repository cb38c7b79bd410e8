"""The archive's receipts: for each package the archive accepts or refuses it. Another plugin stores them."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec

from budkavle import Host, Invalid, NotFound, as_uuid
from budkavle_message_api.access import clients
from budkavle_message_api.access.tokens import Access
from budkavle_message_api.problems import BadRequest

NO_PACKAGE = "Paketet finns inte, eller så får klienten inte se det."
PREFIX = "uuid-"
"""A package is identified by its id, or by its name in METS."""


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An archive's receipt for a package.

    Attributes:
        outcome: Whether it accepts the package.
        text: Its own number for an accepted package, or the reason for refusal.
        day: The day of the receipt; today if it is left out.
    """

    outcome: Literal["accepted", "refused"]
    text: str = ""
    day: date | None = None


def read(host: Host, access: Access, name: str) -> Mapping[str, Any]:
    """Return a package's state and the archive's receipt.

    Raises:
        NotFound: There is no such package, or the client is limited to one mailbox.
    """
    package_id = _package(access, name)
    receipt = _asked(host, access, package_id, None)
    clients.has_read(host, access.client, "api.archive-read", package_id)
    return receipt


def write(host: Host, access: Access, name: str, body: bytes) -> Mapping[str, Any]:
    """Store the archive's receipt for a package, and return what is now stored.

    Raises:
        NotFound: There is no such package, or the client is limited to one mailbox.
        BadRequest: The body is invalid.
        Invalid: The package has not been made, or already has another receipt with the same outcome.
    """
    package_id = _package(access, name)
    try:
        receipt = msgspec.json.decode(body, type=Receipt)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        sentence = "Kroppen ska vara JSON med outcome (accepted eller refused), och kan ha text och day."
        raise BadRequest(sentence, "outcome") from error
    values = {"accepted": receipt.outcome == "accepted", "text": receipt.text, "day": receipt.day}
    answer = _asked(host, access, package_id, values)
    with host.work(access.client.acting(host)) as work:
        clients.used(host, work, access.client, "api.archive-answered", str(package_id))
    return answer


def _asked(host: Host, access: Access, package_id: UUID, receipt: Mapping[str, Any] | None) -> Mapping[str, Any]:
    answers = host.platform.plugins.call_hook(
        "message_api_archive_receipt",
        organisation_id=access.organisation_id,
        package_id=package_id,
        client=access.client.name,
        receipt=receipt,
    )
    if not answers:
        raise NotFound(NO_PACKAGE)
    answer: Mapping[str, Any] = answers[0].thing
    if "faults" in answer:
        raise Invalid("Kvittensen sparades inte.", fields=dict(answer["faults"]))
    return {"packageId": str(package_id), **answer["receipt"]}


def _package(access: Access, name: str) -> UUID:
    package_id = as_uuid(name.removeprefix(PREFIX))
    if package_id is None or access.client.mailbox_id is not None:
        raise NotFound(NO_PACKAGE)
    return package_id
