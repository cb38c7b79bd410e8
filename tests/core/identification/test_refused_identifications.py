"""What the event log has of those who were not let in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from budkavle.identification import administration, flow, providers, rate_limit
from budkavle.identification.account_secrets import GuessOrigin, check_password
from budkavle.identification.flow import GuestOf
from budkavle.model.loa import Loa
from budkavle.model.people import Identity, Role
from budkavle.operations.organisation_states import pause
from budkavle.plugins.protocols.identity_provider import Failed, Field, Prompt, ProviderTraits, Redirect, Step
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.event_log import installation_entries
from budkavle.testing.organisations import SampleOrganisation, SampleUser

ANNA, BERIT = "199001012385", "198108222384"
TRAITS = ProviderTraits(Loa.THREE, audiences=frozenset({"staff", "guest"}), asserts_personnummer=True)


@dataclass
class Legitimation:
    """A provider that lets back whoever it knows by a code, and asks for the code where it `asks`."""

    asks: bool = False
    name: str = "legitimation"
    label: str = "Svensk e-legitimation"
    icon: str = "shield"
    traits: ProviderTraits = TRAITS
    people: dict[str, str] = field(default_factory=lambda: {"anna": ANNA, "berit": BERIT})

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        return Prompt((Field("code", "Kod"),), state={"s": "1"}) if self.asks else Redirect("https://e.example/", {})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        number = self.people.get(answers.get("code", ""))
        if number:
            return Identity(self.name, f"subject of {number}", Loa.THREE, {"personnummer": number})
        if self.asks:
            return Prompt((Field("code", "Kod", error="Koden gäller inte."),), state=state)
        return Failed("Kanariefågel: så säger bara legitimationen.")

    def cancel(self, state: Mapping[str, str]) -> None:
        """Nothing is under way elsewhere."""


@pytest.fixture
def legitimation(monkeypatch: pytest.MonkeyPatch) -> Legitimation:
    """The only way to identify."""
    made = Legitimation()
    monkeypatch.setattr(providers, "providers", lambda platform: {made.name: made})
    return made


@pytest.fixture
def anna(organisation: SampleOrganisation, case_worker: SampleUser) -> SampleUser:
    """Ada, whose account has Anna's number."""
    system = system_actor(organisation.id)
    in_work(organisation.platform, system, administration.set_personnummer, case_worker.user_id, ANNA)
    return case_worker


def entries(organisation: SampleOrganisation, kind: str) -> list[Any]:
    """The entries of a kind in the organisation's event log, the earliest first."""
    return [json.loads(entry) for entry in organisation.log_entries(kind)]


def come_back(platform: Platform, code: str, **what: Any) -> flow.Turn:
    """Begin, and come back with a code."""
    begun = flow.begin(platform, "legitimation", "browser", **what)
    return flow.advance(platform, begun.flow, "browser", {"code": code})


@pytest.mark.feature("ZS4")
def test_who_has_no_account_is_an_entry_of_the_installation(
    organisation: SampleOrganisation, legitimation: Legitimation
) -> None:
    """Once a minute for each person, with our reason and without the number."""
    for code in ("anna", "anna", "berit"):
        assert come_back(organisation.platform, code).signed_in is None
    told = installation_entries(organisation.platform, "sign-in.failed")
    assert len(told) == 2
    assert told[0]["facts"]["provider"] == "legitimation"
    assert "Det finns inget konto" in told[0]["facts"]["why"]
    assert ANNA not in json.dumps(told)


@pytest.mark.feature("ZS4")
def test_what_the_provider_refuses_is_an_entry_without_its_words(
    organisation: SampleOrganisation, legitimation: Legitimation
) -> None:
    """Its words may hold anything."""
    come_back(organisation.platform, "stranger")
    told = installation_entries(organisation.platform, "sign-in.failed")
    assert len(told) == 1
    assert "Kanariefågel" not in json.dumps(told, ensure_ascii=False)


@pytest.mark.feature("ZS4")
def test_who_shows_somebody_else_is_an_entry_of_the_account(
    organisation: SampleOrganisation, legitimation: Legitimation, anna: SampleUser
) -> None:
    """A higher level was wanted for Ada's account, and Berit identified."""
    come_back(organisation.platform, "berit", actor=anna)
    assert [entry["thing"] for entry in entries(organisation, "user.identification-failed")] == [str(anna.id)]


@pytest.mark.feature("ZS4")
def test_who_may_not_sign_in_to_a_paused_organisation_is_an_entry_there(
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    legitimation: Legitimation,
    anna: SampleUser,
) -> None:
    """The account is known, so its organisation has the entry."""
    chief = other_organisation.add_user("Root Chef", Role.PLATFORM)
    pause(organisation.platform, chief, organisation.id, "Avtal")
    come_back(organisation.platform, "anna")
    assert [entry["thing"] for entry in entries(organisation, "user.identification-failed")] == [str(anna.id)]


@pytest.mark.feature("ZS4")
@pytest.mark.parametrize("asks", [False, True])
def test_a_guest_who_is_not_let_in_is_an_entry_of_the_sender(
    organisation: SampleOrganisation, legitimation: Legitimation, asks: bool
) -> None:
    """Whether a redirect failed, a code was wrong, or somebody else than the addressee identified."""
    legitimation.asks, delivery = asks, uuid4()
    guest = GuestOf(organisation.id, f"link:{delivery}")
    come_back(organisation.platform, "stranger", guest=guest, hints={"personnummer": ANNA})
    come_back(
        organisation.platform, "berit", guest=GuestOf(organisation.id, f"link:{uuid4()}"), hints={"personnummer": ANNA}
    )
    told = entries(organisation, "guest.identification-failed")
    assert [entry["thing"] == str(delivery) for entry in told] == [True, False]
    assert installation_entries(organisation.platform, "sign-in.failed") == []


@pytest.mark.feature("ZS4")
def test_a_guess_too_many_is_an_entry(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Of the account, or of the installation where there is none."""
    for email in (case_worker.email, "ingen@example.org"):
        for _ in range(rate_limit.PAIR.failures + 2):
            check_password(organisation.platform, email, "fel lösenord här", GuessOrigin("192.0.2.1"))
    assert [entry["thing"] for entry in entries(organisation, "user.sign-in-blocked")] == [str(case_worker.id)]
    assert len(installation_entries(organisation.platform, "sign-in.blocked")) == 1
