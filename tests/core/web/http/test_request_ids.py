"""Each request has an id, which its lines of the log have and its answer tells."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleUser
from budkavle.web.http import request_ids

SAYS_SECRET = "Orosanmälan"


@pytest.fixture
def ada(browse: Callable[..., Browser], colleague: SampleUser) -> Browser:
    return browse(colleague)


@pytest.mark.feature("ZO14")
def test_all_lines_of_a_request_have_its_id(ada: Browser) -> None:
    """Those of a plugin's panel that fails, too, and no other request's; the address is in none of them."""
    with capture_logs([merge_contextvars]) as lines:
        answers = [ada.get(path) for path in ("/account", "/account", f"/nowhere?q={SAYS_SECRET}")]
    by_answer = [answer.headers[request_ids.HEADER] for answer in answers]
    assert len(set(by_answer)) == 3
    assert [line["event"] for line in lines] == ["panel.failed"] * 3
    assert [line["request"] for line in lines] == by_answer
    assert SAYS_SECRET not in json.dumps(lines, default=str)


@pytest.mark.parametrize(
    ("client", "given", "kept"),
    [
        ("203.0.113.9", "4bf92f3577b34da6a3ce929d0e0e4736", True),
        ("203.0.113.9", "anna@habo.example 197001011234", False),
        ("10.0.0.1", "4bf92f3577b34da6a3ce929d0e0e4736", False),
    ],
    ids=["a proxy's", "no id", "a browser's own"],
)
def test_an_id_of_a_trusted_proxy_is_kept(client: str, given: str, kept: bool) -> None:
    """Nobody else writes words of their own into the log."""

    async def send(_: Any) -> None:
        pass

    headers = [(b"x-request-id", given.encode())]
    scope: Any = {"type": "http", "headers": headers, "client": (client, 1), "budkavle.peer": "10.0.0.1", "state": {}}
    with capture_logs([merge_contextvars]) as lines, request_ids.identified(scope, send):
        structlog.get_logger().warning("web.failed")
    assert (lines[0]["request"] == given) is kept
