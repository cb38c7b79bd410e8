"""Panels of plugins in the core's pages. They are isolated: a failing one leaves a line, not a broken page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from markupsafe import Markup

from budkavle.logs import describe
from budkavle.model.people import Actor
from budkavle.plugins.breakers import Called
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.panel import Panel
from budkavle.web.auth import Visitor
from budkavle.web.views.tags import plugin_label


@dataclass(frozen=True, slots=True)
class MenuLine:
    """A plugin's entry in a menu; `icon` comes from the plugin, and may not be one of ours.

    `beside` puts an entry of the navigation next to "Nytt meddelande".
    """

    url: str
    text: str
    icon: str
    hint: str
    current: bool
    order: int = 100
    count: int = 0
    plugin: str = ""
    beside: bool = False


PATIENCE = 3.0
"""Timeout in seconds of a plugin's panel; the page is then shown without it."""
log = structlog.get_logger("budkavle.web")


def panels(visitor: Visitor, place: str, subject: Mapping[str, Any], nonce: str = "") -> list[Markup]:
    """Return the rendered panels of a place, in their order.

    A panel's template gets what its `context` returned, and `csrf`, `lang` and `nonce`. Its forms post to routes of its
    own plugin. An empty panel is left out.

    Args:
        visitor: The reader of the page.
        place: Such as `mailbox.settings`.
        subject: The subject of the page, as docs/hooks.md says for the place.
        nonce: The nonce of the response, for a panel with a script.
    """
    pieces = (_piece(visitor, of, subject, nonce) for of in visitor.platform.plugins.panels(place))
    return [piece for piece in pieces if piece.strip()]


def head_pieces(visitor: Visitor) -> list[Markup]:
    """Return plugins' content for the `head` of every page of a signed-in user; none in another site's frame.

    Content that fails is left out: a `head` has no room for an error line.

    Args:
        visitor: The reader of the page.
    """
    scope = visitor.request.scope["state"]
    if scope.get("frame") is not None:
        return []
    pieces = (_filled(visitor, of, {}, scope["nonce"]) for of in visitor.platform.plugins.panels("page.head"))
    return [piece for piece in pieces if piece is not None]


def menu_lines(visitor: Visitor, place: str, subject: Mapping[str, Any]) -> list[MenuLine]:
    """Return the plugins' entries of a menu, in order; a plugin that fails or has none for the visitor is skipped.

    Args:
        visitor: The reader of the page.
        place: One of `conformance.MENUS`.
        subject: The subject of the page, as docs/hooks.md says for the place.
    """
    lines = (_menu_line(visitor, of, subject) for of in visitor.platform.plugins.panels(place))
    return [line for line in lines if line is not None]


def _menu_line(visitor: Visitor, of: Of[Panel], subject: Mapping[str, Any]) -> MenuLine | None:
    try:
        values = context_of(of, visitor, subject)
        if not values:
            return None
        hint = visitor.say(values["hint"]) if values.get("hint") else ""
        text, icon, count = visitor.say(values["text"]), str(values["icon"]), int(values.get("count", 0))
        url, current = str(values["url"]), bool(values.get("current"))
        return MenuLine(url, text, icon, hint, current, of.thing.order, count, of.plugin, bool(values.get("beside")))
    except Exception as error:  # noqa: BLE001 - a plugin fails alone
        _passed_over(visitor, of, error)
        return None


def _piece(visitor: Visitor, of: Of[Panel], subject: Mapping[str, Any], nonce: str) -> Markup:
    filled = _filled(visitor, of, subject, nonce)
    if filled is not None:
        return filled
    context = {"plugin": plugin_label(visitor, of.plugin)}
    text = visitor.pages.text("fragments/panel_failed.html", context, visitor.language)
    return Markup(text)  # noqa: S704 - filled by an environment that escapes


def _filled(visitor: Visitor, of: Of[Panel], subject: Mapping[str, Any], nonce: str) -> Markup | None:
    frame = {"csrf": visitor.session.csrf, "lang": visitor.language, "nonce": nonce}
    template = f"{of.plugin}/{of.thing.template}"
    try:
        context = context_of(of, visitor, subject)
        filling = Called(of.plugin, "panels", template)
        walls = visitor.platform.plugins.walls
        text = walls.ask_here(filling, PATIENCE, visitor.pages.text, template, {**frame, **context}, visitor.language)
    except Exception as error:  # noqa: BLE001 - a plugin fails alone
        _passed_over(visitor, of, error)
        return None
    return Markup(text)  # noqa: S704 - filled by an environment that escapes


def context_of(of: Of[Panel], visitor: Visitor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask a plugin for the context of its panel.

    Raises:
        Unresponsive: It takes too long, or has stopped answering.
        TypeError: It returned something else than a dict.
    """
    part = f"{of.thing.place} {of.thing.template}".strip()
    called = Called(of.plugin, "panels", part)
    return visitor.platform.plugins.walls.ask(called, PATIENCE, _context, of.thing.context, visitor.actor, subject)


def _context(function: Callable[[Actor, Mapping[str, Any]], object], actor: Actor, subject: Mapping[str, Any]) -> Any:
    context = function(actor, subject)
    if context is None:
        return {}
    if not isinstance(context, Mapping):
        raise TypeError(f"context gave {type(context).__name__}, not a dict")
    return context


def _passed_over(visitor: Visitor, of: Of[Panel], error: Exception) -> None:
    """Log that a plugin's panel is missing from a page."""
    at = visitor.platform.plugins.walls.line(of.plugin, error, of.thing.context)
    log.error("panel.failed", plugin=of.plugin, place=of.thing.place, **{**describe(error), "at": at})
