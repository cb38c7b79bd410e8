"""The service's description of itself: its configuration, schemas and resource types."""

from collections.abc import Sequence
from typing import Any

from scim2_models import Context, ForbiddenException, ListResponse, Meta

from budkavle import Host
from budkavle_scim.server.addresses import BASE
from budkavle_scim.server.context import not_found
from budkavle_scim.server.resources import CONFIG, PROVIDER

CONFIGURATION = "ServiceProviderConfig"
SCHEMAS, RESOURCE_TYPES = "Schemas", "ResourceTypes"


def told(host: Host, path: Sequence[str], *, filtered: bool) -> str:
    """Return the discovery document at a path, as JSON.

    Args:
        host: The plugin's host.
        path: `ServiceProviderConfig`, or `Schemas` or `ResourceTypes`, optionally followed by an id.
        filtered: Whether the query has a filter, which RFC 7644, section 4, forbids.

    Raises:
        ForbiddenException: There is a filter.
        NotFoundException: There is no such document.
    """
    if filtered:
        raise ForbiddenException(detail="Nothing can be filtered here.")
    if list(path) == [CONFIGURATION]:
        return _json(_placed(host, CONFIG, CONFIGURATION, ""))
    items: Sequence[Any] | None = {SCHEMAS: PROVIDER.schemas, RESOURCE_TYPES: PROVIDER.resource_types}.get(path[0])
    if items is None or len(path) > 2:
        raise not_found("/".join(path))
    placed = [_placed(host, item, path[0].removesuffix("s"), f"/{item.id or item.name}") for item in items]
    if len(path) == 2:
        named = next((item for item in placed if str(item.id or item.name).lower() == path[1].lower()), None)
        if named is None:
            raise not_found(path[1])
        return _json(named)
    kind: Any = type(placed[0])
    page = {"total_results": len(placed), "start_index": 1, "items_per_page": len(placed), "resources": placed}
    return _json(ListResponse[kind](**page))


def _placed(host: Host, item: Any, kind: str, end: str) -> Any:
    """Return a copy with its location."""
    base = host.platform.settings.base_url.rstrip("/")
    copy = item.model_copy(deep=True)
    folder = kind if kind == CONFIGURATION else f"{kind}s"
    copy.meta = Meta(resource_type=kind, location=f"{base}{BASE}/{folder}{end}")
    return copy


def _json(item: Any) -> str:
    return str(item.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))
