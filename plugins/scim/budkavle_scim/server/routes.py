"""The only route of the service: it accepts every method and path, so that each error is in SCIM's form.

What handles the requests is imported with the first of them: the library of SCIM takes as long as the rest of a start.
"""

from importlib import import_module
from typing import Any, Final

from anyio import to_thread
from litestar import Response, Router, route
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from budkavle import BudkavleError, Host
from budkavle.identification import record_refused_program
from budkavle.web import WebRequest
from budkavle_scim import tokens
from budkavle_scim.server.addresses import BASE
from budkavle_scim.tokens import Caller

UNKNOWN: Final = "Nyckeln till katalogen saknas, eller gäller inte längre."
HANDLING: Final = "budkavle_scim.server.handling"
METHODS: Final = [HttpMethod(word) for word in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")]


def router(host: Host) -> Router:
    """Return the route; it is called by programs, so no CSRF token is required."""

    @route([BASE, f"{BASE}/{{rest:path}}"], http_method=METHODS, status_code=200)
    async def scim(request: WebRequest, rest: FromPath[str] = "") -> Response[Any]:
        """Handle a directory's request."""
        await to_thread.run_sync(import_module, HANDLING)
        from budkavle_scim.server import handling
        from budkavle_scim.server.answers import failed

        try:
            caller = await to_thread.run_sync(_caller, host, request.headers.get("authorization", ""))
            if caller is None:
                await to_thread.run_sync(record_refused_program, host.platform, "scim", UNKNOWN)
                return handling.unauthorized()
            scim_request = await handling.read_request(request, rest, caller)
            return await to_thread.run_sync(handling.respond, host, caller, scim_request)
        except Exception as error:  # noqa: BLE001 - the directory gets any error in SCIM's form
            return failed(host, error)

    def told(_: WebRequest, error: Exception) -> Response[Any]:
        """Return errors raised before the route: a body that is too slow, a path with U+0000."""
        from budkavle_scim.server.answers import failed

        return failed(host, error)

    handlers: Any = dict.fromkeys((BudkavleError, HTTPException, Exception), told)
    return Router("", route_handlers=[scim], exception_handlers=handlers, opt={"foreign_callers": True})


def _caller(host: Host, header: str) -> Caller | None:
    kind, _, secret = header.partition(" ")
    return tokens.find(host, secret.strip()) if kind.lower() == "bearer" and secret.strip() else None
