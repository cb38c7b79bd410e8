"""What a browser sends is decoded once, before it is judged, and never again."""

from collections.abc import Callable
from urllib.parse import quote

from lxml import html

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


def test_a_query_is_read_as_it_was_typed(browse: Callable[..., Browser], case_worker: SampleUser) -> None:
    """What was encoded twice is still encoded once."""
    ada = browse(case_worker)
    for word in WORDS:
        page = ada.get(f"/search?q={quote(word, safe='')}")
        fields = html.fromstring(page.text).xpath("//input[@name='q']")
        assert [field.value for field in fields] == [word] * len(fields)
        assert fields
