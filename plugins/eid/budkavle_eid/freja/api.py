"""Freja eID's authentication service, personal and Organisation eID: the calls, their answers, and the app's links.

Sources: Freja's documentation (Authentication Service, Authentication in Organisation ID Service, Dynamic QR Code) and
its own client library.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode

import msgspec

from budkavle_eid.mutual_tls import Answer, Peer, PeerRefused
from budkavle_eid.settings import FrejaSettings, Kind

PLAIN: Final = "text/plain"
"""The body is one `name=base64` line that is not percent-encoded."""
Call = Literal["init", "result", "cancel"]
PATHS: Final[dict[Kind, dict[Call, str]]] = {
    "personal": {
        "init": "authentication/1.0/initAuthentication",
        "result": "authentication/1.0/getOneResult",
        "cancel": "authentication/1.0/cancel",
    },
    "organisation": {
        "init": "organisation/authentication/1.0/init",
        "result": "organisation/authentication/1.0/getOneResult",
        "cancel": "organisation/authentication/1.0/cancel",
    },
}
PARAMETERS: Final[dict[Call, str]] = {
    "init": "initAuthRequest",
    "result": "getOneAuthResultRequest",
    "cancel": "cancelAuthRequest",
}
LEVELS: Final = ("BASIC", "EXTENDED", "PLUS")
"""Registration levels, the lowest first."""


class FrejaError(PeerRefused):
    """Freja refused a call; `code` is its number."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Started(msgspec.Struct, rename="camel", frozen=True):
    """What an authentication begins with."""

    auth_ref: str
    qr_code_secret: str = ""


class Result(msgspec.Struct, rename="camel", frozen=True):
    """Where an authentication is; nothing in it is believed but `details`, once its signature has been verified."""

    auth_ref: str
    status: str
    details: str | None = None
    requested_attributes: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What an authentication is about.

    Attributes:
        level: The lowest registration level that will do; always sent, since Freja takes BASIC for no answer.
        origin: `userAgent`, `userIpAddress`, `flowType`.
    """

    level: str
    dynamic_qr: bool
    origin: Mapping[str, str] = field(default_factory=dict)


class Freja:
    """The calls of one connection.

    Each raises `PeerDown`, `PeerStrange` (see `peer`), or `FrejaError` with Freja's own code.
    """

    def __init__(self, peer: Peer, settings: FrejaSettings) -> None:
        self._peer, self._settings = peer, settings
        self._kind: Kind = settings.kind

    def init(self, request: Request) -> Started:
        """Start an authentication of the person who scans the code or follows the link."""
        organisation = self._kind == "organisation"
        attributes = [*self._settings.attributes, *(["ORGANISATION_ID_IDENTIFIER"] if organisation else [])]
        body: dict[str, Any] = {
            "userInfoType": "INFERRED",
            "userInfo": "N/A",
            "minRegistrationLevel": request.level,
            "userConfirmationMethod": "DEFAULT",
            "attributesToReturn": [{"attribute": name} for name in attributes],
            "originDeviceDetails": {name: value for name, value in request.origin.items() if value},
            "useDynamicQrCode": request.dynamic_qr,
        }
        return self._call("init", body | ({"orgIdIssuer": "ANY"} if organisation else {})).read(Started)

    def result(self, auth_ref: str) -> Result:
        """Ask where it is; every third second, and at most every second."""
        return self._call("result", {"authRef": auth_ref}).read(Result)

    def cancel(self, auth_ref: str) -> None:
        """Take it back."""
        self._call("cancel", {"authRef": auth_ref})

    def _call(self, call: Call, body: Mapping[str, Any]) -> Answer:
        line = PARAMETERS[call] + "=" + base64.b64encode(json.dumps(body).encode()).decode()
        if self._settings.relying_party:
            line += f"&relyingPartyId={self._settings.relying_party}"
        answer = self._peer.post(PATHS[self._kind][call], line.encode(), PLAIN)
        if not answer.ok or "code" in answer.body:
            code = answer.body.get("code")
            raise FrejaError(code if isinstance(code, int) else 0)
        return answer


def qr_text(app_url: str, started: Started, seconds: int, origin: str) -> str:
    """Return the QR code's text after a number of whole seconds; without a secret it never changes."""
    if not started.qr_code_secret:
        return "frejaeid://bindUserToTransaction?" + urlencode({"transactionReference": started.auth_ref})
    code = hmac.new(started.qr_code_secret.encode(), str(seconds).encode(), hashlib.sha256).digest()
    proof = base64.urlsafe_b64encode(code).decode().rstrip("=")
    return link(app_url, f"{started.auth_ref}.{seconds}.{proof}", origin)


def link(app_url: str, reference: str, origin: str) -> str:
    """Return the address that opens the app; `origin` is where it sends the browser back to."""
    query = {"action": "bindUserToTransaction", "transactionReference": reference, "originAppScheme": origin}
    return f"{app_url}?{urlencode(query)}"
