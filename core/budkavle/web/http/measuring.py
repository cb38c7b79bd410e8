"""Time to first byte of pages, by route."""

from time import monotonic

from litestar.types import Message, Scope, Send

from budkavle.measures import catalogue

METHODS = frozenset({"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})


def measured(scope: Scope, send: Send) -> Send:
    """Wrap `send` so that it records the time until the response starts."""
    begun = monotonic()
    if catalogue.PAGE.made is None or str(scope["type"]) != "http":
        return send

    async def measuring(message: Message) -> None:
        if message["type"] == "http.response.start":
            # The route, never the address, which has ids and input from strangers.
            route = str(scope.get("path_template") or "none")
            method = str(scope.get("method"))
            catalogue.PAGE.observe(monotonic() - begun, route, method if method in METHODS else "other")
            catalogue.ANSWERS.count(f"{message['status'] // 100}xx")
        await send(message)

    return measuring
