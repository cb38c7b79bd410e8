"""Handles a directory's request: reads it, finds what its path names, and answers in SCIM's form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response
from scim2_models import (
    Context,
    Error,
    InvalidSyntaxException,
    NotImplementedException,
    PayloadTooLargeException,
    SearchRequest,
)

from budkavle import Conflict, Host, Work, record
from budkavle.storage import record_once
from budkavle.web import WebRequest, allow_body
from budkavle_scim.server import discovery, groups, lists, users
from budkavle_scim.server.answers import UNAUTHORIZED, answer, failed, nothing, refusal
from budkavle_scim.server.context import Operation, etag, identifier_of, not_found
from budkavle_scim.server.patches import mended
from budkavle_scim.server.resources import PROVIDER, DirectoryUser, Group, type_of
from budkavle_scim.tokens import Caller

LARGEST: Final = 16_000_000
"""Largest body in bytes: a group of 100,000 members."""
_ALLOWED: Final[Mapping[str, str]] = {
    "list": "GET, POST",
    "one": "GET, PUT, PATCH, DELETE",
    "search": "POST",
    "told": "GET",
}
_KINDS: Final = {"Users": (users, lists.USERS, DirectoryUser), "Groups": (groups, lists.GROUPS, Group)}


@dataclass(frozen=True, slots=True)
class ScimRequest:
    """A directory's request.

    Attributes:
        path: The parts of the path below the base.
        query: The query parameters.
        body: The raw body.
        if_match: The header, or empty.
        if_none_match: The header, or empty.
    """

    method: str
    path: Sequence[str]
    query: Mapping[str, str]
    body: bytes = b""
    if_match: str = ""
    if_none_match: str = ""

    def payload(self) -> Any:
        """Return the parsed and corrected body.

        Raises:
            InvalidSyntaxException: It is not a JSON object.
        """
        try:
            payload = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise InvalidSyntaxException(detail="The body is no JSON.") from error
        if not isinstance(payload, dict):
            raise InvalidSyntaxException(detail="The body is no JSON object.")
        return mended(payload)


class NotAllowed(Exception):
    """The path has other methods; `allowed` lists them."""

    def __init__(self, allowed: str) -> None:
        super().__init__(allowed)
        self.allowed = allowed


async def read_request(request: WebRequest, rest: str, caller: Caller) -> ScimRequest:
    """Read a request.

    Args:
        request: The request, whose body has not been read.
        rest: Its path below the base.
        caller: Who sends it; a body takes from their share.

    Raises:
        PayloadTooLargeException: The body is larger than `LARGEST`.
    """
    allow_body(request, LARGEST, f"scim {caller.token.id}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise PayloadTooLargeException(detail="The body is too large.")
    return ScimRequest(
        request.method,
        [part for part in rest.split("/") if part],
        dict(request.query_params),
        bytes(body),
        request.headers.get("if-match", ""),
        request.headers.get("if-none-match", ""),
    )


def unauthorized() -> Response[Any]:
    """Return the answer to a program without a valid token."""
    return refusal(UNAUTHORIZED, {"WWW-Authenticate": 'Bearer realm="scim"'})


def respond(host: Host, caller: Caller, scim_request: ScimRequest) -> Response[Any]:
    """Do what a request asks for; errors are answered in SCIM's form."""
    try:
        with PROVIDER, host.work(caller.acting(host)) as work:
            _note_reading(work, caller, scim_request)
            return _done(Operation(host, work, scim_request.if_match), scim_request)
    except NotAllowed as error:
        status = Error(status=405, detail=f"{scim_request.method} is not allowed here.")
        return refusal(status, {"Allow": error.allowed})
    except Conflict as error:
        with host.work(caller.acting(host)) as work:
            record(work, "scim.refused", None, name=str(error))
        return failed(host, error)
    except Exception as error:  # noqa: BLE001 - see above
        return failed(host, error)


