"""Logs are stamped when they have grown, and proofs carry the way to their stamps."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from budkavle import ActorScope, Invalid, Platform, Temporary
from budkavle.accounts import write_settings
from budkavle.accounts.settings_tests import run_settings_test
from budkavle.cli.audit import INSTALLATION_LOG
from budkavle.cli.main import budkavle
from budkavle.storage import next_log_span, stamped_spans
from budkavle.storage.events.stamps import merkle_path, merkle_root
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle_proof.export import export
from budkavle_proof.time_stamps import root_of
from budkavle_proof.verification_script import source
from budkavle_proof.verify_proof import verify, written
from budkavle_timestamps import health
from budkavle_timestamps.settings import StampSettings
from budkavle_timestamps.stamping import Stamping


def said(content: bytes, *roots: str) -> dict[str, str]:
    """The parts of a report, in Swedish."""
    report, _ = verify(content, roots=[root.encode() for root in roots])
    assert report.genuine, report.broken
    return {name: "\n".join(one[0] for one in getattr(report, name)) for name in ("proven", "attested", "unproven")}


@given(st.integers(1, 70), st.data())
@settings(max_examples=60)
def test_every_path_leads_to_the_root_and_no_other_leaf_does(count: int, data: st.DataObject) -> None:
    """The program that judges and the core that makes are two writings of RFC 6962."""
    leaves = [bytes([number]) * 32 for number in range(count)]
    place = data.draw(st.integers(0, count - 1))
    path, root = merkle_path(leaves, place), merkle_root(leaves)
    assert root_of(leaves[place], place, count, path) == root
    assert root_of(b"x" * 32, place, count, path) != root
    assert root_of(leaves[place], place, count, [*path, b"y" * 32]) is None
    assert root_of(leaves[place], count, count, path) is None
    if count > 1:
        other = (place + 1) % count
        assert root_of(leaves[place], other, count, path) != root


@pytest.mark.feature("ZR6")
def test_a_log_is_stamped_when_it_has_grown(stamped: Any, tsa: Any) -> None:
    """Once for what is new; a log that has not grown is not stamped again, whatever the clock says."""
    stamped.send()
    assert stamped.stamping.run() == 1
    number = stamped.stamping.stamped_to(stamped.organisation.id)
    assert number > 3
    assert stamped.stamping.run() == 0  # not due
    asked = tsa.asked
    assert stamped.stamping.stamp_now(stamped.organisation.id) == 0
    assert tsa.asked == asked
    stamped.send()
    assert stamped.stamping.stamp_now(stamped.organisation.id) == 1
    first, second = reversed(stamped.stamping.newest(stamped.organisation.id, limit=9))
    assert (first.first, second.first) == (1, first.last + 1)
    (told,) = health.check(stamped.stamping, stamped.organisation.id)
    assert told.ok
    assert str(second.last) in str(told)


@pytest.mark.feature("ZR6")
def test_an_authority_that_is_away_is_asked_again_later_and_later(stamped: Any, tsa: Any) -> None:
    """Nothing else waits; after some faults the health page says so, and one good stamp ends it."""
    tsa.status = 503
    stamped.send()
    assert stamped.stamping.run() == 0
    assert stamped.stamping.run() == 0
    assert tsa.asked == 1  # the second run came within the pause
    for _ in range(3):
        with pytest.raises(Temporary):
            stamped.stamping.stamp_now(stamped.organisation.id)
    (told,) = health.check(stamped.stamping, stamped.organisation.id)
    assert not told.ok
    assert "felkod 503" in str(told)
    tsa.status = 200
    stamped.stamping.stamp_now(stamped.organisation.id)
    (told,) = health.check(stamped.stamping, stamped.organisation.id)
    assert told.ok


@pytest.mark.feature("ZR6")
@pytest.mark.feature("Z1")
def test_a_proof_says_which_times_a_third_party_vouches_for(
    stamped: Any, tsa: Any, make_tsa: Callable[[], Any]
) -> None:
    """With the root in hand; without it, or with another's, the stamp is told and not believed."""
    message = stamped.send()
    stamped.stamping.stamp_now(stamped.organisation.id)
    content = export(stamped.proof_host, stamped.ada, message.id)
    told = said(content, tsa.root)
    assert "CN=Demons TSA, intygar att loggens rader" in told["proven"]
    assert "message.sent" in told["proven"]
    assert "bara organisationens egen klocka" in told["unproven"]  # the export's own row is under no stamp yet
    unjudged = said(content)
    assert "intygar att loggens rader" not in unjudged["proven"]
    assert "--tsa-root" in unjudged["unproven"]
    strange = said(content, make_tsa().root)
    assert "HÅLLER INTE. Tidsstämpeln håller inte efter det rotcertifikat" in strange["unproven"]
    assert "utan någon utomståendes" in strange["unproven"]


