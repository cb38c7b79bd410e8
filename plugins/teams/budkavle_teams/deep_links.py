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
"""The page where a person allows notices in Teams."""
_PAGE = re.compile(r"(case|mailbox)-([0-9a-f]{32})\Z")
_PATHS = {"case": "/c", "mailbox": "/m"}


def case_page(case_id: UUID) -> str:
    """Return a case's page name in Teams (`subPageId`): an opaque id."""
    return f"case-{case_id.hex}"


def mailbox_page(mailbox_id: UUID) -> str:
    """Return a mailbox's page name in Teams."""
    return f"mailbox-{mailbox_id.hex}"


def page_path(page: str) -> str:
    """Return the path for a page name; the inbox if the name is unknown."""
    if page == NOTICES:
        return "/plugin/teams/notices"
    match = _PAGE.match(page)
    return f"{_PATHS[match[1]]}/{UUID(match[2])}" if match else "/"


def deep_link(app_id: str, page: str, label: str, web_url: str) -> str:
    """Return a link that opens a page in the app's tab.

    Args:
        app_id: The app's id in the organisation's catalogue, or the manifest's id if it was uploaded for testing.
        page: A page name, as from `case_page`.
        label: Text that Teams may show; never content.
        web_url: For clients that cannot open the tab.
    """
    context = json.dumps({"subEntityId": page}, separators=(",", ":"))
    query = urlencode({"webUrl": web_url, "label": label, "context": context}, quote_via=quote)
    return f"https://teams.microsoft.com/l/entity/{app_id}/{TAB}?{query}"
