"""What the page of a draft requires of an adviser."""

import pytest

from budkavle.model.messages import (
    Draft,
)
from budkavle.model.people import Actor
from budkavle.plugins import conformance
from budkavle.plugins.protocols.adviser import Adviser
from budkavle.testing.contracts.base import Contract


class AdviserContract(Contract):
    """What the compose page requires of an adviser."""

    @pytest.fixture
    def adviser(self) -> Adviser:
        """Return the adviser; to be overridden."""
        pytest.fail("a contract needs the fixture `adviser`")

    @pytest.fixture
    def risky(self) -> Draft:
        """Return a draft that the adviser has advice on; to be overridden."""
        pytest.fail("a contract needs the fixture `risky`")

    def test_it_keeps_the_promise(self, adviser: Adviser) -> None:
        """It has every attribute and method, with the right types."""
        assert [str(fault) for fault in conformance.faults("advisers", adviser)] == []

    def test_an_empty_draft_needs_no_advice(self, adviser: Adviser, actor: Actor) -> None:
        """An empty draft gets no advice."""
        assert list(adviser.advise(actor, Draft((), "", ""))) == []

    def test_a_risk_is_told_without_the_content(self, adviser: Adviser, actor: Actor, risky: Draft) -> None:
        """The sentence names a rule, and does not repeat the text that it is about."""
        advice = adviser.advise(actor, risky)
        assert advice
        assert all(item.field in {"subject", "body", "open_text"} for item in advice)
        assert not any(text and text in str(item) for item in advice for text in (risky.subject, risky.body))
