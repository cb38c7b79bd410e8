"""Providers at other sites who believe whatever code they have given out, and coming back from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from budkavle.accounts import users
from budkavle.identification import (
    flow as sign_in,
)
from budkavle.identification.flow import Turn
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, Identity, UserActor
from budkavle.plugins.protocols.identity_provider import Failed, Field, Poll, Prompt, ProviderTraits, Redirect, Step
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation

PASSWORD = "en lång mening om vintern"

ANNA, BERIT = "199001012385", "198108222384"


SURE = ProviderTraits(Loa.THREE, audiences=frozenset({"staff", "guest"}), asserts_personnummer=True)
LESS_SURE = replace(SURE, max_loa=Loa.TWO, asserts_personnummer=False)


@dataclass
class Peer:
    """A provider that redirects, and believes whatever code it has given out for a flow of its own.

    Attributes:
        codes: Who comes back with which code.
        given: The hints of each flow, in order.
    """

    name: str = "peer"
    label: str = "Svensk e-legitimation"
    icon: str = "shield"
    traits: ProviderTraits = SURE
    codes: dict[str, Identity] = field(default_factory=dict)
    given: list[Mapping[str, str]] = field(default_factory=list)
    cancelled: list[Mapping[str, str]] = field(default_factory=list)
    raises: Exception | None = None

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        self.given.append(hints)
        if self.raises:
            raise self.raises
        return Redirect("https://peer.example/", {"nonce": str(uuid4())})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        if self.raises:
            raise self.raises
        if "tick" in answers:
            return Poll("Öppna appen.", state=state)
        found = self.codes.get(answers.get("code", ""))
        return found if found and "nonce" in state else Failed("Koden gäller inte.")

    def cancel(self, state: Mapping[str, str]) -> None:
        self.cancelled.append(state)

    def knows(self, code: str, loa: Any = Loa.THREE, **attributes: str) -> None:
        """Let somebody come back with this code."""
        self.codes[code] = Identity(self.name, f"subject of {code}", loa, {"evidence": f"sha256:{code}", **attributes})


@dataclass
class Asking(Peer):
    """A provider that asks for a code of six digits."""

    name: str = "asking"
    traits: ProviderTraits = LESS_SURE

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        return Prompt((Field("code", "Kod"),), state={"nonce": "n"})


def go(organisation: SampleOrganisation, code: str, provider: str = "peer", browser: str = "b", **what: Any) -> Turn:
    """Begin, and come back from the peer with a code."""
    begun = sign_in.begin(organisation.platform, provider, browser, **what)
    return sign_in.advance(organisation.platform, begun.flow, browser, {"code": code}, provider=provider)


def refused(turn: Turn) -> str:
    """The sentence of a flow that let nobody in, and did so for good."""
    assert (turn.signed_in, turn.guest, turn.linked) == (None, None, None)
    assert isinstance(turn.step, Failed)
    return turn.step.message


# Whose account


def at(actor: Actor, loa: Loa) -> Actor:
    return UserActor(actor.organisation_id, actor.user_id, actor.name, actor.role, loa, actor.language)


def email_of(organisation: SampleOrganisation, actor: Any) -> str:
    return str(in_work(organisation.platform, organisation.administrator, users.user, actor.user_id).email)
