"""BankID and Freja through the core's own flow: accounts, guests, browsers, and many at once."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from budkavle import BudkavleError, Loa, Platform, Poll
from budkavle.accounts import create_organisation, create_user
from budkavle.identification.flow import GuestOf, Turn, advance, begin, cancel
from budkavle.identification.identities import link
from budkavle.model.people import NewIdentity
from budkavle.operations.health import check_all
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle_eid.devices import TOO_MANY
from budkavle_eid.simulator.authority import Certificates
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import PEOPLE, Person

PHONE = "Mozilla/5.0 (iPhone) Mobile"
HINTS = {"ip": "127.0.0.1", "user_agent": "Firefox", "language": "sv"}
TICK = {"tick": "1"}


@pytest.fixture
def running(files: Certificates) -> Iterator[Simulator]:
    """The simulators by the real clock, as the plugin goes by it."""
    simulator = Simulator(files.folder, clock=time.time)
    yield simulator
    simulator.stop()


@pytest.fixture
def platform(running: Simulator, budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation that is connected to them by its settings."""

    def section(settings: msgspec.Struct) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.to_builtins(settings, enc_hook=str)
        return found

    eid = {
        "bankid": [section(one) for one in running.addresses.bankid()],
        "freja": [section(one) for one in running.addresses.freja()],
    }
    return budkavle_open(enabled=("eid",), plugins={"eid": eid})


@pytest.fixture
def anna_here(platform: Platform, anna: Person) -> Any:
    """Anna's account, known by her number."""
    root = system_actor()
    home = create_organisation(platform, root, "Håbo kommun")
    user = in_work(platform, system_actor(home.id), create_user, email="anna@habo.example", name="Anna")
    in_work(platform, system_actor(home.id), link, NewIdentity("personnummer", anna.number, "BankID"), user_id=user.id)
    return user


def _scan(simulator: Any, turn: Turn, person: Person, ip: str = "127.0.0.1") -> str:
    assert isinstance(turn.step, Poll)
    return str(simulator.scan(turn.step.qr, person, ip))


@pytest.mark.feature("A9")
@pytest.mark.parametrize("provider", ["bankid", "mobilt_bankid", "freja"])
def test_a_number_opens_the_account(
    platform: Platform, running: Simulator, anna_here: Any, anna: Person, provider: str
) -> None:
    """Scan, approve, and the account with that number is signed in at level 3."""
    app = running.freja if provider == "freja" else running.bankid
    turn = begin(platform, provider, "browser", wanted=Loa.THREE, hints=HINTS, return_to="/mailbox")
    app.approve(_scan(app, turn, anna))
    done = advance(platform, turn.flow, "browser", TICK).signed_in
    assert done is not None
    assert (done.user.id, done.loa, done.return_to) == (anna_here.id, Loa.THREE, "/mailbox")
    assert done.method == {"bankid": "BankID", "mobilt_bankid": "Mobilt BankID", "freja": "Freja eID+"}[provider]


def test_somebody_without_account_is_not_let_in(platform: Platform, running: Simulator, anna_here: Any) -> None:
    """Whoever they have shown to be."""
    turn = begin(platform, "bankid", "browser", hints=HINTS)
    running.bankid.approve(_scan(running.bankid, turn, PEOPLE[1]))
    ended = advance(platform, turn.flow, "browser", TICK)
    assert (ended.signed_in, ended.guest) == (None, None)


def test_the_victims_browser_is_not_the_thiefs(
    platform: Platform, running: Simulator, anna_here: Any, anna: Person
) -> None:
    """The link that a thief sends brings the victim back in a browser of their own, which the flow does not know."""
    turn = begin(platform, "bankid", "thief", hints=HINTS | {"user_agent": PHONE})
    assert isinstance(turn.step, Poll)
    token = re.findall(r"autostarttoken=([^&]+)", turn.step.app_url or "")[0]
    back = running.bankid.approve(running.bankid.open_link({"autostarttoken": token}, anna, "192.0.2.7"))
    assert back.startswith("http://127.0.0.1:8420/sign-in/back/bankid?nonce=")
    answers = {"nonce": back.partition("nonce=")[2]}
    for browser in ("victim", ""):
        with pytest.raises(BudkavleError):
            advance(platform, turn.flow, browser, answers, provider="bankid")
    with pytest.raises(BudkavleError):
        advance(platform, "another flow", "victim", answers, provider="bankid")
    for _ in range(3):
        seen = advance(platform, turn.flow, "thief", TICK)
        assert isinstance(seen.step, Poll)
        assert (seen.signed_in, seen.guest) == (None, None)


