"""What the core requires of an identity provider."""

from collections.abc import Iterable, Mapping
from typing import get_args

import pytest

from budkavle.model.loa import Loa
from budkavle.model.people import Identity
from budkavle.plugins import conformance
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.identity_provider import IdentityProvider, Step
from budkavle.testing.contracts.base import NAME
from budkavle.testing.contracts.identity_flow import Answer, IdentityFlowContract, answer_to


class IdentityProviderContract(IdentityFlowContract):
    """What the core requires of an identity provider, and what it does with each of them (`identity_flow`)."""

    @pytest.fixture
    def provider(self) -> IdentityProvider:
        """Return the provider; to be overridden."""
        pytest.fail("a contract needs the fixture `provider`")

    @pytest.fixture
    def hints(self) -> Mapping[str, str]:
        """Return what the page knows when it starts."""
        return {"language": "sv", "return_url": "http://127.0.0.1/flow", "ip": "127.0.0.1"}

    @pytest.fixture
    def answers(self) -> Iterable[Answer]:
        """Return the answers that lead to an Identity, in order; override to test the whole flow.

        An answer that depends on the step before, such as what the browser brings back from where a `Redirect` sent
        it, is a function: it gets the step and returns the answer.
        """
        return ()

    def test_it_keeps_the_promise(self, provider: IdentityProvider) -> None:
        """It has every attribute and method, with the right types."""
        assert [str(fault) for fault in conformance.faults("identity_providers", provider)] == []
        assert NAME.match(provider.name)

    def test_starting_identifies_nobody(self, provider: IdentityProvider, hints: Mapping[str, str]) -> None:
        """The first step prompts, redirects or fails, at any level."""
        for level in Loa:
            step = call(provider.start, level, hints)
            assert isinstance(step, get_args(Step))
            assert not isinstance(step, Identity)
            assert _plain(step)

    def test_empty_answers_identify_nobody(self, provider: IdentityProvider, hints: Mapping[str, str]) -> None:
        """A browser with no answers, or with an unknown state, is not identified."""
        step = call(provider.start, provider.traits.max_loa, hints)
        for state in (_state(step), {}, {"asked": "other"}):
            assert not isinstance(call(provider.advance, state, {}), Identity)

    def test_giving_up_is_quiet(self, provider: IdentityProvider, hints: Mapping[str, str]) -> None:
        """`cancel` accepts the state of any step."""
        call(provider.cancel, _state(call(provider.start, provider.traits.max_loa, hints)))
        call(provider.cancel, {})

    def test_the_right_answers_identify(
        self, provider: IdentityProvider, hints: Mapping[str, str], answers: Iterable[Answer]
    ) -> None:
        """The flow ends in an Identity of this provider, not above its maximum level."""
        if not answers:
            pytest.skip("the fixture `answers` gives no way to the end")
        step = call(provider.start, provider.traits.max_loa, hints)
        for answer in answers:
            step = call(provider.advance, _state(step), answer_to(step, answer))
        assert isinstance(step, Identity)
        assert step.provider == provider.name
        assert step.subject
        assert Loa.NONE < step.loa <= provider.traits.max_loa


def _state(step: object) -> Mapping[str, str]:
    state: Mapping[str, str] = getattr(step, "state", {})
    return state


def _plain(step: object) -> bool:
    values: list[object] = [*_state(step).keys(), *_state(step).values()]
    return all(isinstance(value, str) for value in values)
