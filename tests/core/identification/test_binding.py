"""What a way to sign in is worth that somebody has added, until it is sure whose it is; and what administrators may."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import text, update

from budkavle.accounts import users
from budkavle.identification import account_methods, administration, flow, identities, providers
from budkavle.identification.flow import Turn
from budkavle.identification.identities import PERSONNUMMER
from budkavle.model.errors import Conflict, Forbidden, NotFound, StepUp
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, Identity, NewIdentity, Role
from budkavle.plugins.protocols.identity_provider import Failed, ProviderTraits, Redirect, Step
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PASSWORD = "en lång mening om vintern"

EVA, ANNA = "198108222384", "199001012385"


SURE = ProviderTraits(Loa.THREE, asserts_personnummer=True)


@dataclass
class Eid:
    """An e-identification of level 3 that knows people by their numbers; the code is the number."""

    name: str = "eid"
    label: str = "E-legitimation"
    icon: str = "shield"
    traits: ProviderTraits = SURE

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        return Redirect("https://peer.example/", {"nonce": "n"})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        number = answers.get("code", "")
        if not number:
            return Failed("Avbrutet.")
        said = {"personnummer": number} if self.traits.asserts_personnummer else {}
        return Identity(self.name, number, Loa.THREE, {**said, "name": "Eva Testdotter"})

    def cancel(self, state: Mapping[str, str]) -> None:
        """Nobody else needs to know."""


@pytest.fixture
def eid(monkeypatch: pytest.MonkeyPatch) -> Eid:
    """The e-identification, and one that says no numbers, beside the password."""
    own, made = providers.providers, Eid()
    others = {"eid": made, "work": Eid("work", "Arbetsgivarens inloggning", traits=ProviderTraits(Loa.THREE))}
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), **others})
    return made


def go(organisation: SampleOrganisation, number: str, way: str = "eid", **what: Any) -> Turn:
    """Begin, and come back as whoever has this number."""
    begun = flow.begin(organisation.platform, way, "b", **what)
    return flow.advance(organisation.platform, begun.flow, "b", {"code": number}, provider=way)


def at(actor: Actor, loa: Loa) -> Actor:
    return replace(actor, loa=loa)


def second(organisation: SampleOrganisation, name: str = "Siv Adm") -> Actor:
    """Another administrator of the organisation, at level 3."""
    system = system_actor(organisation.id)
    email = f"{name.split(maxsplit=1)[0].lower()}@{organisation.id.hex[:6]}.example"
    return in_work(organisation.platform, system, users.create_user, email=email, name=name, role=Role.ADMIN).acting(
        Loa.THREE
    )


def level(turn: Turn) -> Loa | None:
    return turn.signed_in.loa if turn.signed_in else None


def wait_over(organisation: SampleOrganisation) -> None:
    """Let the waiting time of everything that waits be over."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        past = tables.identities.c.opens_at - text("interval '25 hours'")
        connection.execute(update(tables.identities).values(opens_at=past))


@pytest.mark.parametrize("way", ["eid", "work"])
def test_a_stolen_password_gains_nothing_by_an_e_identification_of_ones_own(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    eid: Eid,
    way: str,
) -> None:
    """It is added at level 2 and opens the account at level 2; level 3 is refused, until it has been confirmed."""
    linked = go(organisation, EVA, way, actor=at(case_worker, Loa.TWO), link=True)
    assert linked.linked is not None
    assert linked.signed_in is None
    assert level(go(organisation, EVA, way)) is Loa.TWO
    refused = go(organisation, EVA, way, actor=at(case_worker, Loa.TWO), wanted=Loa.THREE)
    assert refused.signed_in is None
    assert isinstance(refused.step, Failed)
    assert "ingen har bekräftat" in refused.step.message
    assert json.loads(organisation.log_entries("user.signed-in")[-1])["facts"]["loa"] == 2
    found = in_work(platform, at(case_worker, Loa.TWO), account_methods.reaching, Loa.THREE)
    assert (found.linked, [one.name for one in found.unconfirmed]) == ([], [way])
    (one,) = in_work(platform, administrator, administration.waiting)
    assert (one.user_id, one.source, one.loa, one.name) == (case_worker.user_id, "self", Loa.TWO, "Eva Testdotter")
    in_work(platform, second(organisation), administration.confirm, case_worker.user_id, one.id)
    assert level(go(organisation, EVA, way)) is Loa.THREE
    assert in_work(platform, administrator, administration.waiting) == []
    entry = json.loads(organisation.log_entries("user.method-confirmed")[-1])
    assert (entry["actor"]["name"], entry["thing"]) == ("Siv Adm", str(case_worker.user_id))


