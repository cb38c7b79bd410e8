"""Validates requests as Freja's authentication service does."""

import base64
import binascii
import json
from typing import Any

import msgspec

from budkavle_eid.freja.api import LEVELS, PARAMETERS, PATHS, Call
from budkavle_eid.settings import FREJA_ATTRIBUTES, Kind

MESSAGES = {
    1001: "Invalid or missing userInfoType.",
    1002: "Invalid or missing userInfo.",
    1004: "You are not allowed to call this method.",
    1005: "User has disabled your service.",
    1007: "Invalid min registration level.",
    1008: "Unknown Relying Party.",
    1010: "JSON request cannot be parsed.",
    1012: "User with the specified userInfo does not exist in Freja eID database.",
    1100: "Invalid reference (for example, nonexistent or expired).",
    2000: "Authentication request failed. Previous authentication request was rejected due to security reasons.",
    2002: "Invalid attributesToReturn parameter.",
    4000: "Invalid or missing organisation ID.",
}
TYPES = {"INFERRED", "EMAIL", "PHONE", "SSN", "UPI", "ORG_ID"}
KNOWN_ATTRIBUTES = {
    *FREJA_ATTRIBUTES,
    "ORGANISATION_ID_IDENTIFIER",
    "DATE_OF_BIRTH",
    "AGE",
    "ADDRESSES",
    "CUSTOM_IDENTIFIER",
}
FROM_EXTENDED = {"BASIC_USER_INFO", "SSN", "DATE_OF_BIRTH", "AGE"}
"""Attributes that a person of level BASIC does not have."""


class Refusal(Exception):
    """A refused call, with Freja's code."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """The response body, with status 400 or 422."""
        return {"code": self.code, "message": MESSAGES.get(self.code, "Refused.")}


def which(path: str) -> tuple[Kind, Call]:
    """Return the call of a path."""
    for kind, calls in PATHS.items():
        for call, name in calls.items():
            if path == f"/{name}":
                return kind, call
    raise Refusal(1004)


def read(call: Call, body: bytes) -> tuple[dict[str, Any], str]:
    """Parse a body, `name=base64[&relyingPartyId=...]`, into the request and the relying party."""
    fields = dict(part.split("=", 1) for part in body.decode(errors="replace").split("&") if "=" in part)
    try:
        request = json.loads(base64.b64decode(fields[PARAMETERS[call]], validate=True))
    except (KeyError, binascii.Error, ValueError, RecursionError) as error:
        raise Refusal(1010) from error
    if not isinstance(request, dict):
        raise Refusal(1010)
    return request, fields.get("relyingPartyId", "")


class Init(msgspec.Struct, rename="camel"):
    """The required fields of a request that starts an authentication."""

    user_info_type: str
    user_info: str
    min_registration_level: str = "BASIC"
    attributes_to_return: list[dict[str, str]] = msgspec.field(default_factory=list)


def check(request: dict[str, Any], kind: Kind) -> None:
    """Refuse a start that Freja would refuse."""
    try:
        init = msgspec.convert(request, Init)
    except msgspec.ValidationError as error:
        raise Refusal(1001) from error
    names = {attribute.get("attribute", "") for attribute in init.attributes_to_return}
    faults = {
        1001: init.user_info_type not in TYPES,
        1002: init.user_info_type == "INFERRED" and init.user_info != "N/A",
        1007: init.min_registration_level not in LEVELS
        or (kind == "organisation" and init.min_registration_level == "BASIC"),
        2002: not names <= KNOWN_ATTRIBUTES or (init.min_registration_level == "BASIC" and bool(names & FROM_EXTENDED)),
    }
    for code, wrong in faults.items():
        if wrong:
            raise Refusal(code)
