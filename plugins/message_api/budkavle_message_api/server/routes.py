"""The four operations, and the token endpoint."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from anyio import to_thread
from litestar import Response, Router, delete, get, post, put
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from budkavle import BudkavleError, Host
from budkavle.web import WebRequest, allow_body
from budkavle_message_api.access.tokens import Access, TokenRefused, Tokens
from budkavle_message_api.addresses import ARCHIVE_RECEIPT, BASE, MESSAGES, PATH, REGISTRATION, TOKEN
from budkavle_message_api.api_scopes import ALL_SCOPES, ARCHIVE, DELETE, GET, LIST, REGISTER, SEND
from budkavle_message_api.problems import JSON, BadRequest, TooMany, Unauthorized, answer
from budkavle_message_api.server import (
    archive_receipts,
    documents,
    filters,
    messages,
    openapi,
    registration,
    sending,
)

ONE = f"{MESSAGES}/{{message_id:str}}"
METADATA = f"{PATH}/.well-known/oauth-authorization-server"
LONGEST_FORM = 50_000


def router(host: Host, tokens: Tokens) -> Router:
    """Return the routes of the API; they are called by programs, so no CSRF token is required."""
    handlers = [
        *_reading(host, tokens),
        *_changing(host, tokens),
        *_registering(host, tokens),
        *_archiving(host, tokens),
    ]
    return Router(
        "",
        route_handlers=handlers,
        exception_handlers={BudkavleError: answer, HTTPException: answer},
        opt={"foreign_callers": True},
    )


def token_router(tokens: Tokens) -> Router:
    """Return the routes of the token endpoint and its metadata (RFC 8414)."""

    @post(TOKEN, status_code=200)
    async def token(request: WebRequest) -> Response[Any]:
        """Issue an access token to a client that identifies itself."""
        form = await _form(request)
        try:
            granted = await to_thread.run_sync(tokens.grant, form, request.client.host if request.client else "")
        except TooMany as error:
            return _refused(429, "slow_down", str(error), {"Retry-After": "60"})
        except TokenRefused as error:
            return _refused(401 if error.error == "invalid_client" else 400, error.error, str(error), {})
        body = {"access_token": granted.token, "token_type": "Bearer", "expires_in": granted.seconds}
        return _json({**body, "scope": granted.scopes})

    @get(METADATA, sync_to_thread=False)
    def metadata() -> Response[Any]:
        """Describe the token endpoint."""
        return _json(
            {
                "issuer": tokens.issuer,
                "token_endpoint": tokens.endpoint,
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": [],
                "scopes_supported": list(ALL_SCOPES),
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["ES256", "ES384", "PS256", "PS384", "RS256"],
            }
        )

    @get(f"{PATH}/openapi.json", sync_to_thread=False)
    def described() -> Response[Any]:
        """Return the OpenAPI document of these endpoints."""
        return _json(openapi.document(tokens.issuer.removesuffix(PATH)))

    return Router("", route_handlers=[token, metadata, described], opt={"foreign_callers": True})


def _reading(host: Host, tokens: Tokens) -> list[HTTPRouteHandler]:
    @get(MESSAGES, sync_to_thread=True)
    def get_message_by_filter(request: WebRequest) -> Response[Any]:
        """List the matching messages, without texts and files (getMessageByFilter)."""
        access, query = _access(request, tokens, LIST), _query(request)
        selection = filters.parse(query, host.settings)
        items, more = messages.page(host, access, selection)
        return _json(documents.message_list(host, items, query, selection, more=more))

    @get(ONE, sync_to_thread=True)
    def get_message_by_id(request: WebRequest, message_id: FromPath[str]) -> Response[Any]:
        """Return one message, complete unless the client leaves something out (getMessageById)."""
        access = _access(request, tokens, GET)
        selection = filters.parse(_query(request), host.settings)
        item = messages.read(host, access, message_id, "api.read", selection)
        return _json(documents.message_document(host, item, selection))

    return [get_message_by_filter, get_message_by_id]


def _changing(host: Host, tokens: Tokens) -> list[HTTPRouteHandler]:
    @post(MESSAGES, status_code=201)
    async def send_message(request: WebRequest) -> Response[Any]:
        """Take a message to send; its address is in the header Location (sendMessage)."""
        access = await to_thread.run_sync(_access, request, tokens, SEND)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise BadRequest("Meddelandet skickas som application/json.", "Content-Type")
        # base64 needs four bytes for three; the rest is for text.
        most = host.settings.max_bytes * 4 // 3 + 5_000_000
        allow_body(request, most + 1_000_000, f"client {access.client.id}")
        body = await _body(request, most)
        delivery_id = await to_thread.run_sync(_take, host, access, body)
        base: str = host.platform.settings.base_url.rstrip("/")
        return Response(b"", status_code=201, headers={"Location": f"{base}{MESSAGES}/{delivery_id}"})

    @delete(ONE, sync_to_thread=True, status_code=202)
    def delete_message_by_id(request: WebRequest, message_id: FromPath[str]) -> Response[Any]:
        """Hide a message whose status is final (deleteMessageById)."""
        messages.delete(host, _access(request, tokens, DELETE), message_id)
        return Response(b"", status_code=202)

    return [send_message, delete_message_by_id]


def _registering(host: Host, tokens: Tokens) -> list[HTTPRouteHandler]:
    @get(REGISTRATION, sync_to_thread=True)
    def get_registration(request: WebRequest, message_id: FromPath[str]) -> Response[Any]:
        """Return by when a message is to be registered, and the decision so far (getRegistration)."""
        return _json(registration.read(host, _access(request, tokens, REGISTER), message_id))

    @put(REGISTRATION, status_code=200)
    async def put_registration(request: WebRequest, message_id: FromPath[str]) -> Response[Any]:
        """Store a case system's decision about a message; repeating it changes nothing (putRegistration)."""
        access = await to_thread.run_sync(_access, request, tokens, REGISTER)
        body = await _body(request, LONGEST_FORM)
        return _json(await to_thread.run_sync(registration.write, host, access, message_id, body))

    return [get_registration, put_registration]


