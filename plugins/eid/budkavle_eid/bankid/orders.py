"""The stored data of an order between the steps, and of its result until the browser has returned."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from budkavle_eid.bankid.api import Completion, Order

Device = Literal["same", "other", "call"]
"""This device, another one, or the telephone of a person in a call."""


class Flow(msgspec.Struct, frozen=True):
    """The data between the steps, sealed by the core.

    Attributes:
        began: When the person began, in seconds since 1970.
        ordered: When the present order was started.
        asked: When the order's status was last polled.
        nonce: A secret that only the app gets; the returning browser brings it back.
        returned: Whether the browser has brought it back.
        done: The result of the order, while the browser has not returned yet.
        gone: When BankID first reported the order as unknown.
        shown: The visible text, and `hidden` the hidden one, both as sent.
        ended: When BankID returned the result.
    """

    hints: dict[str, str]
    device: Device
    began: float
    order: Order
    ordered: float
    nonce: str
    asked: float = 0.0
    hint: str = ""
    returned: bool = False
    done: Completion | None = None
    gone: float = 0.0
    shown: str = ""
    hidden: str = ""
    ended: float = 0.0


class KeepsOnce(Protocol):
    """Stores a sealed value for a while; it can be taken once."""

    def put(self, what: str, plain: bytes, until: datetime) -> None:
        """Store a value under a key, unless there is one already."""
        ...

    def take(self, what: str) -> bytes | None:
        """Return the value of a key, and delete it."""
        ...


def word(flow: Flow) -> str:
    """Return the key that an order's result is stored under."""
    return f"bankid:{flow.order.order_ref}"


def opened(state: Mapping[str, str]) -> Flow | None:
    """Parse the stored flow; None if it is invalid."""
    try:
        return msgspec.json.decode(state.get("flow", ""), type=Flow)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