def _note_reading(work: Work, caller: Caller, scim_request: ScimRequest) -> None:
    """Log that a directory reads accounts or groups, at most once a minute: it reads all of them repeatedly."""
    path = scim_request.path
    if path and path[0] in _KINDS and (scim_request.method == "GET" or path[-1] == ".search"):
        record_once(work, "scim.read", caller.token.id, path[0], name=caller.token.name)


def _done(operation: Operation, scim_request: ScimRequest) -> Response[Any]:
    """Dispatch the request by its path."""
    match list(scim_request.path):
        case ["Users" | "Groups" as kind]:
            return _of_list(operation, scim_request, kind)
        case ["Users" | "Groups" as kind, ".search"]:
            _require(scim_request, "search")
            return answer(lists.search(operation, _KINDS[kind][1], scim_request.payload()))
        case ["Users" | "Groups" as kind, identifier]:
            return _of_one(operation, scim_request, kind, identifier)
        case [".search"] | ["Bulk"] | ["Me", *_]:
            raise NotImplementedException(detail="Not supported: search Users and Groups apart, one at a time.")
        case [discovery.CONFIGURATION] | [discovery.SCHEMAS | discovery.RESOURCE_TYPES, *_]:
            _require(scim_request, "told")
            return answer(discovery.told(operation.host, scim_request.path, filtered="filter" in scim_request.query))
    raise not_found("/".join(scim_request.path))


def _of_list(operation: Operation, scim_request: ScimRequest, kind: str) -> Response[Any]:
    _require(scim_request, "list")
    store, listed, model = _KINDS[kind]
    if scim_request.method == "GET":
        return answer(lists.search(operation, listed, scim_request.query))
    resource = model.model_validate(scim_request.payload(), scim_ctx=Context.RESOURCE_CREATION_REQUEST)  # type: ignore[attr-defined]
    made, version = store.create(operation, resource)
    headers = {"ETag": etag(version), "Location": str(made.meta.location)}
    return answer(made.model_dump_json(scim_ctx=Context.RESOURCE_CREATION_RESPONSE), 201, headers)


def _of_one(operation: Operation, scim_request: ScimRequest, kind: str, identifier: str) -> Response[Any]:
    _require(scim_request, "one")
    store: Any = _KINDS[kind][0]
    resource_id = identifier_of(identifier)
    if scim_request.method == "GET":
        return _shown(operation, scim_request, kind, resource_id)
    if scim_request.method == "DELETE":
        store.remove(operation, resource_id)
        return nothing(204)
    if scim_request.method == "PUT":
        resource, version = store.replace(operation, resource_id, scim_request.payload())
        body = resource.model_dump_json(scim_ctx=Context.RESOURCE_REPLACEMENT_RESPONSE)
        return answer(body, headers={"ETag": etag(version)})
    if kind == "Groups":  # without a body: a group may have many thousand members
        return nothing(204, {"ETag": etag(groups.change(operation, resource_id, scim_request.payload()))})
    user, version = users.change(operation, resource_id, scim_request.payload())
    return answer(user.model_dump_json(scim_ctx=Context.RESOURCE_PATCH_RESPONSE), headers={"ETag": etag(version)})


def _shown(operation: Operation, scim_request: ScimRequest, kind: str, resource_id: Any) -> Response[Any]:
    model: Any = _KINDS[kind][2]
    words = {
        name: scim_request.query[name] for name in ("attributes", "excludedAttributes") if name in scim_request.query
    }
    request = type_of(SearchRequest, model).model_validate(words)
    resource: Any
    if kind == "Users":
        resource, version = users.read(operation, resource_id)
    else:
        whole = not lists.leaves_out_members(request)
        resource, version = groups.read(operation, resource_id, with_members=whole)
    headers = {"ETag": etag(version)}
    if scim_request.if_none_match == etag(version):
        return nothing(304, headers)
    body = resource.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=request)
    return answer(body, headers=headers)


def _require(scim_request: ScimRequest, shape: str) -> None:
    allowed = _ALLOWED[shape]
    if scim_request.method not in allowed.split(", "):
        raise NotAllowed(allowed)
