"""BankID's RP API 6.0: the calls, their answers, and the texts of the QR code.

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
"""Exactly so: BankID refuses the type with a charset (415)."""
MAX_USER_AGENT = 256
MAX_VISIBLE = 1500
"""Characters of the text to show, once encoded."""
MOBILE = ("1.2.752.78.1.5", "1.2.3.4.25")
"""The certificate policy of Mobilt BankID, and the one that BankID's test environment has in its place."""
POLICIES = (
    frozenset({"1.2.752.78.1.1", "1.2.752.78.1.2", MOBILE[0]}),
    frozenset({"1.2.3.4.5", "1.2.3.4.10", MOBILE[1]}),
)
"""The policies of BankID on file, on card and in a telephone; and those of the test environment."""


class BankIdError(PeerRefused):
    """BankID refused a call; `code` is its errorCode."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Order(msgspec.Struct, rename="camel", frozen=True):
    """What an order begins with; all of it stays with us but the tokens that are made for the person's app."""

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
    """What the app ran on."""

    ip_address: str = ""


class Completion(msgspec.Struct, rename="camel", frozen=True):
    """The end of an order that went well."""

    user: User
    device: Device = msgspec.field(default_factory=Device)
    risk: str | None = None
    signature: str = ""
    ocsp_response: str = ""


class Collected(msgspec.Struct, rename="camel", frozen=True):
    """Where an order is."""

    order_ref: str
    status: str
    hint_code: str = ""
    completion_data: Completion | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What an order of identification is about.

    Attributes:
        ip: The address of the person's browser as we see it.
        visible: What the app shows; plain text.
        hidden: What is signed without being shown: something that no other order has.
        requirement: `personalNumber`, `certificatePolicies`, `pinCode`.
        return_url: Where the app sends the browser when it was opened on the same device.
        web: `referringDomain`, `userAgent`, `deviceIdentifier`.
    """

    ip: str
    visible: str
    requirement: Mapping[str, Any] = field(default_factory=dict)
    return_url: str = ""
    web: Mapping[str, str] = field(default_factory=dict)
    hidden: str = ""

    def body(self) -> dict[str, Any]:
        """Return it as BankID wants it; what is empty is left out, as BankID takes no empty values."""
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
        """Begin an identification in the browser."""
        return self._call("auth", request.body()).read(Order)

    def phone_auth(self, personal_number: str, request: Request, *, called_by_us: bool) -> Order:
        """Start an identification of a person on the telephone; only the reference is returned, no QR code."""
        body: dict[str, Any] = {
            **request.body(),
            "personalNumber": personal_number,
            "callInitiator": "RP" if called_by_us else "user",
        }
        body["requirement"] = {name: it for name, it in request.requirement.items() if name != "personalNumber"}
        data = ("userVisibleData", "userVisibleDataFormat", "userNonVisibleData")
        names = ("personalNumber", "callInitiator", *data, "requirement")
        return self._call("phone/auth", {name: body[name] for name in names if body.get(name)}).read(Order)

    def collect(self, order_ref: str) -> Collected:
        """Ask where an order is; what is final is told once. At most every second second."""
        return self._call("collect", {"orderRef": order_ref}).read(Collected)

    def cancel(self, order_ref: str) -> None:
        """Take an order back."""
        self._call("cancel", {"orderRef": order_ref})

    def _call(self, path: str, body: Mapping[str, Any]) -> Answer:
        answer = self._peer.post(path, json.dumps(body).encode(), JSON)
        if not answer.ok:
            raise BankIdError(str(answer.body.get("errorCode", f"status {answer.status}")))
        return answer


def qr_text(token: str, secret: str, seconds: int) -> str:
    """Return the QR code's text a number of whole seconds after the order started; it changes each second."""
    code = hmac.new(secret.encode(), str(seconds).encode(), hashlib.sha256).hexdigest()
    return f"bankid.{token}.{seconds}.{code}"


def visible_data(text: str) -> str:
    """Encode what the app shows, cut to what BankID takes."""
    raw = text.encode()[: MAX_VISIBLE // 4 * 3]
    return base64.b64encode(raw.decode(errors="ignore").encode()).decode()
