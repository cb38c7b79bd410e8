"""The events of a delivery, by the names of EN 319 522-1 for evidence of registered delivery.

The tables map our states to them. Their URIs are those of EN 319 522-3.
"""

from collections.abc import Iterator, Mapping
from typing import Any

ADDRESS = "http://uri.etsi.org/19522/Event/"
OUTSIDE = frozenset({"fax", "sms"})
"""Transports that hand over to a network without such evidence."""
STATES: Mapping[str, str] = {
    "READY_TO_SEND": "SubmissionAcceptance",
    "WAITING_FOR_RECEIPT": "RelayAcceptance",
    "REJECTED": "RelayRejection",
    "SEND_FAILURE": "RelayFailure",
    "ACKNOWLEDGED": "ContentConsignment",
    "ACKNOWLEDGED_WITH_WARNING": "ContentConsignment",
    "EXPIRED": "AcceptanceRejectionExpiry",
}
"""By the state of a delivery, or the fact that was noted about it."""
OUTSIDE_STATES: Mapping[str, str] = {
    "WAITING_FOR_RECEIPT": "RelayToNonERDS",
    "ACKNOWLEDGED": "RelayToNonERDS",
    "ACKNOWLEDGED_WITH_WARNING": "RelayToNonERDS",
    "REJECTED": "RelayToNonERDSFailure",
    "SEND_FAILURE": "RelayToNonERDSFailure",
}
"""The same for a delivery to a network outside."""
FACTS: Mapping[str, str] = {"notified_at": "ConsignmentNotification", "opened_at": "ContentHandover"}
"""By the fields of a delivery."""
WORDS: Mapping[str, tuple[str, str]] = {
    "SubmissionAcceptance": ("Lämnat för sändning", "Submitted for sending"),
    "RelayAcceptance": ("Överlämnat till mottagarens system", "Passed on to the recipient's system"),
    "RelayRejection": ("Mottagarens system tog inte emot det", "The recipient's system did not accept it"),
    "RelayFailure": ("Gick inte att överlämna", "Could not be passed on"),
    "ContentConsignment": ("Tillgängligt i mottagarens brevlåda", "Available in the recipient's mailbox"),
    "ConsignmentNotification": ("Mottagaren har aviserats", "The recipient has been notified"),
    "ContentHandover": ("Öppnat av mottagaren", "Opened by the recipient"),
    "AcceptanceRejectionExpiry": ("Tiden att öppna gick ut", "The time to open ran out"),
    "RelayToNonERDS": ("Lämnat till ett annat nät", "Passed on to another network"),
    "RelayToNonERDSFailure": ("Gick inte att lämna till ett annat nät", "Could not be passed on to another network"),
    "ReceivedFromNonERDS": ("Mottaget från ett annat nät", "Received from another network"),
}
"""The texts in Swedish and English."""


def evidence_events(delivery: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the events of a delivery of a proof, the earliest first. Each event is included once."""
    first: dict[str, str] = {}
    for name, at in _all(delivery):
        if name not in first or at < first[name]:
            first[name] = at
    ordered = sorted(first.items(), key=lambda pair: pair[1])
    return [{"event": f"{ADDRESS}{name}", "at": at} for name, at in ordered]


def arrival_events(direction: str, transport: str, at: str) -> list[dict[str, str]]:
    """Return the events of a message that came in from a network without such evidence."""
    outside = direction == "in" and transport in OUTSIDE
    return [{"event": f"{ADDRESS}ReceivedFromNonERDS", "at": at}] if outside else []


def _all(delivery: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    outside = delivery["transport"] in OUTSIDE
    for event in delivery["events"]:
        name = (OUTSIDE_STATES if outside else {}).get(event["state"]) or STATES.get(event["state"])
        if name:
            yield name, event["at"]
    for fact, name in FACTS.items():
        if delivery[fact]:
            yield name, delivery[fact]
