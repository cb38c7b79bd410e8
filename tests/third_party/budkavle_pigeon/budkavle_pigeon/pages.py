"""The plugin's own pages."""

from litestar import Router, get

from budkavle_pigeon.loft import Loft


def router(loft: Loft) -> Router:
    """Make the routes under `/plugin/pigeon/`."""

    @get("/birds", sync_to_thread=False)
    def birds() -> dict[str, int]:
        """Say how many birds there are."""
        return {"birds": loft.birds}

    return Router("/plugin/pigeon", route_handlers=[birds])
