"""A plugin's panel in one of the core's pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from budkavle.model.people import Actor


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel for a named place of the core's pages.

    Attributes:
        place: `compose.options`, `compose.texts`, `message.panel`, `message.actions`, `mailbox.information`,
            `mailbox.settings`, `mailbox.systems`, `mailbox.api`, `organisation.settings`, `account.settings`,
            `account.notices`, `user.settings`,
            `case.panel`, `case.actions`, `inbox.toolbar`, `list.actions`, `search.results`, `administration.page`,
            `page.head`;
            `nav.item`, `organisation.menu`, `administration.menu`.
        template: A template of the plugin, named relative to the plugin's folder; empty for a line of a menu.
        context: Returns what the template needs, from the actor and the page's subject; a dict of plain values.
    """

    place: str
    template: str
    context: Callable[[Actor, Mapping[str, Any]], Mapping[str, Any]]
    order: int = 100
