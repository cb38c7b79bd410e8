"""A small address book service on 127.0.0.1 that can misbehave, and an installation with two organisations."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from budkavle.host import Host, build
from budkavle.settings import Settings
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation
from budkavle.testing.databases import Databases
from budkavle_addressbook import participants
from budkavle_addressbook.national import jsonapi, local_copy
from budkavle_addressbook.settings import Settings as BookSettings

BASE = "/addressbook/api"


def organisation(id_: str, name: str, participant: str = "", parent: str = "", **more: Any) -> dict[str, Any]:
    attributes = {"name": name, "participantIdentifier": participant, "organizationNumber": "2120000241"} | more
    resource = {"type": "organizations", "id": id_, "attributes": {k: v for k, v in attributes.items() if v != ""}}
    return _below(resource, parent)


def address(id_: str, name: str, identifier: str, parent: str, **more: Any) -> dict[str, Any]:
    attributes = {"name": name, "identifier": identifier} | more
    return _below({"type": "addresses", "id": id_, "attributes": attributes}, parent)


def _below(resource: dict[str, Any], parent: str) -> dict[str, Any]:
    if parent:
        resource["relationships"] = {"parent": {"data": {"type": "organizations", "id": parent}}}
    return resource


@dataclass
class Service:
    """The content of the service, its behaviour (`answer` may replace a response), and the requests it got."""

    port: int = 0
    size: int = 2
    collections: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answer: Callable[[str, BaseHTTPRequestHandler], bool] = lambda path, handler: False
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{BASE}"

    def document(self, target: str) -> dict[str, Any] | None:
        url = urlsplit(target)
        name = url.path.removeprefix(f"{BASE}/")
        if name not in self.collections:
            return None
        number = int(parse_qs(url.query).get("page[number]", ["1"])[0])
        everything = self.collections[name]
        links: dict[str, Any] = {"self": f"{self.url}/{name}", "next": None}
        if number * self.size < len(everything):
            links["next"] = f"{self.url}/{name}?page[number]={number + 1}"
        return {"data": everything[(number - 1) * self.size : number * self.size], "links": links, "meta": {}}


@pytest.fixture
def service() -> Iterator[Service]:
    """A service with three organisations, one of them part of another, and a code system."""
    held = Service()
    held.collections = {
        "organizations": [
            organisation("o1", "Håbo kommun", "0203:habo.se", alternateName="Håbo", extra={"unknown": [1]}),
            organisation("o2", "Region Uppsala", "0203:regionuppsala.se", description="Vård <b>och</b> kultur"),
            organisation("o3", "Barn- och ungdomspsykiatrin", parent="o2", type="ou"),
        ],
        "addresses": [
            address("a1", "Socialtjänst barn och unga", "sdk:soc-barn:0203:habo.se", "o1", keywords=["orosanmälan"]),
            address("a2", "Registrator", "SE2120000241-0001", "o1", searchCodes=["K1"]),
            address("a3", "BUP Enköping", "sdk.bup.0203:regionuppsala.se", "o3", categories=[{"name": "Hälsa & vård"}]),
            address("a4", "", "sdk:namnlös", "o1"),
            address("a5", "Utan organisation", "sdk:ensam", "okänd"),
        ],
        "codesystems": [
            {
                "type": "codesystems",
                "id": "c1",
                "attributes": {"name": "Ord", "codes": [{"code": "K1", "name": "arkiv"}]},
            }
        ],
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.asked.append(self.path)
            if held.answer(self.path, self):
                return
            document = held.document(self.path)
            reply(self, json.dumps(document).encode(), 200 if document else 404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


def reply(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/vnd.api+json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def answering() -> Callable[[bytes, int], Callable[[str, BaseHTTPRequestHandler], bool]]:
    """Give every request the same response."""

    def make(body: bytes, status: int = 200) -> Callable[[str, BaseHTTPRequestHandler], bool]:
        def answer(path: str, handler: BaseHTTPRequestHandler) -> bool:
            reply(handler, body, status)
            return True

        return answer

    return make


@pytest.fixture
def dripping() -> Callable[[str, BaseHTTPRequestHandler], bool]:
    """Send one byte at a time without end, as long as the client listens."""

    def answer(path: str, handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response(200)
        handler.end_headers()
        pause = threading.Event()
        try:
            while True:
                handler.wfile.write(b" ")
                handler.wfile.flush()
                pause.wait(0.05)
        except OSError:
            return True

    return answer


@pytest.fixture
def free_port() -> int:
    """A free port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def platform(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """An installation with only this plugin on; shared by all tests, and emptied by `host`."""
    urls = budkavle_databases.urls(budkavle_databases.take())
    made = build(Settings(data=tmp_path_factory.mktemp("addressbook"), database=urls, enabled=("addressbook",)))
    made.database.migrate(made.plugins.migrations())
    yield made
    made.close()


@pytest.fixture
def host(platform: Platform) -> Iterator[Host]:
    """The plugin's host, with an empty copy and the settings' defaults."""
    host: Host = platform.plugins.host("addressbook")
    with platform.database.owner() as engine, engine.begin() as connection:
        connection.exec_driver_sql(
            "TRUNCATE addressbook_copy, addressbook_organisations, addressbook_functions, addressbook_participants,"
            " addressbook_links, addressbook_favourites, addressbook_contacts"
        )
    before = host.settings
    yield host
    host.settings = before


@pytest.fixture
def habo(platform: Platform) -> SampleOrganisation:
    return SampleOrganisation.create(platform, f"Håbo kommun {uuid4().hex[:8]}")


@pytest.fixture
def region(platform: Platform) -> SampleOrganisation:
    return SampleOrganisation.create(platform, f"Region Uppsala {uuid4().hex[:8]}")


@pytest.fixture
def copied(host: Host, service: Service, habo: SampleOrganisation, region: SampleOrganisation) -> Host:
    """The host with a copy of the service; both organisations are participants."""
    host.settings = BookSettings(url=service.url)
    local_copy.refresh(host)
    for organisation, participant in ((habo, "0203:habo.se"), (region, "0203:regionuppsala.se")):
        participants.set_participant(host, organisation.system, participant)
    return host


@pytest.fixture
def book_of() -> Callable[..., jsonapi.Book]:
    """Make a book of functions, given as (identifier, name, organisation)."""

    def make(*functions: tuple[str, str, str]) -> jsonapi.Book:
        made = [jsonapi.Function(i, i, name, where, "0203:habo.se") for i, name, where in functions]
        return jsonapi.Book((jsonapi.Organisation("o", "Håbo kommun", "0203:habo.se"),), tuple(made))

    return make
