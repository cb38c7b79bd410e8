"""Many long answers in one case: the page draws so much of them at a time, whoever wrote them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from budkavle import Address, Incoming
from budkavle.cases import CaseFilter, list_cases
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.views import markdown

HARD = "- *a* **b\n"
"""Text that costs as much as any to draw."""


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "_kept", markdown._Kept())


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many characters the parser was given each time."""
    sizes: list[int] = []
    parse = markdown._parser.parse

    def count(text: str) -> Any:
        sizes.append(len(text))
        return parse(text)

    monkeypatch.setattr(markdown._parser, "parse", count)
    return sizes


def answers(
    organisation: SampleOrganisation, user: SampleUser, count: int = 8, size: int = 100_000, text: str = HARD
) -> str:
    """Let so many answers come to one case of the user's organisation; returns its address."""
    conversation = str(uuid4())
    for number in range(count):
        incoming = Incoming(
            organisation_id=user.organisation_id,
            transport="fake",
            remote_id=str(uuid4()),
            sender=Address("fake", "region", "Vårdcentralen"),
            recipient=Address("fake", "habo", "Socialnämnden"),
            subject="Svar",
            body=f"# Svar {number}\n\n" + (text * (size // len(text)))[:size],
            received_at=datetime.now(UTC),
            conversation_id=conversation,
        )
        acting.accept(organisation.platform, incoming)
    (found,) = in_work(organisation.platform, user, list_cases, organisation.mailbox.id, CaseFilter()).items
    return f"/c/{found.id}"


def test_a_page_draws_so_much_and_keeps_it(
    organisation: SampleOrganisation, case_worker: SampleUser, browse: Callable[..., Any], parsed: list[int]
) -> None:
    """Eight answers of 100,000 characters: a bounded part at each look, and at last nothing; no word is lost."""
    url, page = answers(organisation, case_worker), browse(case_worker)
    first = page.get(url).text
    assert 0 < sum(parsed) <= markdown.ONE_PAGE
    assert first.count("Svar 7</h1>") == 1
    assert markdown.LATER.split(",", maxsplit=1)[0] in first
    assert markdown.REST in first
    for _ in range(3):
        parsed.clear()
        last = page.get(url).text
        assert sum(parsed) <= markdown.ONE_PAGE
    parsed.clear()
    page.get(url + "/print")
    assert parsed == []
    assert markdown.LATER not in last
    for number in range(8):
        assert f"Svar {number}" in first
        assert f"<h1>Svar {number}</h1>" in last


def test_what_is_kept_is_not_shared_with_another_organisation(
    organisation: SampleOrganisation, other_administrator: SampleUser, parsed: list[int]
) -> None:
    """The same text of two organisations is drawn for each, so that nobody can tell by the time whether it is known."""
    drawing, same = markdown.Drawing(organisation.id, str), markdown.Drawing(organisation.id, str)
    other = markdown.Drawing(other_administrator.organisation_id, str)
    assert drawing("*Hej*") == same("*Hej*") == other("*Hej*")
    assert parsed == [5, 5]


def test_what_is_kept_is_bounded_and_forgotten(
    monkeypatch: pytest.MonkeyPatch, organisation: SampleOrganisation, parsed: list[int]
) -> None:
    """In size, the oldest first; and in time, so that what is destroyed does not stay in memory."""
    monkeypatch.setattr(markdown, "KEPT", 100)
    for number in range(20):
        markdown.Drawing(organisation.id, str)(f"Hej *{number}*")
    assert sum(len(drawn) for drawn, _ in markdown._kept._drawn.values()) == markdown._kept._size <= 100
    markdown.Drawing(organisation.id, str)("Hej *19*")
    assert len(parsed) == 20
    monkeypatch.setattr(markdown, "monotonic", lambda: 1e12)
    markdown.Drawing(organisation.id, str)("Hej *19*")
    assert len(parsed) == 21
    assert len(markdown._kept._drawn) == 1
