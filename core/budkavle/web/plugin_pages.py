"""What the routes of a plugin need to answer with pages that look like the core's own.

A plugin's handlers ask for `visitor` (who is signed in) and `form` (what was sent, its token checked) by name, like
the core's; they are given to every route of the application.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response

from budkavle.web.forms import WebRequest
from budkavle.web.frame import page
from budkavle.web.guard import Visitor


def plugin_page(
    request: WebRequest,
    visitor: Visitor,
    template: str,
    context: Mapping[str, Any],
    *,
    mailbox_id: UUID | None = None,
    folder: str = "",
    status: int = 200,
) -> Response[str]:
    """Answer with a page of a plugin, in the core's frame.

    Args:
        request: What is answered.
        visitor: Who asks.
        template: `PLUGIN/TEMPLATE`; it extends `layout.html` and may import from `macros/`.
        context: What the template needs; the frame adds `csrf`, `lang`, `nonce` and its own.
        mailbox_id: The mailbox that the page belongs to, marked in the rail.
        folder: The page's own word, which a `nav.item` panel gets as `folder` to mark itself as current.
        status: The HTTP status; 422 for a form with faults.
    """
    return page(request, visitor, template, context, mailbox_id=mailbox_id, folder=folder, status=status)
