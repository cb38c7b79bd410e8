"""What is kept of an order at BankID between the steps, and of its end until the browser has come back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from budkavle_eid.bankid.api import Completion, Order

Device = Literal["same", "other", "call"]
"""This device, another one, or a person on the telephone."""


class Flow(msgspec.Struct, frozen=True):
    """What is kept between the steps, sealed by the core.

    Attributes:
        began: When the person began, in seconds since 1970.
        ordered: When the present order began.
        asked: When BankID was last asked about it.
        nonce: What only the app is told, to bring back.
        returned: Whether the browser has brought it back.
        done: How the order ended, while the browser is still to come back.
        gone: When BankID first no longer knew the order.
        shown: What the app was to show, and `hidden` what it was to sign beside; both as they were sent.
        ended: When BankID told the end.
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
    """Stores a value for a while, sealed; it can be taken once."""

    def put(self, what: str, plain: bytes, until: datetime) -> None:
        """Keep it under a word; what is there already stays."""
        ...

    def take(self, what: str) -> bytes | None:
        """Return it and forget it."""
        ...


def word(flow: Flow) -> str:
    """Return what the end of an order is kept under."""
    return f"bankid:{flow.order.order_ref}"


def opened(state: Mapping[str, str]) -> Flow | None:
    """Return what was kept; None where it is nothing of ours."""
    try:
        return msgspec.json.decode(state.get("flow", ""), type=Flow)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
