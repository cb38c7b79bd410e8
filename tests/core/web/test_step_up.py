"""A message above one's level: who lacks a way to it is told how to get one, and comes to the message by it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest
from tests.core.web.jar import Jar, token

from budkavle.identification import administration
from budkavle.model.loa import Loa
from budkavle.model.people import Identity
from budkavle.plugins.protocols.identity_provider import ProviderTraits, Redirect, Step
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
NUMBER = "199001012385"
PERSONNUMMER = {"personnummer": NUMBER}


class ElectronicId:
    """An e-identification at another site, which tells whose it is by the personnummer."""

    name, label, icon = "eid", "Svensk e-legitimation", "id-card"
    traits = ProviderTraits(Loa.THREE, audiences=frozenset({"staff"}), asserts_personnummer=True)

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        return Redirect("https://idp.example/authorize")

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        return Identity(self.name, "s", Loa.THREE, PERSONNUMMER)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Nobody to tell."""


@pytest.fixture
def platform(open_fake: Callable[..., Platform]) -> Platform:
    return open_fake(identity_providers=[ElectronicId()])


@pytest.fixture
def case_id(organisation: SampleOrganisation) -> UUID:
    """A case with a message of level 3."""
    return organisation.arrive("Beslut om vårdnad", body="Så blev det.", loa=Loa.THREE)


@pytest.fixture
def ada(browse: Callable[..., Any], case_worker: SampleUser) -> Jar:
    """The browser of somebody with a password alone."""
    return Jar(browse(case_worker))


@pytest.mark.feature("Y10")
def test_who_has_no_way_of_the_level_is_led_to_one_and_then_to_the_message(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, case_id: UUID, ada: Jar
) -> None:
    """First told what to do, without a way that would not do; once it is there, by it to the message itself."""
    led = ada.ask("GET", f"/c/{case_id}")
    assert "Så blev det." not in led.text
    where = led.headers["location"]
    page = ada.ask("GET", where)
    assert "Ditt konto har ingen inloggning med tillräckligt hög tillitsnivå" in page.text
    assert "Be organisationens administratör skriva in ditt personnummer" in page.text
    assert 'name="way"' not in page.text
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, case_worker.id, NUMBER)
    page = ada.ask("GET", where)
    assert 'value="eid"' in page.text
    assert "Legitimera dig, så kommer du direkt dit." in page.text
    fields = {"loa": "3", "next": f"/c/{case_id}"}
    assert all(f'name="{name}" value="{value}"' in page.text for name, value in fields.items())
    ada.ask("POST", "/step-up", csrf=token(page), way="eid", **fields)
    back = ada.ask("GET", "/sign-in/back/eid?code=right")
    assert back.headers["location"] == f"/c/{case_id}"
    assert "Så blev det." in ada.ask("GET", f"/c/{case_id}").text


@pytest.mark.feature("Y10")
def test_neither_list_nor_notice_tells_what_it_is_about(
    organisation: SampleOrganisation, case_id: UUID, ada: Jar
) -> None:
    """Below the level the row has no subject; it leads to the message all the same."""
    page = ada.ask("GET", f"/m/{organisation.mailbox.id}").text
    assert "Beslut om vårdnad" not in page
    assert "Tillitsnivå 3: legitimera dig för att läsa" in page
    assert f"/c/{case_id}" in page
