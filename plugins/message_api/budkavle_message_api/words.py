"""The words of the API: scopes, statuses, and what they mean here.

Source: Digg B1.4.2 Rekommendation API MT-MK (pages 18, 31 to 37) and its OpenAPI file.
"""

from typing import Final

from budkavle import KV_MEDDELANDESTATUS, DeliveryState, IncomingState

PATH: Final = "/plugin/message_api"
BASE: Final = f"{PATH}/v1"
"""Below it stands `/sdk/messages`, as below `/v1` in the OpenAPI file."""
MESSAGES: Final = f"{BASE}/sdk/messages"
TOKEN: Final = f"{PATH}/token"
VERSION: Final = "sdk api 1.0.0"
FUNCTIONAL_ADDRESS: Final = "urn:riv:infrastructure:messaging:functionalAddress"

SEND: Final = "urn:sdk.api:sendMessages"
GET: Final = "urn:sdk.api:getMessage"
LIST: Final = "urn:sdk.api:getMessageByFilter"
DELETE: Final = "urn:sdk.api:deleteMessage"
SCOPES: Final = (SEND, GET, LIST, DELETE)
SPELLINGS: Final = {"urn:sdk.api:sendMessage": SEND}
"""The operation of the OpenAPI file asks for another spelling than its list of scopes has."""

SCHEDULED: Final = "SCHEDULED"
ACKNOWLEDGE: Final = "ACKNOWLEDGE"
WAITING: Final = "WAITING_FOR_RECEIPT"
ACCEPTED: Final = "ACCEPTED"
REJECTED: Final = "REJECTED"
FAILED: Final = "MESSAGE_EXCHANGE_ERROR"
ERROR: Final = "ERROR"
NEW: Final = "NEW"
FINAL: Final = frozenset({NEW, ACCEPTED, FAILED})
"""What a client may delete (page 9)."""

_PASSES_ON: Final = frozenset({REJECTED, ERROR})
"""Statuses that are not final: they become MESSAGE_EXCHANGE_ERROR at once, and stand among the events."""


def status(state: str, *, incoming: bool) -> str:
    """Return the status that a state of ours is shown as."""
    told = KV_MEDDELANDESTATUS[IncomingState(state) if incoming else DeliveryState(state)]
    return FAILED if told in _PASSES_ON else told


def states(wanted: str) -> list[str]:
    """Return our states that are shown as this status, as `in:STATE` and `out:STATE`."""
    found = [f"in:{state}" for state in IncomingState if status(state, incoming=True) == wanted]
    return found + [f"out:{state}" for state in DeliveryState if status(state, incoming=False) == wanted]


def scopes(said: str) -> list[str]:
    """Return the scopes of a text that are ours, in the one spelling that we keep; others are left out."""
    return [one for one in dict.fromkeys(SPELLINGS.get(one, one) for one in said.split()) if one in SCOPES]
