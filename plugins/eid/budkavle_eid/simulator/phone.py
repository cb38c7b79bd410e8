"""The telephone: a separate small page, where a test person scans a code, and approves or cancels."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from budkavle_eid.simulator.app import App, NotTaken
from budkavle_eid.simulator.persons import BY_KEY, PEOPLE, Person
from budkavle_eid.simulator.tls_server import HttpRequest, Reply

PAGES: Final = Path(__file__).parent / "pages"
NETWORKS: Final = {"127.0.0.1": "samma som datorns", "192.0.2.7": "ett annat (192.0.2.7)"}
GUARD: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
OPENERS: Final = {"/bankid": "bankid", "/freja": "freja"}
"""The paths of the apps' links."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds the telephone, and where."""

    person: Person
    network: str

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "Held":
        """Read it from a form; the first person if nobody has been chosen."""
        network = fields.get("network", "")
        person = BY_KEY.get(fields.get("person", ""), PEOPLE[0])
        return cls(person, network if network in NETWORKS else next(iter(NETWORKS)))


class Phone:
    """Handles the telephone's requests; the `service` of one port.

    Args:
        apps: By their keys in the page's URLs: `bankid`, `freja`.
    """

    def __init__(self, apps: Mapping[str, App]) -> None:
        self._apps = apps
        loader = FileSystemLoader(PAGES)
        self._pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        self._notes: dict[str, tuple[str, bool, str]] = {}

    def __call__(self, request: HttpRequest) -> Reply:
        """Handle a request; only pages of this port may change anything."""
        parts = urlsplit(request.path)
        if not _ours(request.headers):
            return Reply(403, "Den här telefonen nås bara från den här datorn.".encode(), "text/plain; charset=utf-8")
        if request.method == "POST":
            return self._do(parts.path, _fields(request.body.decode(errors="replace")))
        query = _fields(parts.query)
        if parts.path == "/phone.css":
            return Reply(200, (PAGES / "phone.css").read_bytes(), "text/css; charset=utf-8", GUARD)
        if parts.path in OPENERS:
            return self._page("open.html", query, name=OPENERS[parts.path], link=query)
        if parts.path == "/":
            return self._page("home.html", query)
        return Reply(404, b"Sidan finns inte.", "text/plain; charset=utf-8", GUARD)

    def _do(self, path: str, fields: dict[str, str]) -> Reply:
        name, _, deed = path.strip("/").partition("/")
        app, held = self._apps.get(name), Held.of(fields)
        if app is None:
            return Reply(404, b"Sidan finns inte.", "text/plain; charset=utf-8", GUARD)
        try:
            note = self._deed(app, deed, held, fields)
        except NotTaken as error:
            note = (str(error), True, "")
        word = secrets.token_urlsafe(8)
        self._notes[word] = note
        query = {"person": held.person.key, "network": held.network, "note": word}
        return Reply(303, b"", headers={**GUARD, "location": f"/?{urlencode(query)}"})

    def _deed(self, app: App, deed: str, held: Held, fields: dict[str, str]) -> tuple[str, bool, str]:
        if deed in {"pick", "scan", "open"}:
            {"pick": self._pick, "scan": self._scan, "open": self._open}[deed](app, held, fields)
            return f"{app.label} är öppen. Läs, och godkänn eller avbryt.", False, ""
        order = fields.get("order", "")
        if deed == "approve":
            return "Klart. Du är legitimerad.", False, app.approve(order, fields.get("risk", "low"))
        if deed == "decline":
            return "Du avbröt.", False, app.decline(order)
        raise NotTaken("Det kan telefonen inte.")

    def _pick(self, app: App, held: Held, fields: dict[str, str]) -> None:
        app.pick(fields.get("order", ""), held.person, held.network)

    def _scan(self, app: App, held: Held, fields: dict[str, str]) -> None:
        app.scan(fields.get("text", ""), held.person, held.network)

    def _open(self, app: App, held: Held, fields: dict[str, str]) -> None:
        app.open_link(fields, held.person, held.network)

    def _page(self, template: str, query: dict[str, str], **more: Any) -> Reply:
        message, bad, back = self._notes.pop(query.get("note", ""), ("", False, ""))
        held = Held.of(query)

        def hidden() -> Markup:
            template = Markup('<input type="hidden" name="{}" value="{}">')
            return template.format("person", held.person.key) + template.format("network", held.network)

        context = {
            "title": "Telefonen",
            "said": message,
            "bad": bad,
            "back": back,
            "people": PEOPLE,
            "networks": NETWORKS,
        }
        context |= {"person": held.person, "network": held.network, "apps": self._apps, "hidden": hidden}
        html = self._pages.get_template(template).render(context | more)
        return Reply(200, html.encode(), "text/html; charset=utf-8", GUARD)


def _fields(text: str) -> dict[str, str]:
    return dict(parse_qsl(text))


def _ours(headers: Mapping[str, str]) -> bool:
    """Tell whether a request is for this computer, and not from another site's page."""
    host = headers.get("host", "").rpartition(":")[0]
    foreign = headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
    origin = headers.get("origin")
    strange = origin not in {None, f"http://{headers.get('host')}"}
    return host in {"127.0.0.1", "localhost"} and not foreign and not strange
