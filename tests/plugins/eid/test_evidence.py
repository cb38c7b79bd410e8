"""The evidence of an identification: named in the event log, kept sealed for its time, judged by anybody."""

import json
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from budkavle import Host, Loa, NotFound, Platform, Poll
from budkavle.accounts import create_organisation, create_user
from budkavle.identification.flow import GuestOf, advance, begin
from budkavle.identification.identities import link
from budkavle.model.people import NewIdentity
from budkavle.operations.health import check_all
from budkavle.storage.events.chaining import chain_log
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle_eid.commands import group
from budkavle_eid.evidence import EvidenceTable, named
from budkavle_eid.simulator.authority import Certificates
from budkavle_eid.simulator.launcher import Simulator
from budkavle_eid.simulator.persons import Person

HINTS = {"ip": "127.0.0.1", "user_agent": "Firefox", "language": "sv", "purpose": "Läs ett meddelande"}


@pytest.fixture
def running(files: Certificates) -> Iterator[Simulator]:
    simulator = Simulator(files.folder, clock=time.time)
    yield simulator
    simulator.stop()


@pytest.fixture
def opened(running: Simulator, budkavle_open: Callable[..., Platform]) -> Callable[..., Platform]:
    """Opens an installation that is connected to the simulators, with some settings changed."""

    def section(settings: msgspec.Struct, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.to_builtins(settings, enc_hook=str)
        return found | more

    def open_(bankid: dict[str, Any] | None = None, **more: Any) -> Platform:
        eid = {
            "bankid": [section(running.addresses.bankid()[0], **(bankid or {}))],
            "freja": [section(running.addresses.freja()[0])],
            **more,
        }
        return budkavle_open(enabled=("eid",), plugins={"eid": eid})

    return open_


def _host(platform: Platform) -> Host:
    host: Host = platform.plugins.host("eid")
    return host


def _entries(platform: Platform, organisation_id: Any, kind: str) -> list[dict[str, Any]]:
    chain_log(platform.database, organisation_id)
    with platform.database.transaction(organisation_id) as connection:
        query = text("SELECT entry FROM audit_log WHERE kind = :kind ORDER BY number")
        return [json.loads(row.entry) for row in connection.execute(query, {"kind": kind})]


def _identify(platform: Platform, running: Simulator, way: str, person: Person, **more: Any) -> Any:
    hints = HINTS | ({"personnummer": person.number} if "guest" in more else {})
    turn = begin(platform, way, "browser", wanted=Loa.THREE, hints=hints, **more)
    assert isinstance(turn.step, Poll)
    app = running.freja if way == "freja" else running.bankid
    app.approve(app.scan(turn.step.qr or "", person, "127.0.0.1"))
    return advance(platform, turn.flow, "browser", {"tick": "1"})


@pytest.mark.feature("A9")
@pytest.mark.parametrize("way", ["bankid", "freja"])
def test_a_guests_evidence_is_named_at_the_delivery(
    opened: Callable[..., Platform], running: Simulator, anna: Person, tmp_path: Path, way: str
) -> None:
    """The log names it by its hash at the delivery that was read; its bytes are fetched and judged by themselves."""
    platform = opened()
    home = create_organisation(platform, system_actor(), "Håbo kommun")
    delivery = uuid4()
    assert _identify(platform, running, way, anna, guest=GuestOf(home.id, f"link:{delivery}")).guest
    (entry,) = _entries(platform, home.id, "guest.identified")
    name = entry["facts"]["evidence"]
    assert (entry["thing"], name[:7]) == (str(delivery), "sha256:")
    host = _host(platform)
    raw = EvidenceTable(host, 1).read(name)
    assert raw is not None
    assert named(raw) == name
    file = tmp_path / "evidence.json"
    assert CliRunner().invoke(group(host), ["evidence", "export", name, str(file)]).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert CliRunner().invoke(group(host), ["evidence", "export", name, str(file)]).exit_code == 1
    pem = running.files.signing if way == "freja" else running.files.persons / "root.pem"
    judged = CliRunner().invoke(group(None), ["evidence", "verify", str(file), "--signing", str(pem)])
    assert judged.exit_code == 0, judged.output
    for said in (anna.name, anna.number, name, "Tid enligt"):
        assert said in judged.output
    false = running.files.stranger
    assert CliRunner().invoke(group(None), ["evidence", "verify", str(file), "--signing", str(false)]).exit_code == 1
    for no_evidence in (raw.replace(b"budkavle-", b"budkavla-", 1), b'{"a":' * 20_000):
        file.write_bytes(no_evidence)
        odd = CliRunner().invoke(group(None), ["evidence", "verify", str(file), "--signing", str(pem)])
        assert (odd.exit_code, "inget underlag" in odd.output) == (1, True)


def test_it_lies_sealed_and_is_forgotten(opened: Callable[..., Platform], running: Simulator, anna: Person) -> None:
    """Neither name nor number nor signature is readable in the table; after its days nothing is left."""
    platform = opened()
    home = create_organisation(platform, system_actor(), "Håbo kommun")
    _identify(platform, running, "bankid", anna, guest=GuestOf(home.id, "link:x"))
    with platform.database.transaction(None) as connection:
        (row,) = connection.execute(text("SELECT sealed FROM eid_evidence")).all()
        for open_ in (anna.number.encode(), b"Testlind", b"budkavle-bankid"):
            assert open_ not in bytes(row.sealed)
        connection.execute(text("UPDATE eid_evidence SET expires_at = now() - interval '1 second'"))
    name = _entries(platform, home.id, "guest.identified")[0]["facts"]["evidence"]
    with pytest.raises(NotFound, match="gallrat"):
        CliRunner().invoke(
            group(_host(platform)),
            ["evidence", "export", name, "x.json"],
            catch_exceptions=False,
            standalone_mode=False,
        )
    assert EvidenceTable(_host(platform), 1).read("sha256:nonsense") is None
    platform.plugins.jobs["eid.evidence"].run()
    with platform.database.transaction(None) as connection:
        assert connection.execute(text("SELECT count(*) FROM eid_evidence")).scalar_one() == 0


def test_nothing_is_kept_where_the_settings_say_so(
    opened: Callable[..., Platform], running: Simulator, anna: Person
) -> None:
    """The log names the hash all the same: whoever has the bytes can show that they are those."""
    platform = opened(evidence_days=0)
    home = create_organisation(platform, system_actor(), "Håbo kommun")
    _identify(platform, running, "bankid", anna, guest=GuestOf(home.id, "link:x"))
    name = _entries(platform, home.id, "guest.identified")[0]["facts"]["evidence"]
    assert name.startswith("sha256:")
    assert EvidenceTable(_host(platform), 1).read(name) is None


def test_an_account_has_it_in_the_log_too(opened: Callable[..., Platform], running: Simulator, anna: Person) -> None:
    """Signing in is noted with its evidence; one who has no account leaves nothing in any log."""
    platform = opened()
    home = create_organisation(platform, system_actor(), "Håbo kommun")
    user = in_work(platform, system_actor(home.id), create_user, email="anna@habo.example", name="Anna")
    in_work(platform, system_actor(home.id), link, NewIdentity("personnummer", anna.number, "BankID"), user_id=user.id)
    assert _identify(platform, running, "bankid", anna).signed_in
    (entry,) = _entries(platform, home.id, "user.signed-in")
    assert EvidenceTable(_host(platform), 1).read(entry["facts"]["evidence"]) is not None


@pytest.mark.parametrize("lie", ["wrapped", "revoked"])
def test_a_lie_opens_no_account(opened: Callable[..., Platform], running: Simulator, anna: Person, lie: Any) -> None:
    """Through the core: nobody is let in, and the flow is over."""
    platform = opened()
    running.bankid.lie = lie
    home = create_organisation(platform, system_actor(), "Håbo kommun")
    ended = _identify(platform, running, "bankid", anna, guest=GuestOf(home.id, "link:x"))
    assert (ended.guest, ended.signed_in) == (None, None)
    assert _entries(platform, home.id, "guest.identified") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [({"signing": []}, "underskrifterna prövas inte"), ({"signature": "noted"}, "noteras bara i loggen")],
)
def test_health_says_what_is_not_judged(opened: Callable[..., Platform], change: dict[str, Any], said: str) -> None:
    """A connection without BankID's root proves nothing afterwards, and is no green light."""
    found = [str(one) for one in check_all(opened(bankid=change), None) if not one.ok]
    assert any(said in one for one in found)
