"""The worker's script, with the page that it shows without network."""

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files

from markupsafe import Markup

_FOLDER = files("budkavle_phone.app")
SCRIPT = _FOLDER.joinpath("worker.js").read_text("utf-8")
STYLE = _FOLDER.joinpath("offline.css").read_text("utf-8")
RETRY = _FOLDER.joinpath("offline.js").read_text("utf-8")
HOLE = "{}; /* page */"
"""Where the page is put into the script."""


def worker_script(fill: Callable[[Markup, Markup], str], static: Callable[[str], str]) -> str:
    """Return the worker's script.

    Args:
        fill: Makes the page without network, from its style and its script.
        static: Gives the address of a static file.
    """
    page = fill(Markup(STYLE), Markup(RETRY))  # noqa: S704 - files of ours
    policy = f"default-src 'none'; style-src {_source(STYLE)}; script-src {_source(RETRY)}"
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    icons = {"icon": static("plugin/phone/icon-192.png"), "badge": static("plugin/phone/badge-96.png")}
    return SCRIPT.replace(HOLE, f"{json.dumps({'page': page, 'headers': headers, **icons})};", 1)


def _source(inline: str) -> str:
    """Return how a policy names one script or style that stands in the page."""
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"
