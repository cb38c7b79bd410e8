"""A provider at another site, and what windows of one browser do with it."""

from collections.abc import Mapping
from typing import Any

from tests.core.web.jar import Jar

from budkavle.identification import administration, flow, sessions
from budkavle.model.loa import Loa
from budkavle.model.people import Identity
from budkavle.plugins.protocols.identity_provider import Failed, ProviderTraits, Step
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation

ANNA = "199001012385"


PASSWORD = "en lång mening om vintern"


class Peer:
    """A provider at another site: by redirect, by a form, or by an app that is waited for."""

    label, icon = "Svensk e-legitimation", "id-card"
    traits = ProviderTraits(Loa.THREE, audiences=frozenset({"staff", "guest"}), asserts_personnummer=True)

    def __init__(self, name: str, step: Step) -> None:
        self.name, self.step = name, step

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        return self.step

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        if answers.get("code") != "right":
            return self.step if "tick" in answers else Failed("Du avbröt.")
        return Identity(self.name, "s", Loa.THREE, {"personnummer": ANNA, "method": "Mobilt BankID"})

    def cancel(self, state: Mapping[str, str]) -> None:
        """Nobody to tell."""


def at_three(organisation: SampleOrganisation, user: Any) -> str:
    """The cookie of somebody who has just shown an e-identification."""
    return sessions.start(organisation.platform, flow.SignedIn(user, Loa.THREE, "redirect", "/"))


def tick(jar: Jar) -> Any:
    """Ask as the script of a page that waits."""
    headers = {"hx-request": "true", "sec-fetch-site": "same-origin"}
    headers["cookie"] = "; ".join(f"{name}={value}" for name, value in jar.cookies.items())
    return jar.browser.client.post("/sign-in", data={"tick": "1"}, headers=headers)


def end_one(jar: Jar, organisation: SampleOrganisation) -> None:
    """Let one window of this browser be signed in."""
    in_work(
        organisation.platform,
        system_actor(organisation.id),
        administration.set_personnummer,
        organisation.case_worker.id,
        ANNA,
    )
    jar.ask("POST", "/sign-in/begin", way="app", next="/account")
    assert jar.ask("GET", "/sign-in/back/app?code=right").headers["location"] == "/account"
