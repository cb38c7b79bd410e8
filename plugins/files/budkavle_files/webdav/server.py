"""The endpoint of WebDAV: signing in by an application password, and passing the request to the library."""

import asyncio
import binascii
import logging
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

import structlog
from anyio import to_thread
from litestar import Router, asgi
from litestar.datastructures import Headers
from litestar.types import HTTPScope, Receive, Scope, Send
from wsgidav.dav_error import DAVError, get_http_status_string
from wsgidav.dav_provider import DAVProvider
from wsgidav.mw.base_mw import BaseMiddleware
from wsgidav.request_resolver import RequestResolver
from wsgidav.wsgidav_app import WsgiDAVApp

from budkavle import BudkavleError, Host
from budkavle.identification import Limit, record_refused_program, within_limit
from budkavle.web import WebRequest, allow_body
from budkavle_files.content.uploads import MOST_BYTES
from budkavle_files.webdav import bridge
from budkavle_files.webdav.locks import LockRows
from budkavle_files.webdav.passwords import SignedIn, find_signed_in
from budkavle_files.webdav.properties import PropertyRows
from budkavle_files.webdav.provider import Tree
from budkavle_files.webdav.requests import PlainRequests
from budkavle_files.webdav.visits import KEY, Visit, visiting

PATH: Final = "/plugin/files/dav"
REALM: Final = b'Basic realm="Budkavle", charset="UTF-8"'
WRONG: Final = Limit(30, timedelta(minutes=15))
"""Wrong passwords that a network address may send before it must wait; right ones always work."""
NOT_SIGNED_IN: Final = "Lösenordet för WebDAV är fel, eller gäller inte längre."
REQUESTS: Final = Limit(6_000, timedelta(minutes=5))
"""Requests with one password."""
SENDING: Final = 4
"""Concurrent request bodies with one password."""
PIECE: Final = 1 << 20
MOST_FIELDS: Final = 1_000_000
"""The most bytes of a request without a file, such as PROPFIND."""
_DEEP: Final = b'<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>'
log = structlog.get_logger("budkavle.plugin.files")


class Errors(BaseMiddleware):  # type: ignore[misc] # the library is not typed
    """Responds to the library's errors: a status, and the condition if there is one; no words and no names."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        """Answer a request."""
        visit: Visit = environ[KEY]
        answer = bridge.Answer()
        has_begun = False

        def begin() -> None:
            status = "201 Created" if visit.is_new and answer.status == 204 else f"{answer.status} -"
            start_response(
                status, [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
            )

        try:
            with visiting(visit):
                chunks = iter(self.next_app(environ, answer.start))
            while True:
                with visiting(visit):
                    chunk = next(chunks, None)
                if not has_begun:
                    begin()
                    has_begun = True
                if chunk is None:
                    return
                yield chunk
        except DAVError as error:
            if has_begun:
                raise
            _name_for_visitor(error, environ)
            yield from _refused(error, start_response)
        except Exception as error:
            if has_begun:
                raise
            yield from _refused(DAVError(500, src_exception=error), start_response)


def router(host: Host) -> Router:
    """Return the routes."""
    application = _application()
    threads = {"PUT": bridge.Threads("files-dav-put", 8, 32)}
    others = bridge.Threads("files-dav", 8, 128)

    @asgi(PATH, is_mount=True, copy_scope=True, foreign_callers=True, as_it_is=True)
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a WebDAV request."""
        http_scope = cast("HTTPScope", scope)
        headers = Headers.from_scope(http_scope)
        user = await to_thread.run_sync(_sign_in, host, headers.get("authorization", ""), http_scope)
        if not isinstance(user, SignedIn):
            return await _answer(send, user)
        path = bridge.decoded_path(_below(http_scope))
        if path is None:
            return await _answer(send, 400)
        method = http_scope["method"]
        if method == "PROPFIND" and headers.get("depth", "infinity").lower() == "infinity":
            return await _answer(send, 403, _DEEP)
        most = MOST_BYTES if method == "PUT" else MOST_FIELDS
        allow_body(WebRequest(scope), most, f"files-dav {user.password_id}", SENDING)
        body = bridge.Input(asyncio.get_running_loop(), receive)
        environ = bridge.make_environ(http_scope, path, PATH, body)
        environ |= {
            KEY: Visit(host, user.actor, urlsplit(host.platform.settings.base_url).netloc),
            "wsgidav.auth.user_name": str(user.actor.user_id),
            "wsgidav.some_input_read": 1,  # otherwise it reads the rest into memory before it refuses
        }
        await bridge.run(application, environ, threads.get(method, others), send, bridge.Answer())
        return None

    return Router("/", route_handlers=[serve])


