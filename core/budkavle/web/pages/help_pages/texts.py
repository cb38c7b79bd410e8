"""The pages of the help texts: a text by itself, or next to the page that it belongs to."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from budkavle.model.errors import NotFound
from budkavle.web import identification
from budkavle.web.auth import Visitor, platform_of, visitor_or_none
from budkavle.web.help_texts import Audience, HelpText, help_texts, search, texts_for
from budkavle.web.http.forms import WebRequest
from budkavle.web.http.language import language_of
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import is_open, page, part

GROUPS = {
    Audience.GUEST: N_("Läsa ett meddelande"),
    Audience.MEMBER: N_("Så gör du"),
    Audience.ADMIN: N_("För dig som administrerar er organisation"),
    Audience.PLATFORM: N_("För dig som administrerar installationen"),
}


def guest_texts(request: WebRequest) -> list[HelpText]:
    """Return the texts for readers who are not signed in."""
    folders = platform_of(request).plugins.folders("help")
    return [text for text in help_texts(folders, language_of(request)) if text.audience is Audience.GUEST]


def groups_of(texts: Sequence[HelpText], query: str) -> list[dict[str, Any]]:
    """Return the search results grouped by audience; all texts if there are no search words."""
    matching = search(texts, query) if query.strip() else texts
    groups = [(title, [text for text in matching if text.audience is audience]) for audience, title in GROUPS.items()]
    return [{"title": title, "texts": own} for title, own in groups if own]


@get("/help/{name:str}", sync_to_thread=True)
def show_text(request: WebRequest, name: FromPath[str]) -> Response[str]:
    """Show one help text."""
    visitor = visitor_or_none(request)
    if visitor is None:
        context = {"text": _named(guest_texts(request), name), "member": False}
        return identification.page(request, "pages/help_text.html", context)
    return _shown(visitor, _named(texts_for(visitor), name))


def _shown(visitor: Visitor, text: HelpText) -> Response[str]:
    if is_open(visitor.request):
        return part(visitor, "fragments/help_text.html", {"text": text})
    return page(visitor, "pages/help_text.html", {"text": text, "member": True}, folder="help")


def _named(texts: Sequence[HelpText], name: str) -> HelpText:
    for text in texts:
        if text.name == name:
            return text
    raise NotFound("Hjälptexten finns inte. Sök efter den i Hjälp.")


HANDLERS = [show_text]
