"""Each minter's address lets in one person, for a short time, into the same room as the others (feature V1)."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import OctKey
from livekit.api import TokenVerifier

from budkavle import BudkavleError, FunctionMailbox, Host, Permanent, Platform, SettingsSection, Temporary
from budkavle.accounts import write_settings
from budkavle.accounts.settings_tests import run_settings_test
from budkavle.testing import SampleOrganisation, SampleUser, SettingsSectionContract
from budkavle_meetings.booking.meetings import NewMeeting, create_meeting
from budkavle_meetings.booking.participants import Invitee, NewParticipant, invite_participant
from budkavle_meetings.booking.times import Schedule
from budkavle_meetings.providers.graph import Graph, graph
from budkavle_meetings.providers.jitsi import Jitsi
from budkavle_meetings.providers.livekit import LiveKit
from budkavle_meetings.providers.minter import MINUTES, Joiner, Minter, Room
from budkavle_meetings.providers.registry import available_providers, find_provider
from budkavle_meetings.providers.settings import TOO_SHORT, JitsiRooms, LiveKitRooms, TeamsRooms
from budkavle_meetings.providers.teams import Teams

NOW = datetime.now(UTC).replace(microsecond=0)
"""The moment of a test; see `clock`."""
SECRET = "en-hemlighet-som-ar-minst-32-byte-lang"
ACCOUNT = "moten@kommun.example"
TEAMS = TeamsRooms(
    on=True,
    tenant="11111111-2222-4333-8444-555555555555",
    client_id="66666666-7777-4888-8999-000000000000",
    client_secret="klienthemlighet~som~entra~skapade",
    account=ACCOUNT,
)
JITSI = JitsiRooms(on=True, url="https://video.kommun.example", app_id="budkavle", secret=SECRET)
LIVEKIT = LiveKitRooms(
    on=True, url="https://livekit.kommun.example", page="https://moten.kommun.example", key="APIbudkavle", secret=SECRET
)


def room(meeting_id: UUID | None = None) -> Room:
    return Room(meeting_id or uuid4(), NOW, NOW + timedelta(hours=1), "anna@kommun.example")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test now: a token that was made when the tests were collected has ended."""
    monkeypatch.setattr(sys.modules[__name__], "NOW", datetime.now(UTC).replace(microsecond=0))


def person(name: str = "Maria Lind", *, is_organiser: bool = False) -> Joiner:
    return Joiner(uuid4(), name, is_organiser)


class MinterContract:
    """What the page of a meeting counts on; give `minter`."""

    @pytest.fixture
    def minter(self) -> Minter:
        """Give the minter; to be overridden."""
        pytest.fail("a contract needs the fixture `minter`")

    def where(self, address: str) -> str:
        """Return what in an address says which room it is; to be overridden where a token says it."""
        return address

    def test_an_address_is_encrypted(self, minter: Minter) -> None:
        """And leads to a server."""
        parts = urlsplit(minter.address(room(), person(), NOW))
        assert parts.scheme == "https"
        assert parts.hostname

    def test_all_of_a_meeting_come_into_the_same_room(self, minter: Minter) -> None:
        """And those of another meeting into another."""
        here, elsewhere = room(), room()
        first = self.where(minter.address(here, person("Anna Ek", is_organiser=True), NOW))
        assert self.where(minter.address(here, person(), NOW)) == first
        assert self.where(minter.address(elsewhere, person(), NOW)) != first

    def test_nobody_can_guess_the_room_from_the_meeting(self, minter: Minter) -> None:
        """The meeting's id stands in our own addresses; it does not lead into the room."""
        meeting_id = uuid4()
        address = minter.address(room(meeting_id), person(), NOW)
        assert meeting_id.hex not in address.replace("-", "")


class TestTeams(MinterContract):
    """Teams, by a fake of Entra ID and Graph."""

    @pytest.fixture
    def minter(self, host: Host, organisation: SampleOrganisation) -> Minter:
        return Teams(graph(host, organisation.id, TEAMS))


class _Token(MinterContract):
    def where(self, address: str) -> str:
        return str(self.claims(address)["room"])

    def claims(self, address: str) -> dict[str, Any]:
        """Read the token in an address, with the secret."""
        raise NotImplementedError

    def test_an_address_ends_soon(self, minter: Minter) -> None:
        """Whoever gets it from somebody else comes too late."""
        claims = self.claims(minter.address(room(), person(), NOW))
        assert claims["exp"] == int(NOW.timestamp()) + MINUTES * 60


