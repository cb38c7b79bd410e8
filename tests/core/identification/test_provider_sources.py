"""Identity providers that administrators connect while the installation runs, and the trial of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

import pytest

from budkavle.accounts import users
from budkavle.identification import flow, providers
from budkavle.model.errors import Forbidden, NotFound, NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Identity, Role
from budkavle.plugins import provider_sources
from budkavle.plugins.protocols.identity_provider import ConnectedProvider, Failed, ProviderTraits
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module


@dataclass
class Source:
    """A source whose connections the test changes, as another process would."""

    name: str = "connections"
    given: list[ConnectedProvider] = field(default_factory=list)
    trials: list[tuple[str, Identity]] = field(default_factory=list)
    fails: bool = False
    asked: int = 0

    def connections(self) -> Sequence[ConnectedProvider]:
        self.asked += 1
        if self.fails:
            raise LookupError("the table is gone")
        return list(self.given)

    def tried(self, provider: str, identity: Identity) -> None:
        self.trials.append((provider, identity))

    def connect(self, name: str, *, is_on: bool, loa: Loa = Loa.TWO) -> None:
        self.given.append(ConnectedProvider(FakeIdentityProvider(name=name, traits=ProviderTraits(loa)), is_on))


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], source: Source) -> Platform:
    module = plugin_module("doors", provider_sources=lambda: [source])
    return budkavle_open(offers=offer(doors=module), enabled=["doors"])


@pytest.fixture
def installer(organisation: SampleOrganisation, administrator: SampleUser) -> SampleUser:
    """An administrator of the installation."""
    in_work(
        organisation.platform,
        system_actor(organisation.id),
        users.update_user,
        administrator.user_id,
        role=Role.PLATFORM,
    )
    return replace(administrator, role=Role.PLATFORM)


def test_a_provider_comes_and_goes_while_the_process_runs(platform: Platform, source: Source) -> None:
    """Nothing is started anew; one that is off lets nobody in."""
    source.connect("door", is_on=True)
    source.connect("gate", is_on=False)
    platform.plugins.provider_sources.forget()
    assert "door" in providers.providers(platform)
    assert "gate" not in providers.providers(platform)
    with pytest.raises(NotFound):
        flow.begin(platform, "gate", "browser")
    source.given.clear()
    platform.plugins.provider_sources.forget()
    with pytest.raises(NotFound):
        flow.begin(platform, "door", "browser")


def test_another_process_is_followed_within_seconds(
    platform: Platform, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the source is asked no more often than that."""
    now = monotonic()
    monkeypatch.setattr(provider_sources, "monotonic", lambda: now)
    for _ in range(3):
        providers.providers(platform)
    assert source.asked <= 1
    source.connect("door", is_on=True)
    now += provider_sources.FRESH + 0.1
    assert "door" in providers.providers(platform)


def test_a_source_that_fails_keeps_what_it_gave(platform: Platform, source: Source) -> None:
    source.connect("door", is_on=True)
    platform.plugins.provider_sources.forget()
    assert "door" in providers.providers(platform)
    source.fails = True
    platform.plugins.provider_sources.forget()
    assert "door" in providers.providers(platform)


def test_what_does_not_keep_its_promise_is_left_out(platform: Platform, source: Source) -> None:
    """A reserved name would be believed as the core is. A name that the settings give stays theirs."""
    source.connect("recovery", is_on=True)
    source.connect("password", is_on=True)
    source.connect("door", is_on=True)
    source.given.append(ConnectedProvider(object(), is_on=True))  # type: ignore[arg-type] # what is wrong with it
    platform.plugins.provider_sources.forget()
    connected = providers.providers(platform)
    assert "door" in connected
    assert "recovery" not in connected
    assert not isinstance(connected["password"], FakeIdentityProvider)


def test_a_trial_signs_nobody_in_and_tells_the_source(
    platform: Platform, source: Source, installer: SampleUser
) -> None:
    """The source is told; the level stays within the traits, as it does when somebody signs in."""
    source.connect("gate", is_on=False, loa=Loa.THREE)
    platform.plugins.provider_sources.forget()
    actor = installer.at(Loa.TWO)
    turn = flow.begin(platform, "gate", "browser", actor=actor, trial=True, return_to="/plugin/doors")
    wrong = flow.advance(platform, turn.flow, "browser", {"code": "0000"})
    assert isinstance(wrong.step, Failed)
    ended = flow.advance(platform, turn.flow, "browser", {"code": "1234"})
    assert ended.signed_in is None
    assert ended.tried is not None
    assert ended.tried.return_to == "/plugin/doors"
    assert [(name, identity.subject, identity.loa) for name, identity in source.trials] == [("gate", "anna", Loa.THREE)]
    entries = audit.entries(platform.database, installer.organisation_id, None, 5)
    assert entries[0].kind == "sign-in-way.tried"
    assert entries[0].facts["provider"] == "gate"
    with pytest.raises(NotFound):  # the flow is used up
        flow.advance(platform, turn.flow, "browser", {"code": "1234"})


def test_changed_settings_are_tried_beside_those_that_are_on(platform: Platform, source: Source) -> None:
    source.connect("door", is_on=True, loa=Loa.ONE)
    source.connect("door", is_on=False, loa=Loa.THREE)
    platform.plugins.provider_sources.forget()
    on, tried = providers.provider_of(platform, "door"), providers.provider_of(platform, "door", trial=True)
    assert on is source.given[0].provider
    assert tried is source.given[1].provider


def test_only_the_installations_administrators_try(
    platform: Platform, source: Source, administrator: SampleUser, case_worker: SampleUser
) -> None:
    source.connect("gate", is_on=False)
    platform.plugins.provider_sources.forget()
    for person in (administrator, case_worker):
        with pytest.raises(Forbidden):
            flow.begin(platform, "gate", "browser", actor=person.at(Loa.THREE), trial=True)
    with pytest.raises(NotSignedIn):
        flow.begin(platform, "gate", "browser", trial=True)