@pytest.mark.feature("ZR6")
def test_a_proof_is_stamped_at_once_on_request(stamped: Any, tsa: Any) -> None:
    """Its own row too; and where the authority is away, the proof comes without."""
    message = stamped.send()
    told = said(export(stamped.proof_host, stamped.ada, message.id, at_once=True), tsa.root)
    assert "proof.exported" in told["proven"]
    assert "bara organisationens egen klocka." not in told["unproven"].replace("säger bara organisationens", "")
    tsa.close()
    late = export(stamped.proof_host, stamped.ada, stamped.send().id, at_once=True)
    assert "times" not in json.loads(late)
    assert "utan någon utomståendes" in said(late)["unproven"]


ALTERED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another end": (
        lambda time: time.update(text=time["text"].replace("head=", "head=00")),
        "ett annat slut på loggen",
    ),
    "another text": (
        lambda time: time.update(text=time["text"].replace("first=1", "first=2"), paths={}),
        "gäller något annat",
    ),
    "another log": (lambda time: time.update(text=time["text"].replace("tion=", "tion=0")), "en annan logg"),
    "another path": (lambda time: time["paths"].update({min(time["paths"], key=int): ["00" * 32]}), "leder inte"),
    "a row that is not there": (lambda time: time["paths"].update({"999999": []}), "leder inte"),
    "no stamp": (lambda time: time.update(stamp=base64.b64encode(b"<html>").decode()), "går inte att läsa"),
    "no text": (lambda time: time.pop("text"), "går inte att läsa"),
}


@pytest.mark.feature("ZR6")
def test_a_stamp_that_does_not_fit_is_never_believed(stamped: Any, tsa: Any) -> None:
    """The proof itself stays genuine: its signature does not cover the stamps; the times are the system's own."""
    message = stamped.send()
    stamped.stamping.stamp_now(stamped.organisation.id)
    content = export(stamped.proof_host, stamped.ada, message.id)
    for way, (change, words) in ALTERED.items():
        proof = json.loads(content)
        change(proof["times"][0])
        told = said(written(proof), tsa.root)
        assert words in told["unproven"], way
        assert "intygar att loggens rader" not in told["proven"], way


@pytest.mark.feature("ZR6")
def test_the_single_file_judges_stamps_too(stamped: Any, tsa: Any, tmp_path: Path) -> None:
    """Without Budkavle, by its exit code and its words."""
    message = stamped.send()
    (tmp_path / "proof.json").write_bytes(export(stamped.proof_host, stamped.ada, message.id, at_once=True))
    (tmp_path / "verify_proof.py").write_text(source())
    (tmp_path / "root.pem").write_text(tsa.root)
    words = ["-I", "verify_proof.py", "proof.json", "--tsa-root", "root.pem", "--english"]
    done = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "A third party, CN=Demons TSA, vouches that the log's rows" in done.stdout
    assert "Submitted for sending" in done.stdout


@pytest.mark.feature("ZR6")
def test_the_events_are_named_as_the_standard_has_them(stamped: Any) -> None:
    """In the file by their addresses, and in words by the program."""
    proof = json.loads(export(stamped.proof_host, stamped.ada, stamped.send().id))
    (delivery,) = proof["statement"]["deliveries"]
    names = [event["event"] for event in delivery["evidence"]]
    assert names[0] == "http://uri.etsi.org/19522/Event/SubmissionAcceptance"
    assert len(names) == len(set(names))
    assert [event["at"] for event in delivery["evidence"]] == sorted(event["at"] for event in delivery["evidence"])


@pytest.mark.feature("ZR6")
def test_verifying_the_log_says_how_far_a_third_party_vouches(stamped: Any, tmp_path: Path) -> None:
    """And that nobody does, where nobody has; a log that was rewritten after the stamp no longer fits it."""
    organisation_id = stamped.organisation.id
    stamped.send()
    actor = stamped.host.system(organisation_id, ActorScope.READ)
    assert in_work(stamped.platform, actor, stamped_spans, ()) == []
    stamped.stamping.stamp_now(organisation_id)
    (span,) = in_work(stamped.platform, actor, stamped_spans, ())
    span.stamp.judge(span.text)
    with pytest.raises(Temporary, match="håller inte"):
        span.stamp.judge(span.text.replace(b"last=", b"last=1"))
    assert in_work(stamped.platform, actor, next_log_span, span.stamp.last) is None


