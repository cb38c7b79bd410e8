"""BankID's RP API 6.0: the calls, their responses, and the texts of the QR code.

Sources: BankID's RP interface 6.0 as maintained clients quote it (auth, sign, phone, collect, cancel; error codes).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from budkavle_eid.mutual_tls import Answer, Peer, PeerRefused

JSON = "application/json"
"""Exactly this: BankID refuses the type with a charset (415)."""
MAX_USER_AGENT = 256
MAX_VISIBLE = 1500
"""The most characters of the visible text, once encoded."""
MOBILE = ("1.2.752.78.1.5", "1.2.3.4.25")
"""The certificate policy of Mobilt BankID, and its counterpart in BankID's test environment."""
POLICIES = (
    frozenset({"1.2.752.78.1.1", "1.2.752.78.1.2", MOBILE[0]}),
    frozenset({"1.2.3.4.5", "1.2.3.4.10", MOBILE[1]}),
)
"""The policies of BankID on file, on card and on a telephone; and those of the test environment."""


class BankIdError(PeerRefused):
    """BankID refused a call; `code` is its errorCode."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Order(msgspec.Struct, rename="camel", frozen=True):
    """A started order. Only tokens derived for the person's app leave us."""

    order_ref: str
    auto_start_token: str = ""
    qr_start_token: str = ""
    qr_start_secret: str = ""


class User(msgspec.Struct, rename="camel", frozen=True):
    """The identified person."""

    personal_number: str
    name: str
    given_name: str
    surname: str


class Device(msgspec.Struct, rename="camel", frozen=True):
    """The device that the app ran on."""

    ip_address: str = ""


class Completion(msgspec.Struct, rename="camel", frozen=True):
    """The result of a completed order."""

    user: User
    device: Device = msgspec.field(default_factory=Device)
    risk: str | None = None
    signature: str = ""
    ocsp_response: str = ""


class Collected(msgspec.Struct, rename="camel", frozen=True):
    """The status of an order."""

    order_ref: str
    status: str
    hint_code: str = ""
    completion_data: Completion | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The parameters of an identification order.

    Attributes:
        ip: The address of the person's browser as we see it.
        visible: What the app shows; plain text.
        hidden: What is signed without being shown; unique to this order.
        requirement: `personalNumber`, `certificatePolicies`, `pinCode`.
        return_url: Where the app sends the browser if it was opened on the same device.
        web: `referringDomain`, `userAgent`, `deviceIdentifier`.
    """

    ip: str
    visible: str
    requirement: Mapping[str, Any] = field(default_factory=dict)
    return_url: str = ""
    web: Mapping[str, str] = field(default_factory=dict)
    hidden: str = ""

    def body(self) -> dict[str, Any]:
        """Return the request body; empty values are left out, since BankID does not accept them."""
        values = {
            "endUserIp": self.ip,
            "userVisibleData": visible_data(self.visible),
            "userVisibleDataFormat": "plaintext" if self.visible else "",
            "userNonVisibleData": base64.b64encode(self.hidden.encode()).decode(),
            "requirement": dict(self.requirement),
            "returnUrl": self.return_url,
            "returnRisk": True,
            "web": dict(self.web),
        }
        return {name: value for name, value in values.items() if value}


class BankId:
    """The calls of one connection.

    Each raises `PeerDown`, `PeerStrange` (see `peer`), or `BankIdError` with BankID's own code.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def auth(self, request: Request) -> Order:
        """Start an identification in the browser."""
        return self._call("auth", request.body()).read(Order)

    def phone_auth(self, personal_number: str, request: Request, *, called_by_us: bool) -> Order:
        """Start an identification of a person on the telephone; only the reference is returned, no QR code."""
        body: dict[str, Any] = {
            **request.body(),
            "personalNumber": personal_number,
            "callInitiator": "RP" if called_by_us else "user",
        }
        body["requirement"] = {name: value for name, value in request.requirement.items() if name != "personalNumber"}
        data_fields = ("userVisibleData", "userVisibleDataFormat", "userNonVisibleData")
        names = ("personalNumber", "callInitiator", *data_fields, "requirement")
        return self._call("phone/auth", {name: body[name] for name in names if body.get(name)}).read(Order)

    def collect(self, order_ref: str) -> Collected:
        """Return the status of an order, at most every two seconds; BankID returns a final result only once."""
        return self._call("collect", {"orderRef": order_ref}).read(Collected)

    def cancel(self, order_ref: str) -> None:
        """Cancel an order."""
        self._call("cancel", {"orderRef": order_ref})

    def _call(self, path: str, body: Mapping[str, Any]) -> Answer:
        answer = self._peer.post(path, json.dumps(body).encode(), JSON)
        if not answer.ok:
            raise BankIdError(str(answer.body.get("errorCode", f"status {answer.status}")))
        return answer


def qr_text(token: str, secret: str, seconds: int) -> str:
    """Return the text of the QR code, which changes each second, after a number of whole seconds."""
    code = hmac.new(secret.encode(), str(seconds).encode(), hashlib.sha256).hexdigest()
    return f"bankid.{token}.{seconds}.{code}"


def visible_data(text: str) -> str:
    """Encode the visible text, shortened to the length that BankID accepts."""
    raw = text.encode()[: MAX_VISIBLE // 4 * 3]
    return base64.b64encode(raw.decode(errors="ignore").encode()).decode()