def test_a_return_belongs_to_its_own_provider(platform: Platform) -> None:
    """What comes back to another provider's address is not this flow's."""
    turn = begin(platform, "bankid", "browser", hints=HINTS)
    with pytest.raises(BudkavleError):
        advance(platform, turn.flow, "browser", {"nonce": "x"}, provider="freja")


def test_the_same_device_through_the_return(
    platform: Platform, running: Simulator, anna_here: Any, anna: Person
) -> None:
    """The page that was left open takes the end, the return brings the nonce; the core's table keeps it between."""
    turn = begin(platform, "bankid", "browser", hints=HINTS | {"user_agent": PHONE})
    assert isinstance(turn.step, Poll)
    token = re.findall(r"autostarttoken=([^&]+)", turn.step.app_url or "")[0]
    back = running.bankid.approve(running.bankid.open_link({"autostarttoken": token}, anna, "127.0.0.1"))
    assert isinstance(advance(platform, turn.flow, "browser", TICK).step, Poll)
    done = advance(platform, turn.flow, "browser", {"nonce": back.partition("nonce=")[2]}, provider="bankid")
    assert done.signed_in is not None
    assert done.signed_in.user.id == anna_here.id


def test_giving_up_takes_the_order_back(platform: Platform, running: Simulator) -> None:
    """And nothing goes on from there."""
    turn = begin(platform, "bankid", "browser", hints=HINTS)
    cancel(platform, turn.flow, "browser")
    assert running.bankid.waiting() == []
    with pytest.raises(BudkavleError):
        advance(platform, turn.flow, "browser", TICK)


def test_an_organisation_eid_is_for_staff(platform: Platform, anna_here: Any) -> None:
    """A guest is not offered it."""
    with pytest.raises(BudkavleError):
        begin(platform, "freja_organisation", "b", hints=HINTS, guest=GuestOf(anna_here.organisation_id, "link:x"))


