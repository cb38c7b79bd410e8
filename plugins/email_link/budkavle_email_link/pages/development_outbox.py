"""The page of the development outbox: the mails that were not sent, for administrators of the demo."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle import Actor, Host, NotFound
from budkavle.accounts import require_admin
from budkavle.web import Visitor, plugin_page
from budkavle_email_link.mail.outbox import Outbox
from budkavle_email_link.settings import EmailLinkSettings

PATH = "/plugin/email_link/outbox"
FOLDER = "email_link.outbox"


def router(host: Host) -> Router:
    """Return the routes; they answer 404 unless the settings have `host = "outbox"`."""
    settings: EmailLinkSettings = host.settings

    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the mails, the newest first."""
        _judge(settings, visitor)
        context = {"mails": Outbox(host).latest(), "opened": None, "path": PATH}
        return plugin_page(visitor, "email_link/outbox.html", context, folder=FOLDER)

    @get(f"{PATH}/{{number:int}}", sync_to_thread=True)
    def read(visitor: NamedDependency[Visitor], number: FromPath[int]) -> Response[str]:
        """Show one mail as its recipient would see it."""
        _judge(settings, visitor)
        mails = Outbox(host).latest()
        opened = next((mail for mail in mails if mail.id == number), None)
        if opened is None:
            raise NotFound("Mejlet finns inte kvar i utkorgen.")
        context = {"mails": mails, "opened": opened, "path": PATH}
        return plugin_page(visitor, "email_link/outbox.html", context, folder=FOLDER)

    return Router("", route_handlers=[show, read])


def card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the context of the card among the organisation's settings."""
    return {"url": PATH}


def _judge(settings: EmailLinkSettings, visitor: Visitor) -> None:
    if not settings.shows_outbox:
        raise NotFound("Kontrollera adressen, eller börja om från inkorgen.")
    require_admin(visitor.actor)
