"""The API's error responses: problem details (RFC 9457) with the events of B1.4.2.

The OpenAPI file has `application/json` for 400, and so has the response, unless the client asks for
`application/problem+json`. For the other errors the file has no content; they are `application/problem+json`.
"""

from typing import Any, ClassVar
from uuid import uuid4

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException

from budkavle import BudkavleError, Forbidden, Invalid, TooLarge, Unavailable
from budkavle.web import WebRequest
from budkavle_message_api.formats import Events, Issue
from budkavle_message_api.status import FAILED

JSON, PROBLEM = "application/json", "application/problem+json"
BAD_REQUEST = "urn:problem-type:sdk:badRequest"
NOT_HERE = "Meddelandet finns inte, eller så får klienten inte se det."
_PLACES = {
    "subject": "data.attributes.label",
    "body": "data.attributes.digitalDocument",
    "attachments": "data.attributes.digitalDocument",
    "recipients": "data.attributes.recipientAttention",
    "mailbox": "data.attributes.senderAttention",
    "references": "data.attributes.senderAttention.referenceId",
    "persons": "data.attributes.senderAttention.attentionPerson",
}
"""The place in a request of each field of a draft."""


class BadRequest(Invalid):
    """The request breaks the specification, or contains something that is not true.

    Args:
        sentence: What is wrong and what to do.
        where: The place in the request, such as `data.attributes.label`.
    """

    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "Bad Request"
    status: ClassVar[int] = 400

    def __init__(self, sentence: str, where: str = "") -> None:
        super().__init__(sentence, fields={where: sentence})


class Unauthorized(BudkavleError):
    """The access token is missing, or does not allow this; `error` is the error code of RFC 6750, section 3.1."""

    slug: ClassVar[str] = "unauthorized"
    title: ClassVar[str] = "Unauthorized"
    status: ClassVar[int] = 401

    def __init__(self, sentence: str, error: str = "invalid_token", scope: str = "") -> None:
        super().__init__(sentence)
        self.error, self.scope = error, scope


class TooMany(Unavailable):
    """The client exceeds its rate limit."""

    slug: ClassVar[str] = "too-many-requests"
    title: ClassVar[str] = "Too Many Requests"
    status: ClassVar[int] = 429


def answer(request: WebRequest, error: Exception) -> Response[Any]:
    """Turn an error of an API route into a response."""
    if isinstance(error, HTTPException):
        return _problem(error.status_code, "about:blank", "", {})
    if not isinstance(error, BudkavleError):
        raise error
    if isinstance(error, Invalid | TooLarge) or error.status == 409:
        return _bad_request(request, error)
    if isinstance(error, Unauthorized | Forbidden):
        return _problem(401, "urn:budkavle:problem:unauthorized", str(error), _challenge(error))
    headers = {"Retry-After": "60"} if isinstance(error, TooMany) or error.status == 503 else {}
    return _problem(error.status, f"urn:budkavle:problem:{error.slug}", str(error), headers)


def _bad_request(request: WebRequest, error: BudkavleError) -> Response[Any]:
    fields = error.fields or {"": str(error)}
    issues = [Issue(FAILED, sentence, "NA", _PLACES.get(where, where) or "NA") for where, sentence in fields.items()]
    body = Events(BAD_REQUEST, "Bad Request", 400, FAILED, uuid4().urn, issues)
    kind = PROBLEM if PROBLEM in request.headers.get("accept", "") else JSON
    return Response(msgspec.json.encode(body, enc_hook=str), status_code=400, media_type=kind)


def _problem(status: int, kind: str, detail: str, headers: dict[str, str]) -> Response[Any]:
    titles = {401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests"}
    body = Events(kind, titles.get(status, "Error"), status, detail or titles.get(status, "Error"))
    return Response(msgspec.json.encode(body, enc_hook=str), status_code=status, media_type=PROBLEM, headers=headers)


def _challenge(error: BudkavleError) -> dict[str, str]:
    """Return the header of RFC 6750; a request without a token gets no error code (section 3.1)."""
    if not isinstance(error, Unauthorized) or not error.error:
        return {"WWW-Authenticate": 'Bearer realm="sdk.api"'}
    scope = f', scope="{error.scope}"' if error.scope else ""
    return {"WWW-Authenticate": f'Bearer realm="sdk.api", error="{error.error}"{scope}'}
