"""The page for choosing something for a case from a long list: a colleague, a mailbox, readers."""

from typing import Any
from urllib.parse import parse_qsl

from litestar import Response

from budkavle.accounts.mailbox_list import ListPage
from budkavle.model.mailboxes import Case
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import WebRequest
from budkavle.web.pages.teamwork.confirmations import LIST_FILTERS, case_url, list_query
from budkavle.web.views.layout import page
from budkavle.web.views.paging import ListAddress, paging


def list_address(request: WebRequest) -> ListAddress:
    """Return the shown part of the list; the list of cases next to the case is in the same query."""
    return ListAddress.read(request, filters=LIST_FILTERS)


def choice_page(
    request: WebRequest, visitor: Visitor, template: str, case: Case, listed: ListPage[Any], **context: Any
) -> Response[str]:
    """Show the page; `fault` or `faults` in the context are shown as errors.

    Args:
        request: The request.
        visitor: The user who chooses.
        template: The page's template, which uses `macros/choosing.html`.
        case: The case.
        listed: The part of the list that is shown.
        **context: What else the template needs.
    """
    address = list_address(request)
    whole = {
        "case": case,
        "words": address.words,
        "searches": listed.total > len(listed.items) or bool(address.words),
        "paging": paging(address, listed.rows, listed.total),
        "query": list_query(request),
        "kept": parse_qsl(list_query(request).removeprefix("?")),
        "back_url": case_url(request, case.id),
        **context,
    }
    status = 422 if context.get("fault") or context.get("faults") else 200
    return page(visitor, template, whole, mailbox_id=case.mailbox_id, folder="inbox", status=status)
