"""What the core does with every identity provider, tried with the provider itself: the part of the contract on flows.

`contracts.IdentityProviderContract` has these tests; they run where its fixture `answers` gives the way to the end.
"""

from collections.abc import Iterable, Mapping
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


@dataclass
class Walk:
    """One flow in the core with the provider.

    For a guest where it takes guests; to sign in where it opens accounts by their address, of which the test has made
    one; else as a new way of an account.
    """

    platform: "Platform"
    provider: IdentityProvider
    purpose: Mapping[str, Any]
    hints: Mapping[str, str]
    answers: Iterable[Mapping[str, str]]

    def begin(self, wanted: Loa = Loa.ONE) -> "Turn":
        """Begin in the browser `mine`."""
        from budkavle.identification import flow

        hints = {name: value for name, value in self.hints.items() if name not in {"account", "link"}}
        return flow.begin(
            self.platform, self.provider.name, "mine", wanted=wanted, hints=hints, again="/again", **self.purpose
        )

    def advance(self, turn: "Turn", answer: Mapping[str, str], browser: str = "mine") -> "Turn":
        """Go on with one answer."""
        from budkavle.identification import flow

        return flow.advance(self.platform, turn.flow, browser, answer)

    def end(self, wanted: Loa = Loa.ONE) -> "tuple[Turn, Mapping[str, str]]":
        """Go all the way; returns where it ended, and the last answer."""
        turn, last = self.begin(wanted), {}
        for answer in self.answers:
            turn, last = self.advance(turn, answer), dict(answer)
        return turn, last


class IdentityFlowContract:
    """Wrong browser, replay, a lower level, a flow that is over, giving up."""

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
        """Give the way through the core; skipped where the contract's `answers` gives none to the end."""
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
        """The right answers through the core: a guest, somebody signed in, or a way added; never above the cap."""
        turn, _ = walk.end()
        by_address = walk.provider.traits.opens_account_by_address
        assert (turn.signed_in if by_address else turn.guest or turn.linked) is not None, turn.step
        assert turn.guest is None or turn.guest.loa <= walk.provider.traits.max_loa
        assert turn.signed_in is None or turn.signed_in.loa <= walk.provider.traits.max_loa

    def test_another_browser_gets_no_further(self, walk: Walk) -> None:
        """Whoever began the flow elsewhere, or has been sent a link of it, is not let in by what happens here."""
        turn = walk.begin()
        for answer in walk.answers:
            with pytest.raises(NotFound):
                walk.advance(turn, answer, "another's")
            break

    def test_an_answer_counts_once(self, walk: Walk) -> None:
        """What led to the end, brought again, is too late."""
        turn, last = walk.end()
        with pytest.raises(NotFound):
            walk.advance(turn, last)

    def test_the_core_caps_what_it_claims(self, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where an installation believes it less, its word is worth less, and it is not begun for more."""
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
        """The browser is led to where it began, and the flow goes no further."""
        from budkavle.identification import flow

        turn = walk.begin()
        assert not isinstance(turn.step, Failed)
        assert flow.cancel(walk.platform, turn.flow, "mine") == "/again"
        with pytest.raises(NotFound):
            walk.advance(turn, {"tick": "1"})