def _archiving(host: Host, tokens: Tokens) -> list[HTTPRouteHandler]:
    @get(ARCHIVE_RECEIPT, sync_to_thread=True)
    def get_archive_receipt(request: WebRequest, package_id: FromPath[str]) -> Response[Any]:
        """Return the state of a package for the archive, and the archive's receipt (getArchiveReceipt)."""
        return _json(archive_receipts.read(host, _access(request, tokens, ARCHIVE), package_id))

    @put(ARCHIVE_RECEIPT, status_code=200)
    async def put_archive_receipt(request: WebRequest, package_id: FromPath[str]) -> Response[Any]:
        """Store the archive's receipt for a package; repeating it changes nothing (putArchiveReceipt)."""
        access = await to_thread.run_sync(_access, request, tokens, ARCHIVE)
        body = await _body(request, LONGEST_FORM)
        return _json(await to_thread.run_sync(archive_receipts.write, host, access, package_id, body))

    return [get_archive_receipt, put_archive_receipt]


def _take(host: Host, access: Access, body: bytes) -> UUID:
    return sending.take(host, access, sending.read(body))


def _access(request: WebRequest, tokens: Tokens, scope: str) -> Access:
    access = tokens.access(request.headers.get("authorization", ""))
    try:
        access.require(scope)
    except Unauthorized as error:
        tokens.note_lacking_scope(access, error)
        raise
    return access


def _query(request: WebRequest) -> Sequence[tuple[str, str]]:
    return parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)


async def _body(request: WebRequest, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise BadRequest("Meddelandet är för stort.", "data")
    return bytes(body)


async def _form(request: WebRequest) -> Mapping[str, str]:
    try:
        body = await _body(request, LONGEST_FORM)
    except BadRequest:
        return {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[Any]:
    return Response(
        msgspec.json.encode(content, enc_hook=str), status_code=status, media_type=JSON, headers=dict(headers or {})
    )


def _refused(status: int, error: str, sentence: str, headers: Mapping[str, str]) -> Response[Any]:
    return _json({"error": error, "error_description": sentence}, status, headers)


__all__ = ["BASE", "router", "token_router"]