@pytest.mark.slow
@pytest.mark.feature("A9")
def test_fifty_at_once_and_one_in_ten_a_thief(
    platform: Platform, running: Simulator, anna_here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody honest gets in as themselves; no thief does, whatever they try, and it disturbs nobody."""
    clock = HeldClock()  # a busy machine may take longer from a code to its scan than a code is valid
    for one in (running.bankid, platform.plugins.identity_providers["bankid"]):
        monkeypatch.setattr(one, "_clock", clock)
    thefts = [THEFTS[number // 10] if number % 10 == 0 else None for number in range(50)]

    def start(number: int) -> Turn:
        person = PEOPLE[number % len(PEOPLE)]
        mine = Person(f"p{number}", person.number, f"Nummer{number}", "Testsson", "x@example.org")
        hints = HINTS | ({"user_agent": PHONE} if thefts[number] in {"no return", "guess"} else {})
        guest = GuestOf(anna_here.organisation_id, f"link:{number}")
        turn = begin(platform, "bankid", f"b{number}", hints=hints, guest=guest)
        _approve(running, turn, mine)
        return turn

    def arrive(number: int, turn: Turn) -> tuple[str, str]:
        return _arrive(platform, turn, f"b{number}", thefts[number])

    with ThreadPoolExecutor(50) as threads:
        turns = list(threads.map(start, range(50)))
        clock.go_on()  # who was told to wait asks again after a while
        ended = list(threads.map(arrive, range(50), turns))
    for number, (honest, stolen) in enumerate(ended):
        wanted = "" if number % 10 == 0 and THEFTS[number // 10] != "replay" else f"Nummer{number} Testsson"
        assert (number, honest, stolen) == (number, wanted, "")


THEFTS = ("another browser", "no return", "guess", "replay", "another flow")


class HeldClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self._begun, self._went_on = time.time(), 0.0

    def __call__(self) -> float:
        return self._begun + (time.monotonic() - self._went_on if self._went_on else 0.0)

    def go_on(self) -> None:
        self._went_on = time.monotonic()


def _approve(running: Simulator, turn: Turn, mine: Person) -> None:
    """Read the code, or open the app, and identify in it."""
    step = turn.step
    assert isinstance(step, Poll)
    if step.qr:
        running.bankid.approve(running.bankid.scan(step.qr, mine, "127.0.0.1"))
    else:
        token = re.findall(r"autostarttoken=([^&]+)", step.app_url or "")[0]
        running.bankid.approve(running.bankid.open_link({"autostarttoken": token}, mine, "192.0.2.7"))


def _arrive(platform: Platform, turn: Turn, browser: str, theft: str | None) -> tuple[str, str]:
    """Come in, honestly or not; returns who got in by right, and who by theft."""
    if theft is None:
        return _comes_in(platform, turn.flow, browser), ""
    if theft == "replay":
        honest = _comes_in(platform, turn.flow, browser)
        return honest, _who(platform, turn.flow, browser, TICK) + _who(platform, turn.flow, "thief", TICK)
    tried = {
        "another browser": (turn.flow, "thief", TICK),
        "no return": (turn.flow, browser, TICK),
        "guess": (turn.flow, browser, TICK | {"nonce": "AAAA"}),
        "another flow": (turn.flow + "x", browser, TICK),
    }[theft]
    return "", "".join(_who(platform, *tried) for _ in range(3))


def _comes_in(platform: Platform, flow: str, browser: str) -> str:
    """Ask as the open page does: again after a while where the service had too much to do to say."""
    for _ in range(60):
        turn = advance(platform, flow, browser, TICK)
        if not isinstance(turn.step, Poll):
            break
        time.sleep(turn.step.seconds)
    return turn.guest.name if turn.guest else ""


def _who(platform: Platform, flow: str, browser: str, answers: dict[str, str]) -> str:
    try:
        turn = advance(platform, flow, browser, answers)
    except BudkavleError:
        return ""
    return turn.guest.name if turn.guest else ""


@pytest.mark.parametrize("provider", ["bankid", "freja"])
def test_one_address_cannot_use_up_what_the_service_takes(
    running: Simulator, budkavle_open: Callable[..., Platform], provider: str
) -> None:
    """Beyond the settings' number it is told to wait; other addresses go on."""
    connections = {"bankid": running.addresses.bankid()[0], "freja": running.addresses.freja()[0]}
    section = msgspec.to_builtins(connections[provider], enc_hook=str) | {"starts": 3}
    platform = budkavle_open(enabled=("eid",), plugins={"eid": {provider: [section]}})
    begun = [begin(platform, provider, "b", hints=HINTS).step for _ in range(4)]
    assert [isinstance(step, Poll) for step in begun] == [True, True, True, False]
    assert getattr(begun[3], "message", "") == TOO_MANY
    assert isinstance(begin(platform, provider, "b", hints=HINTS | {"ip": "192.0.2.9"}).step, Poll)


def test_the_health_page_tells_when_certificates_run_out(platform: Platform) -> None:
    """One line for each certificate, with its date."""
    told = [health for health in check_all(platform, None) if health.name == "E-legitimationer och certifikat"]
    assert len(told) == 8  # two connections to BankID have a root too
    assert all(health.ok and re.search(r"gäller till \d{4}-\d\d-\d\d", str(health)) for health in told)


def test_the_simulators_are_told_about(budkavle_open: Callable[..., Platform], tmp_path: Path) -> None:
    """A port in the settings makes the connections, which say that they are a test, as does the health page."""
    platform = budkavle_open(enabled=("eid",), plugins={"eid": {"simulator_port": 8430}})
    providers = platform.plugins.identity_providers
    labels = {provider.label for name, provider in providers.items() if name != "password"}
    assert labels == {
        "BankID (test)",
        "Mobilt BankID (test)",
        "Freja eID (test)",
        "Freja Organisations eID (test)",
    }
    assert any("Låtsaslegitimationer" in str(health) and not health.ok for health in check_all(platform, None))
