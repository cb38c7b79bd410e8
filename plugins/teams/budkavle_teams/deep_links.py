"""Links that open a page of the app inside Teams.

Source: Microsoft Learn, "Deep link to a tab" (`l/entity`) and "Deep link to an application" (which id an app has).
"""

import json
import re
from urllib.parse import quote, urlencode
from uuid import UUID

TAB = "messages"
"""The tab's `entityId` in the manifest."""
NOTICES = "notices"
"""The page where a person chooses what Teams tells of."""
_PAGE = re.compile(r"(case|mailbox)-([0-9a-f]{32})\Z")
_PATHS = {"case": "/c", "mailbox": "/m"}


def case_page(case_id: UUID) -> str:
    """Return what Teams calls a case's page (`subPageId`): an id that says nothing."""
    return f"case-{case_id.hex}"


def mailbox_page(mailbox_id: UUID) -> str:
    """Return what Teams calls a mailbox's page."""
    return f"mailbox-{mailbox_id.hex}"


def page_path(page: str) -> str:
    """Return the path that a page's name means; the inbox where it is none of ours."""
    if page == NOTICES:
        return "/plugin/teams/notices"
    match = _PAGE.match(page)
    return f"{_PATHS[match[1]]}/{UUID(match[2])}" if match else "/"


def deep_link(app_id: str, page: str, label: str, web_url: str) -> str:
    """Return a link that opens a page in the app's tab.

    Args:
        app_id: The app's id in the organisation's catalogue, or the manifest's where it was uploaded for testing.
        page: As `case_page` names it.
        label: What Teams may show; never content.
        web_url: Where clients go that cannot open the tab.
    """
    context = json.dumps({"subEntityId": page}, separators=(",", ":"))
    query = urlencode({"webUrl": web_url, "label": label, "context": context}, quote_via=quote)
    return f"https://teams.microsoft.com/l/entity/{app_id}/{TAB}?{query}"
