"""The national address book, as JSON:API documents and a small server for them.

The shapes follow Digg's SDK adressbok API 1.1 and Informationsspecifikation SDK adressbok 1.5: read-only, open to all,
paged by following `links.next`.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

PAGE_SIZE: Final = 50
MEDIA_TYPE: Final = "application/vnd.api+json"
BASE_PATH: Final = "/addressbook/api"

_NAMESPACE: Final = uuid.UUID("1f0c5c2e-6a0b-4d8e-9e57-5b5d0f6c1a11")


@dataclass(frozen=True, slots=True)
class Function:
    """A functional address (funktionsadress): the smallest unit that can be written to."""

    identifier: str
    name: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Participant:
    """An organisation in the address book."""

    participant: str
    name: str
    organisation_number: str
    description: str = ""
    functions: tuple[Function, ...] = ()


@dataclass(slots=True)
class AddressBook:
    """The address book's content.

    Attributes:
        participants: The organisations with their functions.
        codes: Codes and their words, by code system; keywords and categories are taken from them.
    """

    participants: list[Participant] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def resources(self, kind: str) -> list[dict[str, Any]] | None:
        """Return all resources of a type, `organizations`, `addresses` or `codesystems`; None for any other."""
        if kind == "organizations":
            return [_organisation(participant) for participant in self.participants]
        if kind == "addresses":
            return [_address(p, function) for p in self.participants for function in p.functions]
        if kind == "codesystems":
            return [_code_system(name, codes) for name, codes in self.codes.items()]
        return None

    def page(self, kind: str, base: str, *, number: int = 1, size: int = PAGE_SIZE) -> dict[str, Any] | None:
        """One page of a type as a JSON:API document; None when there is no such type."""
        resources = self.resources(kind)
        if resources is None:
            return None
        last = max(1, -(-len(resources) // size))

        def link(page: int) -> str:
            return f"{base}/{kind}?" + urlencode({"page[number]": page, "page[size]": size})

        links = {"self": link(number), "first": link(1), "last": link(last)}
        if number < last:
            links["next"] = link(number + 1)
        chosen = resources[(number - 1) * size : number * size]
        return {"data": chosen, "links": links, "meta": {"total": len(resources)}, "jsonapi": {"version": "1.0"}}


@contextmanager
def serve(book: AddressBook, *, port: int = 0) -> Iterator[str]:
    """Serve the address book on this machine for a while; yields its base address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(book))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="address-book", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{BASE_PATH}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(book: AddressBook, origin: str, target: str) -> tuple[int, dict[str, Any]]:
    """Status and document for a request target such as `/addressbook/api/addresses?page[number]=2`."""
    url = urlsplit(target)
    if not url.path.startswith(f"{BASE_PATH}/"):
        return _fault(404, "There is no such resource.")
    query = parse_qs(url.query)
    try:
        number = int(query.get("page[number]", ["1"])[0])
        size = int(query.get("page[size]", [str(PAGE_SIZE)])[0])
    except ValueError:
        return _fault(400, "page[number] and page[size] must be whole numbers.")
    if number < 1 or not 1 <= size <= 1000:
        return _fault(400, "page[number] begins at 1; page[size] is 1 to 1000.")
    kind = url.path.removeprefix(f"{BASE_PATH}/").rstrip("/")
    document = book.page(kind, f"{origin}{BASE_PATH}", number=number, size=size)
    return _fault(404, "There is no such resource.") if document is None else (200, document)


def _handler(book: AddressBook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = answer(book, f"http://{self.headers.get('Host', '127.0.0.1')}", self.path)
            body = json.dumps(document, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", MEDIA_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: the simulator's console belongs to what uses it."""

    return Handler


def _fault(status: int, detail: str) -> tuple[int, dict[str, Any]]:
    return status, {"errors": [{"status": str(status), "detail": detail}]}


def _id(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))


def _organisation(participant: Participant) -> dict[str, Any]:
    attributes = {
        "participantIdentifier": participant.participant,
        "organizationNumber": participant.organisation_number,
        "name": participant.name,
        "countryCode": "SE",
        "type": "o",
    }
    return {
        "type": "organizations",
        "id": _id(participant.participant),
        "attributes": _with(attributes, description=participant.description),
    }


def _address(participant: Participant, function: Function) -> dict[str, Any]:
    attributes = _with(
        {"identifier": function.identifier, "name": function.name},
        description=function.description,
        keywords=list(function.keywords),
        categories=list(function.categories),
    )
    parent = {"type": "organizations", "id": _id(participant.participant)}
    return {
        "type": "addresses",
        "id": _id(function.identifier),
        "attributes": attributes,
        "relationships": {"parent": {"data": parent}},
    }


def _code_system(name: str, codes: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"code": code, "displayName": words} for code, words in codes.items()]
    return {"type": "codesystems", "id": _id(name), "attributes": {"name": name, "codes": listed}}


def _with(attributes: dict[str, Any], **optional: str | Sequence[str]) -> dict[str, Any]:
    return attributes | {name: value for name, value in optional.items() if value}
