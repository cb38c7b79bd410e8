"""The id of a request: in each of its log lines, and in its response as `X-Request-ID`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from litestar.datastructures import Headers
from litestar.types import Message, Scope, Send

from budkavle import logs

HEADER = "x-request-id"
_ID = re.compile(r"[0-9a-fA-F-]{16,64}")
"""The ids that a trusted proxy may give a request; no other gets into the log."""


@contextmanager
def identified(scope: Scope, send: Send) -> Iterator[Send]:
    """Give a request its id for the block; yields the `send` for its response.

    A trusted reverse proxy may have given it an id already, which its own log has too.
    """
    request_id = _from_proxy(scope) or uuid4().hex

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (HEADER.encode(), request_id.encode())]
        await send(message)

    with logs.doing(request=request_id):
        yield telling


def _from_proxy(scope: Scope) -> str:
    """Return the id from a proxy, if it is trusted: then the forwarded client address is used too."""
    peer: Any = scope.get("budkavle.peer")
    client = scope.get("client")
    if not peer or not client or client[0] == peer:
        return ""
    request_id = Headers.from_scope(scope).get(HEADER, "")
    return request_id if _ID.fullmatch(request_id) else ""
