"""Parsers of what browsers and programs of others post: forms, calls of webhooks; and of what people search for."""

import asyncio
import hmac
from collections.abc import Generator
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, Final

import msgspec
from litestar import Request

from budkavle import BudkavleError
from budkavle.cases.finding.words import MOST_TERMS, Place, Term, holds_all, marked, terms, tokens
from budkavle.model.errors import Invalid
from budkavle.web.http.forms import MAX_FIELDS, Form, UploadThreads, read_multipart
from budkavle.web.webhooks.receiving import WebhookCall
from budkavle.web.webhooks.seals import NotTheirs, SharedSecret, Signature
from budkavle_sms.routes import find_words
from budkavle_teams.extension.calls import find_call

_SECRET: Final = "k" * 32
_EVER: Final = timedelta(days=36_500)
_BODY: Final = b'{"delivery": "7", "state": "rung"}'


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _request(kind: bytes, body: bytes) -> Request[Any, Any, Any]:
    """Return a request whose body comes in pieces, as it comes through a network."""
    cut = len(body) // 3
    pieces = [body[:cut], body[cut : cut * 2], body[cut * 2 :]]

    async def receive() -> Any:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    app = SimpleNamespace(state=SimpleNamespace(upload_threads=UploadThreads()))
    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(b"content-type", kind)],
        "query_string": b"",
        "state": {},
        "litestar_app": app,
        "route_handler": SimpleNamespace(resolve_request_max_body_size=lambda: None),
    }
    return Request(scope, receive)


def _in_memory(_name: str, _kind: str) -> Generator[None, bytes, int]:
    size = 0
    while piece := (yield):
        size += len(piece)
    return size


def form(data: bytes) -> None:
    """Read a form; the first line of the data is its type. No name or value holds what no text may hold."""
    kind, _, body = data.partition(b"\n")
    read: Form = _loop().run_until_complete(read_multipart(_request(kind, body), _in_memory))
    values = [value for values in read.values.values() for value in values]
    assert len(values) + len(read.files) <= MAX_FIELDS, "more fields than a form may have"
    assert not any("\0" in text for text in (*read.values, *values)), "a text with NUL"
    assert sum(read.files) <= len(body), "more of the files than came"
    assert len(read.files) == len(read.file_fields), "a file without its field"


FORMS: Final = (
    (
        b'multipart/form-data; boundary="b"\n--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nabc\r\n'
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n'
        b"\r\n"
        b"%PDF-1.7\r\n--b--\r\n"
    ),
    b"application/x-www-form-urlencoded\ncsrf=abc&subject=Hej%20%C3%A5&text=a+b",
)


class _Ring(msgspec.Struct):
    delivery: str
    state: str = ""


def _signed(call_id: str, at: str, body: bytes) -> bytes:
    return f"{call_id} {at} v1,{Signature(_SECRET).sign(call_id, at, body)}\n".encode() + body


HOOKS: Final = (_signed("a", "1790000000", _BODY), _signed("a", "1790000000", _BODY), b"a 1790000000 v1,eA==\n" + _BODY)


def hook(data: bytes) -> None:
    """Judge and read a call of a webhook; its first line is id, time and signature. One that was changed is refused."""
    head, _, body = data.partition(b"\n")
    call_id, _, rest = head.decode("latin-1").partition(" ")
    at, _, signature = rest.partition(" ")
    headers = {"webhook-id": call_id, "webhook-timestamp": at, "webhook-signature": signature}
    try:
        Signature(_SECRET, _EVER).check(headers, body)
        assert (call_id, at, body) == ("a", "1790000000", _BODY), "a changed call holds"
    except NotTheirs:
        _unsigned(signature, body)
        raise


def _unsigned(word: str, body: bytes) -> None:
    """Read the body all the same, as hooks that show their secret have it read."""
    assert not hmac.compare_digest(word.encode(), f"Bearer {_SECRET}".encode())
    for read in (lambda: SharedSecret(_SECRET).check({"authorization": word}, body), lambda: _read(body)):
        try:
            read()
        except BudkavleError:
            continue


def _read(body: bytes) -> None:
    assert isinstance(_loop().run_until_complete(find_words(_request(b"application/json", body))), dict)
    assert isinstance(_loop().run_until_complete(find_words(_request(b"text/plain", body))), dict)
    assert isinstance(_loop().run_until_complete(find_call(_request(b"application/json", body))), dict)
    assert isinstance(WebhookCall(body, {}).read(_Ring), _Ring)


SEARCHES: Final = (
    "Anna Öberg KS 2026/12".encode(),
    b"anna@habo.example 19900101-2385",
    "båten i hamnen och vattnet".encode(),
)


def search(data: bytes) -> list[Term]:
    """Read what somebody searches for, and mark it in a text that is the same words."""
    text = data.decode("utf-8", "replace")
    searched = terms(text)
    assert len(searched) <= MOST_TERMS, "more words than are looked for"
    assert "".join(piece for piece, _ in marked(searched, text, Place.SUBJECT)) == text, "marking changes the text"
    for token in tokens(text, Place.SUBJECT):
        assert token.startswith(("find-w/", "find-b/")), "a token of no kind"
    holds_all(searched, text, Place.TEXT)
    if not searched:
        raise Invalid("no word")
    return searched