def _application() -> Any:
    _silence()
    return WsgiDAVApp(
        {
            "provider_mapping": {"/": Tree()},
            "mount_path": PATH,
            "lock_storage": LockRows(),
            "property_manager": PropertyRows(),
            "middleware_stack": [Errors, PlainRequests, RequestResolver],
            "http_authenticator": {"accept_basic": False, "accept_digest": False, "default_to_digest": False},
            "hotfixes": {"emulate_win32_lastmod": True},
            "suppress_version_info": True,
            "block_size": PIECE,
            "verbose": 0,
            "logging": {"enable": False},
        }
    )


def _silence() -> None:
    """Silence the library's logs: they contain names of files and of people."""
    for name in ("wsgidav", *(each for each in logging.root.manager.loggerDict if each.startswith("wsgidav."))):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)
        logger.addHandler(logging.NullHandler())


def _sign_in(host: Host, header: str, scope: HTTPScope) -> SignedIn | int:
    """Return the signed-in user, or the status of the response."""
    name, secret = _credentials(header)
    if not secret:
        return 401
    user = find_signed_in(host, name, secret)
    client = scope.get("client")
    if user is None:
        record_refused_program(host.platform, "files", NOT_SIGNED_IN)
        address = client[0] if client else ""
        return 401 if within_limit(host.platform, WRONG, "files-dav-wrong", address) else 429
    return user if within_limit(host.platform, REQUESTS, "files-dav", str(user.password_id)) else 429


def _credentials(header: str) -> tuple[str, str]:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        name, _, secret = b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return name, secret


def _below(scope: HTTPScope) -> bytes:
    """Return the path below our endpoint, still encoded."""
    raw = scope.get("raw_path") or b""
    path = raw.partition(b"?")[0]
    return path[len(PATH) :] or b"/"


async def _answer(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", REALM))
    if status == 429:
        headers.append((b"retry-after", b"900"))
    if body:
        headers.append((b"content-type", b"application/xml; charset=utf-8"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _name_for_visitor(error: DAVError, environ: dict[str, Any]) -> None:
    """Name the locked entry by the visitor's own path: the library gives its ids and those of all above it.

    If the locked entry is above everything that the visitor reaches, the requested entry is named instead.
    """
    condition, asked_for = error.err_condition, quote(environ["SCRIPT_NAME"] + environ["PATH_INFO"])
    if condition is None or not condition.hrefs:
        return
    tree: DAVProvider = environ["wsgidav.provider"]
    hrefs = list[str]()
    for root in condition.hrefs:
        try:
            with visiting(environ[KEY]):
                hrefs.append(tree.get_resource_inst(tree.ref_url_to_path(root), environ).get_href())
        except DAVError:
            hrefs.append(asked_for)
    condition.hrefs = list(dict.fromkeys(hrefs))


def _refused(error: DAVError, start_response: Any) -> Iterator[bytes]:
    cause = error.src_exception
    if isinstance(cause, BudkavleError):  # such as a body that came too slowly
        error = DAVError(cause.status)
    elif error.value == 500:
        log.error("files.webdav-fault", error=type(cause or error).__name__)
    body = error.err_condition.as_string().encode() if error.err_condition else b""
    headers = [("Content-Type", "application/xml; charset=utf-8"), ("Content-Length", str(len(body)))]
    empty = error.value in {204, 304}
    start_response(get_http_status_string(error), [] if empty else headers)
    yield b"" if empty else body
