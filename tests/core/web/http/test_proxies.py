"""Whose address counts: the one that a proxy of ours has seen, and never what a browser says of itself."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar, Request, get

from budkavle.web.app import behind
from budkavle.web.http.devices import network_of

PROXY, BROWSER, FORGED = "10.0.0.1", "192.0.2.7", "203.0.113.9"


@get("/", sync_to_thread=False)
def tell(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Whose request it is, and by what."""
    return {"client": request.client.host if request.client else "", "scheme": request.scope["scheme"]}


def asked(peer: str, **headers: str) -> dict[str, str]:
    """What the application takes a request from this peer for."""
    app: Any = behind(Litestar([tell], openapi_config=None), (PROXY, "10.1.0.0/16"))

    async def ask() -> dict[str, str]:
        transport = httpx.ASGITransport(app, client=(peer, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://budkavle.example") as client:
            answer: dict[str, str] = (await client.get("/", headers=headers)).json()
            return answer

    return asyncio.run(ask())


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip", "x-client-ip"])
def test_a_browsers_own_word_counts_for_nothing(name: str) -> None:
    """Whoever is no proxy of ours has the address that they connect from, and the scheme that they speak."""
    told = asked(BROWSER, **{name: FORGED, "x-forwarded-proto": "https"})
    assert told == {"client": BROWSER, "scheme": "http"}


def test_a_proxy_tells_the_address_that_it_has_seen() -> None:
    """Of a list the last counts that is no proxy's: what stands before it is what the browser has sent."""
    told = {"client": BROWSER, "scheme": "https"}
    assert asked(PROXY, **{"x-forwarded-for": BROWSER, "x-forwarded-proto": "https"}) == told
    assert asked(PROXY, **{"x-forwarded-for": f"{FORGED}, {BROWSER}", "x-forwarded-proto": "https"}) == told
    assert asked(PROXY, **{"x-forwarded-for": f"{FORGED}, {BROWSER}, 10.1.2.3", "x-forwarded-proto": "https"}) == told


def test_a_word_that_is_no_address_names_no_network() -> None:
    """What a proxy that adds to a browser's header may pass on is never kept as it came."""
    assert network_of('"><script>') == ""
    assert asked(PROXY, **{"x-real-ip": FORGED, "forwarded": f"for={FORGED}"})["client"] == PROXY
