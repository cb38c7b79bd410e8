"""Outlook on the web with one item open and the pane in its frame, for a browser whose requests a test handles."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HOST = "https://outlook.office.com"
OFFICE = "https://appsforoffice.microsoft.com"
AJAX = "https://ajax.aspnetcdn.com"


def attachment(name: str, content: bytes, *, inline: bool = False) -> dict[str, Any]:
    """Return a file of a draft, as office.js describes it."""
    coded = {"content": b64encode(content).decode(), "format": "base64"}
    attachment = {"id": f"id-{name}", "name": name, "size": len(content), "attachmentType": "file", "isInline": inline}
    return {**attachment, "contentId": name if inline else "", "url": "", "isServiceAccessible": True, "content": coded}


def cloud_attachment(name: str) -> dict[str, Any]:
    """Return a link to a file at another service, which Outlook treats as an attachment."""
    url = f"https://files.example/{name}"
    coded = {"content": url, "format": "url"}
    attachment = {"id": f"id-{name}", "name": name, "size": 0, "attachmentType": "cloud", "isInline": False}
    return {**attachment, "contentId": "", "url": url, "isServiceAccessible": True, "content": coded}


@dataclass
class Outlook:
    """Outlook, with one item open.

    Attributes:
        url: The URL that the pane's frame opens, from the manifest.
        item: The draft, or the message that is read.
        mode: `compose` or `read`.
        version: The newest Mailbox requirement set that it supports.
        token: The token for our app; empty if it gives none.
        account: The signed-in account.
        refuses: A call that fails.
        width: The width of the pane.
        runtime: The page that runs event functions, from the manifest; empty if there is none.
        pane: Whether the pane is open from the start.
    """

    url: str
    item: dict[str, Any]
    mode: str = "compose"
    version: str = "1.16"
    token: str = ""
    account: dict[str, str] = field(default_factory=dict)
    refuses: str = ""
    width: int = 360
    language: str = "sv-SE"
    runtime: str = ""
    pane: bool = True

    def open(self, page: Any) -> None:
        """Open it in a page of a browser (Playwright)."""
        page.context.route(f"{OFFICE}/**", lambda route: _file(route, "office.js"))
        page.context.route(f"{AJAX}/**", lambda route: route.fulfill(body="", content_type="text/javascript"))
        page.context.route(f"{HOST}/**", _host)
        page.add_init_script(f"if (location.origin === {HOST!r}) {{ {self._state()} }}")
        page.goto(f"{HOST}/mail/")

    def _state(self) -> str:
        item = {"to": [], "cc": [], "bcc": [], "subject": "", "html": "", "attachments": [], **self.item}
        state = {
            "url": self.url,
            "item": item,
            "mode": self.mode,
            "set": self.version,
            "language": self.language,
            "width": self.width,
            "refuses": self.refuses,
            "account": self.account,
            "idToken": _unsigned(
                {"oid": self.account.get("localAccountId", ""), "tid": self.account.get("tenantId", "")}
            ),
            "info": f"Outlook$Web$16.01${self.language}$$$$16",
            "calls": [],
            "asked": [],
            "saved": 0,
            "closed": False,
            "runtime": self.runtime,
            "pane": self.pane,
            "event": "",
            "completed": None,
            "sent": False,
            "shown": "",
            "discarded": False,
        }
        token = f"window.outlook.token = () => {json.dumps(self.token)};" if self.token else ""
        return f"window.outlook = {json.dumps(state)}; {token}"


def people(*addresses: str) -> list[dict[str, str]]:
    """Return recipients, as office.js describes them."""
    return [{"emailAddress": address, "displayName": address, "recipientType": "externalUser"} for address in addresses]


def _unsigned(claims: dict[str, str | None]) -> str:
    """Return an id token for msal in a nested app, which does not verify its signature."""
    parts = ({"alg": "none"}, {**claims, "exp": 4_102_444_800})
    coded = [
        b64encode(json.dumps(part).encode()).decode().rstrip("=").replace("+", "-").replace("/", "_") for part in parts
    ]
    return ".".join([*coded, "x"])


def _host(route: Any) -> None:
    name = route.request.url.partition("?")[0].rpartition("/")[2]
    _file(route, name if name in {"host.js", "host.css"} else "host.html")


def _file(route: Any, name: str) -> None:
    kinds = {"html": "text/html; charset=utf-8", "js": "text/javascript", "css": "text/css"}
    route.fulfill(body=(HERE / name).read_text("utf-8"), content_type=kinds[name.rpartition(".")[2]])
