"""The page for connecting an organisation to another message service (MT4)."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle import Actor, Host, Invalid
from budkavle.accounts import require_admin
from budkavle.web import Form, Visitor, plugin_page
from budkavle_message_api.addresses import PATH
from budkavle_message_api.upstream import connections

SERVICE = f"{PATH}/service"


def router(host: Host) -> Router:
    """Return the page."""

    @get(SERVICE, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], done: FromQuery[str] = "") -> Response[str]:
        """Show the connection, with our public key for the other side."""
        require_admin(visitor.actor)
        service = connections.of(host, visitor.actor.organisation_id)
        typed = {"url": service.url, "token_url": service.token_url, "client_id": service.client_id} if service else {}
        return _page(host, visitor, typed, deletes=service.deletes if service else True, done=done)

    @post(SERVICE, sync_to_thread=True, status_code=200, asks_fresh=True)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Save or remove it, or show an error at each invalid field."""
        require_admin(visitor.actor)
        if form.get("remove"):
            connections.remove(host, visitor.actor)
            return Redirect(f"{SERVICE}?done=removed", status_code=303)
        typed = {name: form.get(name) for name in ("url", "token_url", "client_id")}
        deletes = bool(form.get("deletes"))
        try:
            connections.save(host, visitor.actor, **typed, deletes=deletes)
        except Invalid as error:
            return _page(host, visitor, typed, deletes=deletes, errors=error.fields)
        return Redirect(f"{SERVICE}?done=saved", status_code=303)

    return Router("", route_handlers=[show, save])


def card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the data of the card among the organisation's settings."""
    return {"url": SERVICE}


def _page(
    host: Host,
    visitor: Visitor,
    typed: Mapping[str, str],
    *,
    deletes: bool,
    errors: Mapping[str, str] | None = None,
    done: str = "",
) -> Response[str]:
    context = {
        "typed": {name: typed.get(name, "") for name in ("url", "token_url", "client_id")},
        "deletes": deletes,
        "service": connections.of(host, visitor.actor.organisation_id),
        "errors": {name: visitor.say(sentence) for name, sentence in (errors or {}).items()},
        "done": done,
        "action_url": SERVICE,
        "back_url": "/organisation",
    }
    status = 422 if errors else 200
    return plugin_page(visitor, "message_api/service.html", context, folder="api", status=status)
