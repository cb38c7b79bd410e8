"""The pages for adding and removing API clients, of an organisation (O13) or of one mailbox (F7)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, ActorScope, Forbidden, FunctionMailbox, Host, Invalid, MailboxKind, as_uuid
from budkavle.accounts import all_mailboxes, find_mailbox
from budkavle.web import Form, Visitor, plugin_page
from budkavle_message_api.access import clients
from budkavle_message_api.access.clients import ApiClient, ClientDetails
from budkavle_message_api.access.tokens import Tokens
from budkavle_message_api.addresses import BASE, PATH
from budkavle_message_api.api_scopes import ARCHIVE, DELETE, GET, LIST, REGISTER, SCOPES, SEND

CLIENTS = f"{PATH}/clients"
ONE = f"{CLIENTS}/{{client_id:uuid}}"
DEEDS = {
    SEND: "Skicka meddelanden",
    GET: "Hämta ett meddelande",
    LIST: "Lista meddelanden",
    DELETE: "Ta bort meddelanden",
    REGISTER: "Skriva tillbaka diarienummer",
    ARCHIVE: "Lämna arkivets kvittenser",
}


def router(host: Host, tokens: Tokens) -> Router:
    """Return the pages."""
    return Router("", route_handlers=[*_listing(host, tokens), *_removing(host)])


def _listing(host: Host, tokens: Tokens) -> list[HTTPRouteHandler]:
    @get(CLIENTS, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        mailbox: FromQuery[str] = "",
        done: FromQuery[str] = "",
    ) -> Response[str]:
        """List the clients, with a form to add one."""
        return _page(host, tokens, visitor, _typed(Form(), _id(mailbox)), done=done)

    @post(CLIENTS, sync_to_thread=True, status_code=200, asks_fresh=True)
    def add(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Add a client, or show an error at each invalid field."""
        client = _typed(form, _id(form.get("mailbox")))
        try:
            made = clients.register(host, visitor.actor, client)
        except Invalid as error:
            return _page(host, tokens, visitor, client, errors=error.fields)
        return Redirect(f"{_url(client.mailbox_id)}done=added#client-{made.id}", status_code=303)

    return [show, add]


def _removing(host: Host) -> list[HTTPRouteHandler]:
    @get(f"{ONE}/remove", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], client_id: FromPath[UUID]) -> Response[str]:
        """Ask for confirmation before a client is removed."""
        client = clients.managed(host, visitor.actor, client_id)
        context = {"client": client, "remove_url": f"{CLIENTS}/{client_id}/remove", "back_url": _url(client.mailbox_id)}
        return plugin_page(visitor, "message_api/client_remove.html", context, mailbox_id=client.mailbox_id)

    @post(f"{ONE}/remove", sync_to_thread=True, status_code=303, asks_fresh=True)
    def remove(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        client_id: FromPath[UUID],
    ) -> Redirect:
        """Remove it; its tokens become invalid at once."""
        gone = clients.remove(host, visitor.actor, client_id)
        return Redirect(f"{_url(gone.mailbox_id)}done=removed", status_code=303)

    @post(f"{ONE}/let-in", sync_to_thread=True, status_code=303, asks_fresh=True)
    def let_in(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        client_id: FromPath[UUID],
    ) -> Redirect:
        """Unblock it, after a restore."""
        client = clients.let_in(host, visitor.actor, client_id)
        return Redirect(f"{_url(client.mailbox_id)}done=let-in#client-{client_id}", status_code=303)

    return [ask, remove, let_in]


def organisation_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the API item in the menu of Min organisation."""
    return {"url": CLIENTS, "text": "API", "icon": "key"}


def panel(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data of the panel in a mailbox's settings: its clients, if the actor may manage them."""
    mailbox: FunctionMailbox = subject["mailbox"]
    if mailbox.kind is not MailboxKind.FUNCTION:
        return {"may_change": False}
    try:
        registered = clients.listed(host, actor, mailbox.id)
    except Forbidden:
        return {"may_change": False}
    return {
        "may_change": True,
        "names": [client.name for client in registered],
        "url": f"{CLIENTS}?mailbox={mailbox.id}",
    }


def _page(
    host: Host,
    tokens: Tokens,
    visitor: Visitor,
    typed: ClientDetails,
    *,
    errors: Mapping[str, str] | None = None,
    done: str = "",
) -> Response[str]:
    registered = clients.listed(host, visitor.actor, typed.mailbox_id)
    with visitor.work() as work:
        box = find_mailbox(work, typed.mailbox_id).mailbox if typed.mailbox_id else None
    system = host.system(visitor.actor.organisation_id, ActorScope.READ)
    with visitor.platform.work(system) as work:
        names = {mailbox.id: mailbox.name for mailbox in all_mailboxes(work)}
    context = {
        "clients": [_shown(visitor, client, names) for client in registered],
        "mailbox": box,
        "has_address": box is None or clients.own_address(host, system, box.id) is not None,
        "typed": typed,
        "auth_ids": "\n".join(typed.auth_ids),
        "scopes": [
            (scope, visitor.say(text), None) for scope, text in DEEDS.items() if box is None or scope != ARCHIVE
        ],
        "issuers": [("", visitor.say("Budkavle själv")), *((name, name) for name in host.settings.issuers)],
        "errors": {name: visitor.say(sentence) for name, sentence in (errors or {}).items()},
        "done": done,
        "action_url": CLIENTS,
        "back_url": f"/mailboxes/{box.id}/api" if box else "/organisation",
        "api_url": visitor.platform.settings.base_url.rstrip("/") + BASE,
        "token_url": tokens.endpoint,
    }
    template, status = "message_api/clients.html", 422 if errors else 200
    return plugin_page(visitor, template, context, mailbox_id=typed.mailbox_id, folder="api", status=status)


def _shown(visitor: Visitor, client: ApiClient, mailboxes: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "client_id": client.subject,
        "issuer": client.issuer,
        "deeds": [visitor.say(DEEDS[scope]) for scope in client.scopes],
        "reach": mailboxes.get(client.mailbox_id, "–") if client.mailbox_id else ", ".join(client.auth_ids),
        "created_at": client.created_at,
        "used_at": client.used_at,
        "ended_at": client.ended_at,
        "let_in_url": f"{CLIENTS}/{client.id}/let-in",
        "remove_url": f"{CLIENTS}/{client.id}/remove",
    }


def _typed(form: Form, mailbox_id: UUID | None) -> ClientDetails:
    return ClientDetails(
        name=form.get("name"),
        mailbox_id=mailbox_id,
        auth_ids=tuple(form.get("auth_ids").split()),
        scopes=tuple(form.all("scopes")) if form.values else SCOPES,
        keys=form.get("keys"),
        keys_url=form.get("keys_url"),
        issuer=form.get("issuer"),
        subject=form.get("subject"),
    )


def _id(text: str) -> UUID | None:
    mailbox_id = as_uuid(text)
    if text and mailbox_id is None:
        raise Invalid("Adressen pekar inte på någon brevlåda. Gå tillbaka och försök igen.")
    return mailbox_id


def _url(mailbox_id: UUID | None) -> str:
    return f"{CLIENTS}?mailbox={mailbox_id}&" if mailbox_id else f"{CLIENTS}?"
