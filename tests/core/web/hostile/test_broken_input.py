"""Broken forms, odd names and addresses that are none get a page that says what is wrong."""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from structlog.testing import capture_logs
from tests.core.web.asking import FORM, PAGE, Ask, raw

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.testing.organisations import SampleUser

NASTY = (
    "\x00",
    "a\x00b",
    "../../../etc/passwd",
    "%00",
    "'; DROP TABLE users; --",
    "{{7*7}}",
    "\ud7ff\ufffe",
    "💣" * 50,
)


BODIES: dict[str, tuple[dict[str, str], bytes]] = {
    "nothing": (FORM, b""),
    "no type": (PAGE, b"csrf=x"),
    "JSON": ({**PAGE, "content-type": "application/json"}, b'{"csrf": '),
    "not UTF-8": (FORM, b"csrf=\xff\xfe&subject=\xe5\xe4\xf6"),
    "UTF-16": (
        {**PAGE, "content-type": "application/x-www-form-urlencoded; charset=utf-16"},
        "csrf=å".encode("utf-16"),
    ),
    "an unknown charset": ({**PAGE, "content-type": "application/x-www-form-urlencoded; charset=klingon"}, b"a=b"),
    "NUL": (FORM, b"csrf=x&subject=%00&mailbox=\x00"),
    "ten thousand fields": (FORM, b"&".join(b"a%d=1" % n for n in range(10_000))),
    "one field ten thousand times": (FORM, b"&".join([b"recipients=sdk%3Aa"] * 10_000)),
    "three million bytes": (FORM, b"body=" + b"x" * 3_000_000),
    "multipart without a boundary": ({**PAGE, "content-type": "multipart/form-data"}, b"--x\r\n"),
    "multipart with an empty boundary": ({**PAGE, "content-type": "multipart/form-data; boundary="}, b"----\r\n"),
    "multipart that ends early": (
        {**PAGE, "content-type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nabc',
    ),
    "multipart without names": (
        {**PAGE, "content-type": "multipart/form-data; boundary=x"},
        b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n",
    ),
    "multipart with a broken header": (
        {**PAGE, "content-type": "multipart/form-data; boundary=x"},
        b"--x\r\nContent-Disposition \xff\x00\r\n\r\nabc\r\n--x--\r\n",
    ),
    "multipart that is something else": ({**PAGE, "content-type": "multipart/form-data; boundary=x"}, b"\x00" * 5000),
    "a boundary of ten thousand": ({**PAGE, "content-type": f"multipart/form-data; boundary={'x' * 10_000}"}, b"--x"),
}


def test_a_broken_form_is_told_of(browse: Callable[..., Any], administrator: SampleUser, asks: list[Ask]) -> None:
    """With the right token in the header, every form answers with a page that says what is wrong, or does nothing.

    All forms are read by the same code, so each of them gets two or three of the kinds in turn, and each kind comes to
    every seventh form.
    """
    root = browse(administrator)
    forms = [one for one in asks if one.method == "POST" and one.path != "/sign-out"]
    with capture_logs() as logged:
        for at, (kind, (headers, body)) in enumerate(BODIES.items()):
            for route in forms[at % 7 :: 7]:
                answer = raw(root, route.method, route.path, body, {**headers, "x-csrf": root.csrf})
                assert answer.status_code < 500, (kind, route, answer.status_code)
                assert "Traceback" not in answer.text
    assert [one for one in logged if one["event"] == "web.failed"] == []


FILE_NAMES = (
    "../../../etc/cron.d/x.pdf",
    "..\\..\\windows\\x.pdf",
    "/abs/x.pdf",
    "C:\\x.pdf",
    "a\x00b.pdf",
    "x.pdf\r\nSet-Cookie: a=b",
    "å" * 2000 + ".pdf",
    ".pdf",
    "..",
    "\u202efdp.exe",
    '"><script>alert(1)</script>.pdf',
)


def test_a_files_name_is_only_a_name(browse: Callable[..., Any], case_worker: SampleUser, tmp_path: Path) -> None:
    """Whatever a file is called, it is kept under a name without a path, or refused; and nothing lies outside."""
    ada, before = browse(case_worker), {path for path in tmp_path.rglob("*") if "data" not in path.parts}
    for name in FILE_NAMES:
        written = name.encode().replace(b'"', b"%22").replace(b"\r\n", b"%0D%0A")
        part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + written + b'"\r\n'
        body = part + b"Content-Type: application/pdf\r\n\r\n%PDF-1.7\n\r\n--x--\r\n"
        kind = {"content-type": "multipart/form-data; boundary=x"}
        answer = raw(ada, "POST", "/attachments?kind=sdk", body, {**PAGE, **kind, "x-csrf": ada.csrf})
        assert answer.status_code in {201, 400, 422}, (name, answer.text)
        if answer.status_code == 201:
            given = ada.get(f"/a/{answer.json()['id']}")
            assert given.status_code == 200
            assert all(line.startswith("proof-") for line in given.headers.get_list("set-cookie"))
            kind, _, kept = given.headers["content-disposition"].partition("; filename*=UTF-8''")
            assert kind == "attachment"
            assert kept
            assert not set(unquote(kept)) & set('/\\\x00\r\n"')
            assert unquote(kept) not in {".", ".."}
    assert {path for path in tmp_path.rglob("*") if "data" not in path.parts} == before


def test_nasty_words_in_addresses_are_harmless(
    browse: Callable[..., Any], administrator: SampleUser, asks: list[Ask]
) -> None:
    """In the query and in the path of every page.

    Every page gets NUL in all fields, since a database refuses it, and the next of the other words in its turn.
    """
    root = browse(administrator)
    names = ("q", "after", "folder", "scope", "channel", "mailbox", "to", "said", "next", "way", "all", "before")
    pages = [one.path for one in asks if one.method == "GET" and one.path != "/live"]
    with capture_logs() as logged:
        for path, word, at in zip(pages, cycle(map(quote, NASTY)), cycle(range(3)), strict=False):
            nul, all_of_it = (f"{path}?{'&'.join(f'{name}={one}' for name in names)}" for one in ("a%00b", word))
            for address in (nul, f"{path}/{word}" if at == 0 else all_of_it):
                answer = root.get(address)
                assert answer.status_code < 500, address
                assert "<script>alert" not in answer.text
    assert [one for one in logged if one["event"] == "web.failed"] == []


def test_what_no_browser_sends_is_told_of(
    browse: Callable[..., Any], client: TestClient[Any], case_worker: SampleUser, administrator: SampleUser
) -> None:
    """Addresses that are none, and numbers longer than Python reads, in every place where we read them."""
    ada, digits = browse(case_worker), "9" * 5000
    with capture_logs() as logged:
        answers = [
            ada.get("/sign-in?next=//["),
            browse(administrator).get(f"/events?before={digits[:30]}"),
            ada.post("/step-up", loa=digits, next="//[", way="password"),
            ada.post("/compose", less=f"references-{digits}"),
            client.get("/account", headers={**PAGE, "hx-request": "true", "hx-current-url": "http://["}),
            client.post("/account", headers={**FORM, "referer": "http://[", "hx-request": "true"}),
        ]
    assert [one.status_code for one in answers if one.status_code >= 500] == []
    assert [one for one in logged if one["event"] == "web.failed"] == []


FUZZ = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


FIELDS = (
    *("mailbox", "kind", "recipients", "q", "subject", "body", "confidential", "seen", "attachment", "extra.x", "send"),
    *("add", "remove", "more", "less", "drop", "star", "unstar", "ask_unstar", "preview"),
    *(f"reference.{part}" for part in ("root", "value", "party", "label")),
    *(f"person.{part}" for part in ("root", "value", "name", "party")),
)


words = st.one_of(
    st.text(max_size=40),
    st.sampled_from([*NASTY, "sdk:", "sdk:x", "1", "persons", "references-0", "take", "dnr", "sender"]),
    st.uuids().map(str),
)


@FUZZ
@given(fields=st.dictionaries(st.sampled_from(FIELDS), words, max_size=10))
def test_any_form_of_a_message_gives_a_page(
    browse: Callable[..., Any], case_worker: SampleUser, fields: dict[str, str]
) -> None:
    """Whatever stands in the fields, the page comes back, or says what is wrong; it never breaks."""
    with capture_logs() as logged:
        answer = browse(case_worker).post("/compose", **fields)
    assert answer.status_code < 500
    assert [one for one in logged if one["event"] == "web.failed"] == []


@FUZZ
@given(query=st.dictionaries(st.sampled_from(["folder", "scope", "channel", "after", "q", "before"]), words))
def test_any_query_gives_a_page(
    browse: Callable[..., Any], case_worker: SampleUser, mailbox: FunctionMailbox, query: dict[str, str]
) -> None:
    """The lists and the search take any address."""
    ada = browse(case_worker)
    line = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    with capture_logs() as logged:
        for path in ("/search", f"/m/{mailbox.id}", f"/m/{mailbox.id}/sent"):
            answer = ada.get(f"{path}?{line}")
            assert answer.status_code < 500
    assert [one for one in logged if one["event"] == "web.failed"] == []
