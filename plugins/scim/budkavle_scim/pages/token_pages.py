"""The page Katalog: the service's URL, its tokens, and links to groups and rules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, Conflict, Host, Invalid
from budkavle.web import Form, Visitor, plugin_page, require_authority
from budkavle_scim import linking, tokens
from budkavle_scim.rules import group_rules
from budkavle_scim.server.addresses import BASE, PATH

TOKENS = f"{PATH}/tokens"
LINKING = f"{PATH}/linking"
FRESH = "Visa vem du är, innan du ändrar vad katalogen får göra."
LENGTHS = {90: "3 månader", 180: "6 månader", 365: "12 månader"}


def router(host: Host) -> Router:
    """Return the routes of the tokens."""

    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], done: FromQuery[str] = "") -> Response[str]:
        """Show the URL, the tokens and the counts."""
        return _page(host, visitor, done=done)

    @post(TOKENS, sync_to_thread=True, status_code=200)
    def create(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Create a token, and show its secret this once."""
        require_authority(visitor, FRESH)
        name, days = form.get("name"), form.get("days")
        try:
            secret = tokens.create(host, visitor.actor, name, int(days) if days in map(str, LENGTHS) else 0)
        except Invalid as error:
            return _page(host, visitor, typed=(name, days), errors=error.fields)
        except Conflict as error:
            return _page(host, visitor, typed=(name, days), errors={"name": str(error)})
        return plugin_page(visitor, "scim/token_made.html", {"secret": secret, "url": _url(host), "back_url": PATH})

    @get(f"{TOKENS}/{{token_id:uuid}}/end", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], token_id: FromPath[UUID]) -> Response[str]:
        """Ask for confirmation before a token is revoked."""
        token = tokens.one(host, visitor.actor, token_id)
        context = {"name": token.name, "end_url": f"{TOKENS}/{token_id}/end", "back_url": PATH}
        return plugin_page(visitor, "scim/token_end.html", context)

    @post(f"{TOKENS}/{{token_id:uuid}}/end", sync_to_thread=True, status_code=303)
    def end(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        token_id: FromPath[UUID],
    ) -> Redirect:
        """Revoke it; the next request with it is refused."""
        require_authority(visitor, FRESH)
        tokens.end(host, visitor.actor, token_id)
        return Redirect(f"{PATH}?done=ended", status_code=303)

    @post(LINKING, sync_to_thread=True, status_code=303)
    def link(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Choose the sign-in method that knows the directory's users."""
        require_authority(visitor, FRESH)
        try:
            linking.choose(host, visitor.actor, linking.Choice(form.get("way"), form.get("attribute")))
        except Invalid as error:
            return _page(host, visitor, errors=error.fields)
        return Redirect(f"{PATH}?done=linking", status_code=303)

    return Router("", route_handlers=[show, create, ask, end, link])


def menu_line(actor: Actor, page: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the menu item under Min organisation."""
    return {"url": PATH, "text": "Katalog", "icon": "people", "hint": "Användare och grupper från er katalog (SCIM)."}


def _page(
    host: Host,
    visitor: Visitor,
    *,
    typed: tuple[str, str] = ("", "365"),
    errors: Mapping[str, str] | None = None,
    done: str = "",
) -> Response[str]:
    now = datetime.now(UTC)
    listed = tokens.listed(host, visitor.actor)
    with host.work(visitor.actor) as work:
        choice = linking.chosen(host, work)
    context = {
        "linking": choice,
        "linking_url": LINKING,
        "link_counts": linking.counts(host, visitor.actor),
        "ways": [("", visitor.say("Inget: användare kopplas för hand")), *linking.ways(host, visitor.actor).items()],
        "attributes": [(name, name) for name in linking.ATTRIBUTES],
        "url": _url(host),
        "counts": group_rules.count_all(host, visitor.actor),
        "heard_at": max((token.used_at for token in listed if token.used_at), default=None),
        "tokens": [_shown(token, now) for token in listed],
        "may_make": sum(token.expires_at > now for token in listed) < tokens.MOST,
        "name": typed[0],
        "days": typed[1],
        "lengths": [(str(days), visitor.say(text)) for days, text in LENGTHS.items()],
        "errors": {name: visitor.say(sentence) for name, sentence in (errors or {}).items()},
        "done": done,
        "tokens_url": TOKENS,
        "groups_url": f"{PATH}/groups",
    }
    return plugin_page(visitor, "scim/directory.html", context, status=422 if errors else 200)


def _shown(token: tokens.Token, now: datetime) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "used_at": token.used_at,
        "state": "over" if token.expires_at <= now else "soon" if token.ends_soon(now) else "well",
        "days": max(0, token.left(now).days),
        "end_url": f"{TOKENS}/{token.id}/end",
    }


def _url(host: Host) -> str:
    base: str = host.platform.settings.base_url.rstrip("/")
    return base + BASE
