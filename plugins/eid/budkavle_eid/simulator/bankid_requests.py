"""Validates requests as BankID's RP API 6.0 does."""

import base64
import binascii
import re
from typing import Annotated, Any, Literal

import msgspec

STATUS = {
    "alreadyInProgress": 400,
    "invalidParameters": 400,
    "unauthorized": 401,
    "notFound": 404,
    "methodNotAllowed": 405,
    "requestTimeout": 408,
    "unsupportedMediaType": 415,
    "tooManyRequests": 429,
    "internalError": 500,
    "maintenance": 503,
}
"""The HTTP status of each errorCode."""
Number = Annotated[str, msgspec.Meta(pattern=r"^\d{12}$")]
Ip = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-fA-F.:]{2,45}$")]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Visible = Annotated[str, msgspec.Meta(min_length=1, max_length=1500)]
POLICY = re.compile(r"^\d+(\.\d+)+$")


class Refusal(Exception):
    """A refused call, with its errorCode."""

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(code)
        self.code, self.details = code, details or code

    @property
    def status(self) -> int:
        """The HTTP status of the errorCode; its letter case is ignored."""
        return {code.lower(): status for code, status in STATUS.items()}.get(self.code.lower(), 400)


class _Strict(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Unknown parameters are refused."""


class Requirement(_Strict, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """The parameter `requirement`."""

    personal_number: Number | None = None
    pin_code: bool | None = None
    mrtd: bool | None = None
    card_reader: Literal["class1", "class2"] | None = None
    certificate_policies: list[str] | None = None


class Web(_Strict, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """The parameter `web`: where the browser is."""

    referring_domain: Short
    user_agent: Short
    device_identifier: Short


class Auth(_Strict, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """The body of `auth`; `sign` must have a visible text."""

    end_user_ip: Ip
    requirement: Requirement | None = None
    user_visible_data: Visible | None = None
    user_visible_data_format: Literal["plaintext", "simpleMarkdownV1"] | None = None
    user_non_visible_data: str | None = None
    return_url: Annotated[str, msgspec.Meta(min_length=1, max_length=512)] | None = None
    return_risk: bool | None = None
    web: Web | None = None


class PhoneAuth(_Strict, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """The body of `phone/auth` and `phone/sign`."""

    personal_number: Number
    call_initiator: Literal["user", "RP"]
    requirement: Requirement | None = None
    user_visible_data: Visible | None = None
    user_visible_data_format: Literal["plaintext", "simpleMarkdownV1"] | None = None
    user_non_visible_data: str | None = None


class About(_Strict, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """The body of `collect` and `cancel`."""

    order_ref: str


BODIES: dict[str, type[Auth | PhoneAuth | About]] = {
    "auth": Auth,
    "sign": Auth,
    "phone/auth": PhoneAuth,
    "phone/sign": PhoneAuth,
    "collect": About,
    "cancel": About,
}


def check(path: str, body: object) -> dict[str, Any]:
    """Validate a request; return it with BankID's names.

    Raises:
        Refusal: The path or a parameter is wrong.
    """
    kind = BODIES.get(path)
    if kind is None:
        raise Refusal("notFound")
    try:
        request = msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise Refusal("invalidParameters", str(error)) from error
    if not isinstance(request, About):
        _check_text(request, required=path.endswith("sign"))
    fields: dict[str, Any] = msgspec.to_builtins(request)
    return fields


def _check_text(request: Auth | PhoneAuth, *, required: bool) -> None:
    if required and not request.user_visible_data:
        raise Refusal("invalidParameters", "userVisibleData is required")
    try:
        base64.b64decode(request.user_visible_data or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal("invalidParameters", "userVisibleData is not base64 of UTF-8") from error
    policies = (request.requirement.certificate_policies if request.requirement else None) or []
    if not all(POLICY.match(policy) for policy in policies):
        raise Refusal("invalidParameters", "certificatePolicies")
