"""The service worker's script, including the offline page."""

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
"""The placeholder of the page in the script."""


def worker_script(fill: Callable[[Markup, Markup], str], static: Callable[[str], str]) -> str:
    """Return the service worker's script.

    Args:
        fill: Renders the offline page, from its style and its script.
        static: Returns the URL of a static file.
    """
    page = fill(Markup(STYLE), Markup(RETRY))  # noqa: S704 - our own files
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
    """Return the source expression that allows one inline script or style in a content security policy."""
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"
