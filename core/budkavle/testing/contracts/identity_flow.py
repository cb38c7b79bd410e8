"""The contract's tests on flows: what the core does with every identity provider, tested with the provider itself.

`contracts.IdentityProviderContract` has these tests; they run if its fixture `answers` leads to the end of a flow.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from budkavle.model.errors import Invalid, NotFound
from budkavle.model.loa import Loa
from budkavle.plugins.protocols.identity_provider import Failed, IdentityProvider
from budkavle.testing.actors import system_actor

if TYPE_CHECKING:
    from budkavle.identification.flow import Turn
    from budkavle.model.people import Organisation
    from budkavle.storage.platform import Platform

Answer = Mapping[str, str] | Callable[[Any], Mapping[str, str]]
"""An answer, or a function that makes it from the step before, such as the query that a `Redirect` leads to."""


def answer_to(step: object, answer: Answer) -> Mapping[str, str]:
    """Return the answer to a step."""
    return answer(step) if callable(answer) else answer


@dataclass
class Walk:
    """One flow in the core with the provider.

    For a guest, if it accepts guests; to sign in, if it opens accounts by their address, of which the test has made
    one; otherwise as a new method for an account.
    """

    platform: "Platform"
    provider: IdentityProvider
    purpose: Mapping[str, Any]
    hints: Mapping[str, str]
    answers: Iterable[Answer]

    def begin(self, wanted: Loa = Loa.ONE) -> "Turn":
        """Start in the browser `mine`."""
        from budkavle.identification import flow

        hints = {name: value for name, value in self.hints.items() if name not in {"account", "link"}}
        return flow.begin(
            self.platform, self.provider.name, "mine", wanted=wanted, hints=hints, again="/again", **self.purpose
        )

    def advance(self, turn: "Turn", answer: Answer, browser: str = "mine") -> "Turn":
        """Continue with one answer."""
        from budkavle.identification import flow

        return flow.advance(self.platform, turn.flow, browser, answer_to(turn.step, answer))

    def end(self, wanted: Loa = Loa.ONE) -> "tuple[Turn, Mapping[str, str]]":
        """Go through the whole flow; return the last turn and the last answer."""
        turn, last = self.begin(wanted), {}
        for answer in self.answers:
            last = dict(answer_to(turn.step, answer))
            turn = self.advance(turn, last)
        return turn, last


class IdentityFlowContract:
    """Wrong browser, replay, a lower level, an expired flow, cancelling."""

    @pytest.fixture
    def walk(
        self,
        provider: IdentityProvider,
        hints: Mapping[str, str],
        answers: Any,
        budkavle_platform: "Platform",
        budkavle_organisation: "Organisation",
        monkeypatch: pytest.MonkeyPatch,
    ) -> Walk:
        """Return the flow through the core; skipped if the contract's `answers` does not lead to the end."""
        from budkavle.accounts import users
        from budkavle.identification import providers
        from budkavle.identification.flow import GuestOf

        if not answers:
            pytest.skip("the fixture `answers` gives no way to the end")
        monkeypatch.setattr(providers, "providers", lambda platform: {provider.name: provider})
        home = budkavle_organisation.id
        if providers.GUEST in provider.traits.audiences:
            purpose: Mapping[str, Any] = {"guest": GuestOf(home, f"link:{uuid4()}")}
        elif provider.traits.opens_account_by_address:
            purpose = {}
        else:
            chief = system_actor(home)
            with budkavle_platform.work(chief) as work:
                account = users.create_user(work, email="anna@habo.example", name="Anna Andersson")
            purpose = {"actor": account.acting(), "link": True}
        return Walk(budkavle_platform, provider, purpose, hints, answers)

    def test_a_flow_ends_in_somebody(self, walk: Walk) -> None:
        """The right answers lead to a guest, a signed-in user, or a linked method, never above the maximum level."""
        turn, _ = walk.end()
        by_address = walk.provider.traits.opens_account_by_address
        assert (turn.signed_in if by_address else turn.guest or turn.linked) is not None, turn.step
        assert turn.guest is None or turn.guest.loa <= walk.provider.traits.max_loa
        assert turn.signed_in is None or turn.signed_in.loa <= walk.provider.traits.max_loa

    def test_another_browser_gets_no_further(self, walk: Walk) -> None:
        """Another browser, or one that was sent a link to the flow, cannot continue it."""
        turn = walk.begin()
        for answer in walk.answers:
            with pytest.raises(NotFound):
                walk.advance(turn, answer, "another's")
            break

    def test_an_answer_counts_once(self, walk: Walk) -> None:
        """The last answer is refused if it is sent again."""
        turn, last = walk.end()
        with pytest.raises(NotFound):
            walk.advance(turn, last)

    def test_the_core_caps_what_it_claims(self, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
        """If the installation lowers its maximum level, its claims are lowered, and it starts no higher flow."""
        if walk.provider.traits.max_loa > Loa.ONE:
            monkeypatch.setattr(walk.provider, "traits", replace(walk.provider.traits, max_loa=Loa.ONE))
        with pytest.raises(Invalid):
            walk.begin(Loa.TWO)
        turn, _ = walk.end()
        assert turn.guest is None or turn.guest.loa is Loa.ONE
        assert turn.signed_in is None or turn.signed_in.loa is Loa.ONE

    def test_a_flow_that_is_over_stays_over(self, walk: Walk) -> None:
        """After ten minutes the right answer is too late."""
        from sqlalchemy import text

        turn = walk.begin()
        with walk.platform.database.transaction(None) as connection:
            connection.execute(text("UPDATE flows SET expires_at = now() - interval '1 second'"))
        with pytest.raises(NotFound):
            walk.advance(turn, {"tick": "1"})

    def test_giving_up_ends_the_flow(self, walk: Walk) -> None:
        """The browser returns to where it started, and the flow cannot be continued."""
        from budkavle.identification import flow

        turn = walk.begin()
        assert not isinstance(turn.step, Failed)
        assert flow.cancel(walk.platform, turn.flow, "mine") == "/again"
        with pytest.raises(NotFound):
            walk.advance(turn, {"tick": "1"})
