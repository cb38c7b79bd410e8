"""The last step into a room: a redirect to our own page, or a page that leads to another system."""

from typing import Any

from litestar import Response
from litestar.response import Redirect

from budkavle.web import WebRequest, guest_page
from budkavle_meetings.providers.protocol import OpenedRoom


def lead_into(request: WebRequest, room: OpenedRoom, language: str = "") -> Response[Any]:
    """Answer with the way into a room. Our policy forbids forms that end on another site, so a page leads there."""
    if room.url.startswith("/"):
        return Redirect(room.url, status_code=303)
    context = {"url": room.url, "referrer": "no-referrer"}
    answer = guest_page(request, "meetings/go.html", context, language=language)
    answer.headers["referrer-policy"] = "no-referrer"
    return answer
