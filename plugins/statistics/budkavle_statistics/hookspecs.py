"""The hook that statistics offers to other plugins. Implement it with `@hookimpl(optionalhook=True)`."""

from collections.abc import Mapping
from typing import Any

from budkavle import hookspec


@hookspec
def statistics_events() -> Mapping[str, Mapping[str, Any]]:  # type: ignore[empty-body]
    """Give the plugin's own events that the statistics page counts, by period and by their fact `what`.

    Called each time the page is shown. If an implementation raises, it is logged and the page has no card for it.

    Returns:
        By the kind of the entry in the event log: `title`, the title of the card, and `names`, a name for each value of
            the fact `what`. Both are Swedish and keys of the plugin's translations.

    Example:
        @hookimpl(optionalhook=True)
        def statistics_events() -> dict[str, dict[str, Any]]:
            return {"pigeon.flown": {"title": "Flygningar", "names": {"grey": "Grå duva"}}}
    """  # pyright: ignore[reportReturnType]
