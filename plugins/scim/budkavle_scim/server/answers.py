"""Responses to a directory: resources and errors, always as `application/scim+json`."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response
from pydantic import ValidationError
from scim2_models import Error, SCIMException
from sqlalchemy.exc import DataError

from budkavle import BudkavleError, Conflict, Forbidden, Host, Invalid, NotFound, TooLarge, Unavailable

MEDIA: Final = "application/scim+json"
UNAUTHORIZED: Final = Error(status=401, detail="The bearer token is missing, wrong, or has expired.")


def answer(body: str | bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[Any]:
    """Return a response whose body is JSON already; Litestar would serialise a model differently, password included."""
    content = body.encode() if isinstance(body, str) else body
    return Response(content, status_code=status, headers=dict(headers or {}), media_type=MEDIA)


def nothing(status: int, headers: Mapping[str, str] | None = None) -> Response[Any]:
    """Return a response without a body."""
    return Response(b"", status_code=status, headers=dict(headers or {}), media_type=MEDIA)


def refusal(error: Error, headers: Mapping[str, str] | None = None) -> Response[Any]:
    """Return an error in SCIM's form."""
    return answer(error.model_dump_json(), int(error.status or 500), headers)


def failed(host: Host, error: Exception) -> Response[Any]:
    """Return any exception as an error in SCIM's form; unexpected ones are logged, without values."""
    if isinstance(error, ValidationError):
        return refusal(Error.from_validation_errors(error)[0])
    if isinstance(error, SCIMException):
        return refusal(error.to_error())
    if isinstance(error, UnicodeError | DataError):  # half a surrogate pair, or U+0000
        return refusal(Error(status=400, scim_type="invalidValue", detail="A text has characters that none may have."))
    if isinstance(error, BudkavleError):
        headers = {"Retry-After": "10"} if isinstance(error, Unavailable) else {}
        return refusal(_of_ours(error), headers)
    host.log.error("scim.failed", error=type(error).__name__, at=_place(error))
    return refusal(Error(status=500, detail="Something went wrong here. Try again later."))


def _of_ours(error: BudkavleError) -> Error:
    detail = " ".join([str(error), *(str(sentence) for sentence in error.fields.values())])
    if isinstance(error, Invalid):
        return Error(status=400, scim_type="invalidValue", detail=detail)
    is_told = isinstance(error, Conflict | Forbidden | NotFound | TooLarge | Unavailable)
    return Error(status=error.status if is_told else 500, detail=detail)


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
