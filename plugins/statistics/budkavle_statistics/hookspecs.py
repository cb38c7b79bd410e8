"""The hook that statistics offers to other plugins. Implement it with `@hookimpl(optionalhook=True)`."""

from collections.abc import Mapping
from typing import Any

from budkavle import hookspec


@hookspec
def statistics_events() -> Mapping[str, Mapping[str, Any]]:  # type: ignore[empty-body]
    """Say which of the plugin's own events are counted on the page of statistics, by period and by their fact `what`.

    Called for each page. One that raises is logged and passed over: the page then has no card of it.

    Returns:
        By the kind of the entry in the event log: `title`, what the card is called, and `names`, what each value of
        the fact `what` is called. Both are Swedish and keys of the plugin's translations.

    Example:
        @hookimpl(optionalhook=True)
        def statistics_events() -> dict[str, dict[str, Any]]:
            return {"pigeon.flown": {"title": "Flygningar", "names": {"grey": "Grå duva"}}}
    """  # pyright: ignore[reportReturnType]
