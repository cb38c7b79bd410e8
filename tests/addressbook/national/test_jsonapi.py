from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle.model.errors import Unavailable
from budkavle_addressbook.national import jsonapi

_WORDS = ["id", "attributes", "relationships", "parent", "data", "name", "identifier", "keywords", "codes", "code"]
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=4),
    max_leaves=12,
)
resources = st.lists(st.dictionaries(st.sampled_from(_WORDS), anything, max_size=5), max_size=4)


@pytest.mark.feature("AB1")
@pytest.mark.parametrize("link", ["http://a/b", {"href": "http://a/b", "meta": {}}])
def test_both_forms_of_a_link_are_read(link: object) -> None:
    """JSON:API lets a link be a string or an object."""
    content = msgspec.json.encode({"data": [], "links": {"next": link}})
    assert jsonapi.page(content).next == "http://a/b"


@pytest.mark.feature("AB1")
@pytest.mark.parametrize(
    "content", [b'{"data": []}', b'{"data": [], "links": null}', b'{"data":[],"links":{"next":null}}']
)
def test_the_last_page_has_no_next(content: bytes) -> None:
    """A missing link is the end."""
    assert jsonapi.page(content).next is None


@pytest.mark.feature("AB1")
@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"[]", b'{"data": {}}', b'{"errors": []}', b"\xff\xfe", b"[" * 100_000, b'{"data":["a"]}'],
)
def test_what_is_no_document_is_refused(content: bytes) -> None:
    """Garbage ends in a sentence, never in a traceback."""
    with pytest.raises(Unavailable, match="JSON:API"):
        jsonapi.page(content)


@pytest.mark.feature("AB1", "AB4")
@given(resources, resources, resources)
def test_any_resources_are_judged(
    organisations: list[dict[str, Any]], addresses: list[dict[str, Any]], codesystems: list[dict[str, Any]]
) -> None:
    """Whatever JSON stands in the resources, only functions with a name, an identifier and a participant come out."""
    book = jsonapi.book(organisations, addresses, codesystems)
    assert all(one.name and one.identifier and one.participant for one in book.functions)
    assert len(book.functions) + len(book.organisations) + book.skipped == len(organisations) + len(addresses)


def test_organisations_in_a_circle_end() -> None:
    """Two organisations that stand above each other are no endless loop, and no participant."""
    circle = [
        {"id": one, "attributes": {"name": one}, "relationships": {"parent": {"data": {"id": other}}}}
        for one, other in (("a", "b"), ("b", "a"))
    ]
    lost = {
        "id": "f",
        "attributes": {"name": "F", "identifier": "i"},
        "relationships": {"parent": {"data": {"id": "a"}}},
    }
    assert jsonapi.book(circle, [lost], []).functions == ()


@pytest.mark.feature("AB4")
@pytest.mark.parametrize(
    "identifier", ["SE2321000016-1", "sdk:inkorg:0203:digg.se", "å/Ö?&=#%<x>", " 0203:x ", "x" * 256]
)
def test_an_identifier_is_kept_as_it_is(identifier: str) -> None:
    """Identifiers are opaque: nothing is cut, folded or parsed."""
    (function,) = _book_with(identifier).functions
    assert function.identifier == identifier


@pytest.mark.feature("AB4")
@pytest.mark.parametrize("identifier", ["", "x" * 257, "a\x00b", "a\nb", None, 7])
def test_an_impossible_identifier_is_skipped(identifier: object) -> None:
    """What cannot be written to is counted, not stored."""
    book = _book_with(identifier)
    assert (book.functions, book.skipped) == ((), 1)


def _book_with(identifier: object) -> jsonapi.Book:
    organisation = {"id": "o", "attributes": {"name": "O", "participantIdentifier": "0203:o.se"}}
    attributes = {"name": "F", "identifier": identifier}
    parent = {"parent": {"data": {"id": "o"}}}
    return jsonapi.book([organisation], [{"id": "f", "attributes": attributes, "relationships": parent}], [])
