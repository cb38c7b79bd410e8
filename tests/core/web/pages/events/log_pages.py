"""The page of the event log as a browser shows it."""

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from budkavle.testing.browsing import Browser

Browse = Callable[..., Browser]


def lines(page: Any) -> list[str]:
    """What the lines of a page say, in their order."""
    cells = re.findall(r'<tr id="event-\d+">.*?<td class="name">(.*?)(?:<p|</td>)', page.text, re.DOTALL)
    return [html.unescape(cell).strip() for cell in cells]


def ask(browser: Browser, **fields: str) -> list[str]:
    answer = browser.get(f"/events?{urlencode(fields)}")
    assert answer.status_code == 200
    return lines(answer)
