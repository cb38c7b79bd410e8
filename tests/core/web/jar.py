"""A browser with its cookies, for pages that begin and end sessions."""

import re
from typing import Any


class Jar:
    """A browser with its cookies, signed in or not."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.cookies = {"budkavle": browser.cookie} if browser.cookie else {}

    def ask(self, method: str, path: str, site: str = "same-origin", accept: str = "text/html", **fields: str) -> Any:
        headers = {"sec-fetch-site": site, "accept": accept, "user-agent": "Prov/1"}
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.browser.client.cookies.clear()
        answer = self.browser.client.request(method, path, data=fields or None, headers=headers, follow_redirects=False)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer


def token(page: Any) -> str:
    """Return the token of the form on a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    return found[1]