def test_a_number_that_is_entered_confirms_what_matches_it(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, eid: Eid
) -> None:
    """Before or after the person has added the e-identification; and another number takes its place."""
    siv = second(organisation)
    go(organisation, EVA, actor=at(case_worker, Loa.TWO), link=True)
    in_work(platform, siv, administration.set_personnummer, case_worker.user_id, EVA)
    assert level(go(organisation, EVA)) is Loa.THREE, "no wait for what the person has shown"
    in_work(platform, siv, administration.set_personnummer, case_worker.user_id, ANNA)
    assert level(go(organisation, EVA)) is None, "neither the number nor what was added by it"
    wait_over(organisation)
    rose = go(organisation, ANNA, actor=at(case_worker, Loa.TWO), link=True)
    assert rose.linked is not None
    assert level(rose) is Loa.THREE, "it is confirmed by the number that was entered"


def test_what_is_added_at_level_three_is_worth_that(
    organisation: SampleOrganisation, case_worker: SampleUser, eid: Eid
) -> None:
    """Binding keeps the level of who binds, and adding it once more at a lower one takes nothing away."""
    go(organisation, EVA, "work", actor=at(case_worker, Loa.THREE), link=True)
    assert level(go(organisation, EVA, "work")) is Loa.THREE
    go(organisation, EVA, "work", actor=at(case_worker, Loa.TWO), link=True)
    assert level(go(organisation, EVA, "work")) is Loa.THREE


def test_ones_own_number_waits_no_longer_when_one_shows_it(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, eid: Eid
) -> None:
    """The person identifies while signed in: nobody needs to wait for them to see it."""
    in_work(platform, second(organisation), administration.set_personnummer, case_worker.user_id, ANNA)
    assert level(go(organisation, ANNA)) is None
    assert level(go(organisation, ANNA, actor=at(case_worker, Loa.TWO), link=True)) is Loa.THREE
    assert level(go(organisation, ANNA)) is Loa.THREE


def test_a_number_by_an_administrator_waits(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    colleague: SampleUser,
    eid: Eid,
) -> None:
    """It opens nothing for a day, or until another administrator says yes; the log has both ids, plugins are told."""
    siv, told = second(organisation), []
    organisation.platform.plugins.emit = lambda event, **what: told.append((event, what))
    in_work(organisation.platform, siv, administration.set_personnummer, case_worker.user_id, ANNA)
    assert level(go(organisation, ANNA)) is None
    (one,) = in_work(organisation.platform, administrator, administration.waiting)
    assert one.opens_at is not None
    assert 23 < (one.opens_at - datetime.now(UTC)).total_seconds() / 3600 <= 24
    with pytest.raises(Forbidden, match="annan administratör"):
        in_work(organisation.platform, siv, administration.confirm, case_worker.user_id, one.id)
    entry = json.loads(organisation.log_entries("user.number-set")[-1])
    assert (entry["actor"]["id"], entry["thing"]) == (str(siv.user_id), str(case_worker.user_id))
    what = {"organisation_id": organisation.id, "user_id": case_worker.user_id, "kind": "number-set"}
    assert told == [("account_changed", what)]
    wait_over(organisation)
    assert level(go(organisation, ANNA)) is Loa.THREE
    in_work(organisation.platform, siv, administration.set_personnummer, colleague.user_id, EVA)
    (one,) = in_work(organisation.platform, administrator, administration.waiting)
    in_work(organisation.platform, second(organisation, "Tor Adm"), administration.confirm, colleague.user_id, one.id)
    assert level(go(organisation, EVA)) is Loa.THREE


def test_whoever_changes_anothers_account_is_as_sure_as_the_organisation_can_be(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    colleague: SampleUser,
    other_administrator: SampleUser,
    eid: Eid,
) -> None:
    """Level 3 where a way gives it; a password is enough where nothing else is let in, and then two must agree."""
    user_id, low = case_worker.user_id, at(administrator, Loa.TWO)
    doings: list[Any] = [
        lambda who: in_work(platform, who, administration.set_personnummer, user_id, ANNA),
        lambda who: in_work(platform, who, administration.remove_method, user_id, user_id),
        lambda who: in_work(platform, who, administration.confirm, user_id, user_id),
        lambda who: in_work(platform, who, administration.reset_password, user_id),
        lambda who: in_work(platform, who, administration.change_role, user_id, Role.ADMIN),
        lambda who: in_work(platform, who, administration.end_sessions, user_id),
        lambda who: in_work(platform, who, administration.close, user_id),
        lambda who: in_work(platform, who, administration.reopen, user_id),
    ]
    for do in doings:
        with pytest.raises(StepUp) as caught:
            do(low)
        assert caught.value.wanted is Loa.THREE
        with pytest.raises(Forbidden):
            do(at(colleague, Loa.THREE))
        with pytest.raises(NotFound):
            do(at(other_administrator, Loa.THREE))
    in_work(platform, system_actor(organisation.id), users.set_password, administrator.user_id, PASSWORD)
    with pytest.raises(StepUp):
        in_work(platform, low, account_methods.choose, providers.STAFF, ["password"])
    in_work(platform, at(administrator, Loa.THREE), account_methods.choose, providers.STAFF, ["password"])
    in_work(platform, low, administration.set_personnummer, user_id, ANNA)
    wait_over(organisation)
    in_work(platform, low, account_methods.choose, providers.STAFF, ["password", "eid"])
    assert level(go(organisation, ANNA)) is Loa.TWO, "one administrator at level 2 gives no more than that"
    (one,) = in_work(platform, administrator, administration.waiting)
    in_work(platform, second(organisation), administration.confirm, user_id, one.id)
    assert level(go(organisation, ANNA)) is Loa.THREE