@pytest.mark.feature("ZR6")
def test_the_command_says_how_far_a_third_party_vouches(
    stamped: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`audit verify`, for people and for programs; a stamp that does not hold is a failure."""
    monkeypatch.setenv("LANGUAGE", "sv")
    urls, file = stamped.platform.settings.database, tmp_path / "budkavle.toml"
    file.write_text(
        f'data = "{stamped.platform.settings.data}"\nenabled = ["timestamps"]\nprivate_addresses = ["127.0.0.0/8"]\n'
        f'[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n'
    )

    def run(*more: str) -> Any:
        return CliRunner().invoke(budkavle, ["--config", str(file), "audit", "verify", *more])

    assert "Ingen utomstående intygar tiderna" in run().output
    stamped.send()
    stamped.stamping.stamp_now(stamped.organisation.id)
    number = stamped.stamping.stamped_to(stamped.organisation.id)
    told = run()
    assert told.exit_code == 0, told.output
    assert f"En utomstående, Demons TSA, intygar att händelserna till och med {number} fanns senast" in told.output
    rows = json.loads(run("--json").stdout)
    assert rows[stamped.organisation.slug]["stamp"]["number"] == number
    with stamped.host.transaction(stamped.organisation.id) as connection:
        connection.execute(text("UPDATE timestamps_stamps SET last = last - 1"))
    spoilt = run()
    assert spoilt.exit_code == 1
    assert "håller inte" in spoilt.output


@pytest.mark.feature("ZR6")
def test_the_installation_s_own_log_is_stamped_by_its_own_settings(
    budkavle_open: Callable[..., Platform], tsa: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an organisation chooses is not asked; health and `audit verify` say so; a stamp that does not hold fails."""
    monkeypatch.setenv("LANGUAGE", "sv")
    chosen = {"url": tsa.url, "root": tsa.root, "every_minutes": 1}
    platform = budkavle_open(
        enabled=("timestamps",), private_addresses=("127.0.0.0/8",), plugins={"timestamps": chosen}
    )
    organisation = SampleOrganisation.create(platform, "Habo kommun")
    in_work(platform, organisation.administrator, write_settings, StampSettings, {"url": "", "root": ""})
    host = platform.plugins.host("timestamps")
    stamping, log_id = Stamping(host), host.system(None).organisation_id
    assert [one.ok for one in health.check(stamping, None)] == [True]
    assert stamping.run() == 1
    number = stamping.stamped_to(log_id)
    assert (number > 0, stamping.stamped_to(organisation.id)) == (True, 0)
    (well,) = health.check(stamping, None)
    assert well.facts["number"] == number
    urls, file = platform.settings.database, tmp_path / "budkavle.toml"
    (tmp_path / "root.pem").write_text(tsa.root)
    file.write_text(
        f'data = "{platform.settings.data}"\nenabled = ["timestamps"]\nprivate_addresses = ["127.0.0.0/8"]\n'
        f'[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n'
        f'[plugins.timestamps]\nurl = "{tsa.url}"\nroot_file = "{tmp_path}/root.pem"\n'
    )

    def run() -> Any:
        return CliRunner().invoke(budkavle, ["--config", str(file), "audit", "verify", "--json"])

    told = run()
    stamps = {name: row["stamp"]["number"] for name, row in json.loads(told.stdout).items()}
    assert (told.exit_code, stamps) == (0, {organisation.slug: 0, INSTALLATION_LOG: number})
    with host.transaction(log_id) as connection:
        connection.execute(text("UPDATE timestamps_stamps SET token = '\\x00'"))
    assert run().exit_code == 1


@pytest.mark.feature("ZR6")
def test_the_settings_are_tried_before_they_are_trusted(stamped: Any, tsa: Any) -> None:
    """The test of the section says who has stamped; a fault is told; what is typed is judged at its field."""

    def tried() -> str:
        admin = stamped.admin
        return str(run_settings_test(stamped.platform, admin, "timestamps.stamps", admin.email))

    assert "Demons TSA" in tried()
    tsa.status = 500
    assert "felkod 500" in tried()
    for wrong in ({"url": "ftp://x"}, {"root": "x"}, {"policy": "abc"}):
        with pytest.raises(Invalid):
            stamped.choose(**wrong)