class TestJitsi(_Token):
    """Jitsi, whose token an independent check of the signature reads."""

    @pytest.fixture
    def minter(self, host: Host) -> Minter:
        return Jitsi(host, JITSI)

    def claims(self, address: str) -> dict[str, Any]:
        parts = urlsplit(address)
        claims = jwt.decode(parse_qs(parts.query)["jwt"][0], OctKey.import_key(SECRET), algorithms=["HS256"]).claims
        assert parts.path == f"/{claims['room']}"
        return dict(claims)

    def test_the_token_says_who_comes(self, minter: Minter) -> None:
        """The claims are those that Jitsi reads; the organiser moderates, and whom we admitted passes its lobby."""
        claims = self.claims(minter.address(room(), person("Anna Ek", is_organiser=True), NOW))
        assert (claims["aud"], claims["iss"], claims["sub"]) == ("jitsi", "budkavle", "video.kommun.example")
        assert {**claims["context"]["user"], "id": ""} == {
            "id": "",
            "name": "Anna Ek",
            "moderator": True,
            "lobby_bypass": True,
        }
        guest = self.claims(minter.address(room(), person(), NOW))
        assert guest["context"]["user"]["moderator"] is False

    def test_another_secret_reads_nothing(self, minter: Minter) -> None:
        """The signature is by the organisation's own secret."""
        token = parse_qs(urlsplit(minter.address(room(), person(), NOW)).query)["jwt"][0]
        with pytest.raises(BadSignatureError):
            jwt.decode(token, OctKey.import_key(SECRET[::-1]), algorithms=["HS256"])


class TestLiveKit(_Token):
    """LiveKit, whose token its own library reads."""

    @pytest.fixture
    def minter(self, host: Host) -> Minter:
        return LiveKit(host, LIVEKIT)

    def claims(self, address: str) -> dict[str, Any]:
        query = parse_qs(urlsplit(address).query)
        assert query["liveKitUrl"] == ["wss://livekit.kommun.example"]
        TokenVerifier("APIbudkavle", SECRET).verify(query["token"][0])
        claims = jwt.decode(query["token"][0], OctKey.import_key(SECRET), algorithms=["HS256"]).claims
        return {**claims, **claims["video"]}

    def test_livekits_own_library_reads_the_token(self, minter: Minter) -> None:
        """It finds the room, the right to join, and the person."""
        joiner = person("Anna Ek", is_organiser=True)
        token = parse_qs(urlsplit(minter.address(room(), joiner, NOW)).query)["token"][0]
        claims = TokenVerifier("APIbudkavle", SECRET).verify(token)
        assert (claims.identity, claims.name) == (str(joiner.id), "Anna Ek")
        assert claims.video is not None
        assert (claims.video.room_join, claims.video.room_admin) == (True, True)


class TestTeamsSection(SettingsSectionContract):
    """The form of Teams."""

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["meetings.teams"]

    @pytest.fixture
    def changes(self) -> dict[str, object]:
        return {name: getattr(TEAMS, name) for name in TEAMS.__struct_fields__}

    @pytest.fixture
    def wrong(self) -> dict[str, object]:
        return {"tenant": "kommun/../x", "client_id": "1", "account": "Anna"}


class TestJitsiSection(SettingsSectionContract):
    """The form of Jitsi."""

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["meetings.jitsi"]

    @pytest.fixture
    def changes(self) -> dict[str, object]:
        return {name: getattr(JITSI, name) for name in JITSI.__struct_fields__}

    @pytest.fixture
    def wrong(self) -> dict[str, object]:
        return {"url": "http://video.kommun.example", "secret": "x" * 31}


class TestLiveKitSection(SettingsSectionContract):
    """The form of LiveKit."""

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["meetings.livekit"]

    @pytest.fixture
    def changes(self) -> dict[str, object]:
        return {name: getattr(LIVEKIT, name) for name in LIVEKIT.__struct_fields__}

    @pytest.fixture
    def wrong(self) -> dict[str, object]:
        return {"url": "https://anna:x@livekit.example", "page": "moten", "secret": "å" * 15}


