"""The hook that files offers to other plugins. Implement it with `@hookimpl(optionalhook=True)`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from budkavle import Host, hookspec


@hookspec
def files_retention_kinds(host: Host, organisation_id: UUID) -> Mapping[UUID, Mapping[str, Any]]:  # type: ignore[empty-body]  # pyright: ignore[reportReturnType]
    """Return the kinds of document that a catalogue may have, and after how many days files of each are destroyed.

    Called when a catalogue's page for it is shown or saved, and when files are destroyed. If the hook fails or no
    longer returns a kind, files of catalogues of that kind are kept.

    Args:
        host: The host of the plugin that implements it.
        organisation_id: The organisation with the retention schedule.

    Returns:
        By the kind's id: `label`, its name for people; `days`, whole days that a file is kept after its latest version,
        or None if it is never destroyed by days; `since`, when this began to apply.

    Example:
        @hookimpl(optionalhook=True)
        def files_retention_kinds(organisation_id: UUID) -> Mapping[UUID, Mapping[str, Any]]:
            return {FEED_LISTS: {"label": "3.7 Foderlistor", "days": 730, "since": datetime(2026, 1, 1, tzinfo=UTC)}}
    """
