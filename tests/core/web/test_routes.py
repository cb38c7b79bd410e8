"""The routes of the application are those that Litestar would register by itself."""

from typing import Any

from litestar import Litestar, Router, get, post, put
from litestar.routes import HTTPRoute

from budkavle.storage.platform import Platform
from budkavle.web.app import _Application, _Whole, create_app


@get("/a", sync_to_thread=False)
def read() -> str:
    return "a"


@post("/a", sync_to_thread=False)
def write() -> str:
    return "b"


@get(["/b", "/c"], sync_to_thread=False)
def other() -> str:
    return "c"


@put("/a", sync_to_thread=False)
def change() -> str:
    return "d"


HANDLERS = (read, write, other, change)


class Plain(Litestar):
    """As Litestar has it."""


def names(routes: list[Any]) -> dict[str, dict[str, str]]:
    """Which function answers which method of which path."""
    return {
        route.path: {
            method: handler.fn.__name__
            for method, (handler, _) in route.route_handler_map.items()
            if method != "OPTIONS"
        }
        for route in routes
        if isinstance(route, HTTPRoute)
    }


def test_each_method_of_each_path_has_its_handler() -> None:
    """Also where the methods of a path are registered one after the other, with others between them."""
    settings: dict[str, Any] = {"openapi_config": None, "logging_config": None}
    plain = Plain([Router("/", route_handlers=HANDLERS)], **settings)
    assert names(plain.routes)["/a"] == {"GET": "read", "POST": "write", "PUT": "change"}
    assert names(_Application([_Whole(*HANDLERS)], **settings).routes) == names(plain.routes)
    assert names(_Application(HANDLERS, **settings).routes) == names(plain.routes)


def test_the_map_is_the_one_that_litestar_reads_in_the_routes(platform: Platform) -> None:
    """Of the whole application."""
    mapped = create_app(platform)
    whole = Router.__dict__["route_handler_method_map"].fget(mapped)
    assert mapped.route_handler_method_map == whole
    assert len(whole) >= 3