def test_a_provider_that_is_on_has_all_it_needs(organisation: SampleOrganisation) -> None:
    """And one whose secret is short is refused at its field."""
    with pytest.raises(BudkavleError) as refused, organisation.platform.work(organisation.administrator) as work:
        write_settings(work, JitsiRooms, {"on": True, "secret": "x" * 31})
    assert refused.value.fields == {"secret": TOO_SHORT, "url": "Fyll i fältet.", "app_id": "Fyll i fältet."}


def test_an_organisation_has_the_providers_that_it_switched_on(
    host: Host, organisation: SampleOrganisation, other_organisation: SampleOrganisation
) -> None:
    """Another organisation has none of them."""
    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, JitsiRooms, {name: getattr(JITSI, name) for name in JITSI.__struct_fields__})
        assert [each.name for each in available_providers(host, work)] == ["room", "jitsi"]
    with other_organisation.platform.work(other_organisation.system) as work:
        assert [each.name for each in available_providers(host, work)] == ["room"]


def teams(host: Host, organisation: SampleOrganisation, **other: str) -> Teams:
    values: dict[str, Any] = {name: getattr(TEAMS, name) for name in TEAMS.__struct_fields__} | other
    return Teams(graph(host, organisation.id, TeamsRooms(**values)))


@pytest.mark.feature("V1")
def test_microsoft_learns_the_time_and_lets_the_organiser_alone_pass_the_lobby(
    host: Host, organisation: SampleOrganisation, microsoft: Any
) -> None:
    """Neither subject nor names; one token for all calls, and one meeting for all who join."""
    here = room()
    for name in ("Anna Ek", "Maria Lind"):
        teams(host, organisation).address(here, person(name), NOW)
    (meeting,) = microsoft.meetings.values()
    assert meeting["subject"] == "Möte"
    assert meeting["lobbyBypassSettings"]["scope"] == "organizer"
    assert meeting["startDateTime"] == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "Lind" not in str(microsoft.asked)
    assert microsoft.tokens == 1


def test_a_meeting_is_made_with_the_organiser_where_no_account_is_typed(
    host: Host, organisation: SampleOrganisation, microsoft: Any
) -> None:
    """Their address in Teams is the one that they have here."""
    microsoft.accounts.add("anna@kommun.example")
    microsoft.policy.add("anna@kommun.example")
    teams(host, organisation, account="").address(room(), person(), NOW)
    ((account, _),) = microsoft.meetings
    assert account == "anna@kommun.example"


def test_a_token_that_microsoft_has_withdrawn_is_asked_for_anew(
    host: Host, organisation: SampleOrganisation, microsoft: Any
) -> None:
    """Without a word to the person who joins."""
    teams(host, organisation).address(room(), person(), NOW)
    microsoft.valid = "another"
    assert teams(host, organisation).address(room(), person(), NOW)
    assert microsoft.tokens == 2


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"tenant": "99999999-2222-4333-8444-555555555555"}, Permanent, "katalog-id"),
        ({"client_id": "99999999-7777-4888-8999-000000000000"}, Permanent, "program-id"),
        ({"client_secret": "fel"}, Permanent, "klienthemligheten"),
        ({"account": "utan@kommun.example"}, Permanent, "New-CsApplicationAccessPolicy"),
        ({"account": "ingen@kommun.example"}, Permanent, "finns inte i katalogen"),
    ],
)
def test_a_refusal_says_in_plain_words_what_to_mend(
    host: Host, organisation: SampleOrganisation, change: dict[str, str], kind: type[BudkavleError], words: str
) -> None:
    """Each of Microsoft's refusals."""
    with pytest.raises(kind) as refused:
        teams(host, organisation, **change).address(room(), person(), NOW)
    assert words in str(refused.value)


def test_missing_consent_and_a_busy_microsoft_are_told_apart(
    host: Host, organisation: SampleOrganisation, microsoft: Any
) -> None:
    """The first wants an administrator, the second a little time."""
    microsoft.consent = False
    with pytest.raises(Permanent, match=r"OnlineMeetings\.ReadWrite\.All"):
        teams(host, organisation).address(room(), person(), NOW)
    microsoft.consent, microsoft.status = True, 503
    with pytest.raises(Temporary, match="för mycket att göra"):
        teams(host, organisation).address(room(), person(), NOW)


