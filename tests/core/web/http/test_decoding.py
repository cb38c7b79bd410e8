"""What a browser sends is decoded once, before it is judged, and never again."""

from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes

import pytest
from lxml import html
from tests.core.web.asking import PAGE, raw

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser

WORDS = (
    "Ada %41hl",
    "Ada %2541hl",
    "Ada &lt;b&gt; &amp;amp;",
    r"Ada \u0041 \x41",
    "Ada =?utf-8?q?Ahl?=",
    "Ada+Ahl %2B",
)
"""What would be something else if it were decoded once more."""


def test_a_field_is_kept_as_it_was_typed(
    browse: Callable[..., Browser], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """In the database, and on the page that gives it back."""
    ada = browse(case_worker)
    for word in WORDS:
        assert ada.post("/account", name=word, language="sv").status_code == 303, word
        assert organisation.rows("SELECT name FROM users WHERE id = :id", id=case_worker.id) == [(word,)]
        (field,) = html.fromstring(ada.get("/account").text).xpath("//input[@name='name']")
        assert field.value == word


@pytest.mark.parametrize("name", ["Ada %E5hl", "Ada \ufffd%ED%A0%80", "Ada %FF"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_what_is_not_utf_8_is_told_of(
    browse: Callable[..., Browser], mailbox: FunctionMailbox, case_worker: SampleUser, name: str, kind: str
) -> None:
    """Nothing else is stored in its place: no browser sends it, and the words would not be those that were typed."""
    ada = browse(case_worker)
    body = f"body={name}&mailbox={mailbox.id}".encode()
    if kind.startswith("multipart"):
        field = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n'
        body = field + unquote_to_bytes(name) + b"\r\n--x--\r\n"
    answer = raw(ada, "POST", "/compose", body, {**PAGE, "content-type": kind, "x-csrf": ada.csrf})
    assert answer.status_code == 422
    assert "Formuläret kom inte fram helt" in answer.text


def test_a_query_is_read_as_it_was_typed(browse: Callable[..., Browser], case_worker: SampleUser) -> None:
    """What was encoded twice is still encoded once."""
    ada = browse(case_worker)
    for word in WORDS:
        page = ada.get(f"/search?q={quote(word, safe='')}")
        fields = html.fromstring(page.text).xpath("//input[@name='q']")
        assert [field.value for field in fields] == [word] * len(fields)
        assert fields