def test_one_number_opens_one_account_of_an_organisation(
    platform: Platform,
    organisation: SampleOrganisation,
    colleague: SampleUser,
    case_worker: SampleUser,
    other_administrator: SampleUser,
    eid: Eid,
) -> None:
    """Neither an administrator nor the person gives a second account a colleague's number, nor does reopening."""
    siv, system = second(organisation), system_actor(organisation.id)
    in_work(platform, system, administration.set_personnummer, colleague.user_id, ANNA)
    for who in (siv, system):
        with pytest.raises(Conflict, match="annat konto"):
            in_work(platform, who, administration.set_personnummer, case_worker.user_id, ANNA)
    turn = go(organisation, ANNA, actor=at(case_worker, Loa.TWO), link=True)
    assert isinstance(turn.step, Failed)
    assert "annat konto" in turn.step.message
    assert in_work(platform, case_worker, identities.linked) == []
    in_work(
        platform,
        system_actor(other_administrator.organisation_id),
        administration.set_personnummer,
        other_administrator.user_id,
        ANNA,
    )
    in_work(platform, siv, administration.close, colleague.user_id)
    in_work(platform, siv, administration.set_personnummer, case_worker.user_id, ANNA)
    with pytest.raises(Conflict, match="annat konto"):
        in_work(platform, siv, administration.reopen, colleague.user_id)


def test_nobody_confirms_themselves(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, eid: Eid
) -> None:
    """An administrator's own number is another's to enter, or the system's, which opens at once."""
    root = at(administrator, Loa.THREE)
    go(organisation, EVA, actor=at(administrator, Loa.TWO), link=True)
    (one,) = in_work(platform, root, administration.waiting)
    for do in (
        lambda: in_work(platform, root, administration.confirm, root.user_id, one.id),
        lambda: in_work(platform, root, administration.set_personnummer, root.user_id, EVA),
        lambda: in_work(platform, root, administration.reset_password, root.user_id),
    ):
        with pytest.raises(Forbidden):
            do()
    in_work(platform, system_actor(organisation.id), administration.set_personnummer, root.user_id, EVA)
    assert level(go(organisation, EVA)) is Loa.THREE


def test_an_administrator_of_the_installation_is_above_one_of_an_organisation(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    outsider: SampleUser,
    case_worker: SampleUser,
    eid: Eid,
) -> None:
    """Otherwise whoever administers an organisation would become the one who administers all."""
    system, root = system_actor(organisation.id), at(administrator, Loa.THREE)
    in_work(platform, system, users.update_user, outsider.user_id, role=Role.PLATFORM)
    for do in (
        lambda: in_work(platform, root, administration.set_personnummer, outsider.user_id, ANNA),
        lambda: in_work(platform, root, administration.close, outsider.user_id),
        lambda: in_work(platform, root, administration.reset_password, outsider.user_id),
        lambda: in_work(
            platform,
            root,
            identities.link,
            NewIdentity(PERSONNUMMER, ANNA, "x"),
            user_id=outsider.user_id,
        ),
        lambda: in_work(platform, root, users.update_user, outsider.user_id, active=False),
        lambda: in_work(platform, root, administration.change_role, case_worker.user_id, Role.PLATFORM),
    ):
        with pytest.raises(Forbidden):
            do()


def test_a_flow_that_was_begun_before_one_was_signed_out_adds_nothing(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, eid: Eid
) -> None:
    """A thief who is thrown out leaves no way behind that was under way."""
    begun = flow.begin(platform, "eid", "b", actor=at(case_worker, Loa.TWO), link=True)
    in_work(platform, system_actor(organisation.id), administration.end_sessions, case_worker.user_id)
    done = flow.advance(platform, begun.flow, "b", {"code": EVA}, provider="eid")
    assert isinstance(done.step, Failed)
    assert in_work(platform, case_worker, identities.linked) == []
    closed = flow.begin(platform, "eid", "b", actor=at(case_worker, Loa.TWO), link=True)
    in_work(platform, system_actor(organisation.id), administration.close, case_worker.user_id)
    assert flow.advance(platform, closed.flow, "b", {"code": EVA}, provider="eid").linked is None


def test_the_waiting_time_is_the_installations(
    organisation: SampleOrganisation, case_worker: SampleUser, eid: Eid
) -> None:
    """None, where it is set so: an organisation's own administrator cannot shorten it."""
    organisation.platform.settings = msgspec.structs.replace(organisation.platform.settings, identity_wait_hours=0)
    in_work(organisation.platform, second(organisation), administration.set_personnummer, case_worker.user_id, ANNA)
    assert level(go(organisation, ANNA)) is Loa.THREE