@pytest.mark.feature("O8")
def test_the_button_tries_each_step(organisation: SampleOrganisation, microsoft: Any) -> None:
    """Token and meeting; what fails is told after what went well."""
    administrator = organisation.administrator
    with organisation.platform.work(administrator) as work:
        write_settings(work, TeamsRooms, {name: getattr(TEAMS, name) for name in TEAMS.__struct_fields__})
    tried = run_settings_test(organisation.platform, administrator, "meetings.teams", administrator.email)
    assert tried.fault is None
    assert [str(step) for step in tried.steps] == [
        "Entra ID godtar programmet och hemligheten.",
        f"Teams skapar möten i kontot {ACCOUNT}.",
    ]
    microsoft.policy.clear()
    tried = run_settings_test(organisation.platform, administrator, "meetings.teams", administrator.email)
    assert len(tried.steps) == 1
    assert "åtkomstprincip" in str(tried.fault)


def test_nothing_typed_is_told_so(organisation: SampleOrganisation) -> None:
    """The button asks nobody before there is something to ask."""
    administrator = organisation.administrator
    for name in ("teams", "jitsi", "livekit"):
        tried = run_settings_test(organisation.platform, administrator, f"meetings.{name}", administrator.email)
        assert str(tried.fault) == "Fyll i fälten och spara först."


@pytest.mark.parametrize("name", ["teams", "jitsi", "livekit"])
def test_whoever_has_been_admitted_gets_an_address_of_their_own(
    host: Host, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, name: str
) -> None:
    """As the settings are now; once the kind is off, the sentence says so."""
    chosen: Any = {"teams": TEAMS, "jitsi": JITSI, "livekit": LIVEKIT}[name]
    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, type(chosen), {field: getattr(chosen, field) for field in chosen.__struct_fields__})
    with host.work(case_worker) as work:
        new = NewMeeting(mailbox.id, name, "Hemligt", "", Schedule(NOW, NOW + timedelta(hours=1)))
        meeting = create_meeting(host, work, new)
        guest = invite_participant(host, work, meeting, NewParticipant(Invitee("maria@example.se", "Maria Lind")))
    address = find_provider(host, name).open_room(meeting, guest).url
    assert address.startswith("https://")
    assert guest.invitee.token not in address
    assert "Hemligt" not in address
    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, type(chosen), {"on": False})
    with pytest.raises(Permanent, match="inte längre på"):
        find_provider(host, name).open_room(meeting, guest)


@pytest.fixture
def peers(shared: Path, free_port: Any) -> Iterator[tuple[str, str]]:
    """The fakes of the reference material as they are: Entra ID, and Graph."""
    granian = str(Path(sys.executable).with_name("granian"))
    urls, started = [], []
    for folder, app in (("entra-graph", "fg:app"), ("meetings", "fake_graph:app")):
        port = free_port()
        command = [granian, "--interface", "asgi", "--port", str(port), "--log-level", "warning", app]
        started.append(subprocess.Popen(command, cwd=shared / "peers" / folder))
        urls.append(f"http://127.0.0.1:{port}")
    yield urls[0], urls[1]
    for process in started:
        process.terminate()
        process.wait(timeout=10)


def test_the_fakes_of_the_reference_material_agree(
    host: Host, organisation: SampleOrganisation, peers: tuple[str, str], answering: Any
) -> None:
    """They were written from Microsoft's documents by others: created, found again, and refused without a policy."""
    for url in peers:
        answering(url)
    chosen = TeamsRooms(True, TEAMS.tenant, TEAMS.client_id, TEAMS.client_secret, "u1")
    mine = Teams(Graph(host, organisation.id, chosen, *peers))
    here = room()
    first = mine.address(here, person(), NOW)
    assert first.startswith("https://teams.microsoft.com/l/meetup-join/")
    assert mine.address(here, person(), NOW) == first
    assert mine.address(room(), person(), NOW) != first
    other = Teams(
        Graph(host, organisation.id, TeamsRooms(tenant=TEAMS.tenant, client_secret="x", account="u2"), *peers)
    )
    with pytest.raises(Permanent, match="New-CsApplicationAccessPolicy"):
        other.address(here, person(), NOW)
