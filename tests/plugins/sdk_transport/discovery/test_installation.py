"""Discovery in an installation: settings, the kept answers, keys that take over, what the doctor and the pages say."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from budkavle import Host, Misconfigured, Platform
from budkavle.testing.working import do_job
from budkavle_sdk_transport.commands.sdk import group
from budkavle_sdk_transport.discovery.environment import load
from budkavle_sdk_transport.discovery.factory import discovery
from budkavle_sdk_transport.discovery.naptr import name_of
from budkavle_sdk_transport.discovery.refresh import CertificateRefresh
from budkavle_sdk_transport.discovery.settings import DiscoverySettings
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.network import network
from budkavle_sdk_transport.simulator.ca import Validity
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation
from budkavle_sdk_transport.simulator.http import OCSP_PATH, Reply
from budkavle_sdk_transport.simulator.network import serve

WHO, OTHER = (one.participant for one in PARTICIPANTS[:2])


@pytest.fixture
def new(published_federation: Federation, spare: KeyPair) -> KeyPair:
    return published_federation.authority.issue("ny.example", "Ny", key=spare.private_key)


@pytest.mark.feature("SD14")
def test_the_settings_name_the_environment(lookups: Any) -> None:
    """The plugin looks up over DNS and HTTP, and writes the environment's federation into envelopes."""
    assert lookups.parts.certificates.encryption_certificate(OTHER) == lookups.federation.keys_of(OTHER).certificate
    assert len(lookups.zone.queries) == len(lookups.service.asked) == 1
    assert lookups.parts.transport._settings.federation == lookups.federation.identifier


@pytest.mark.feature("SD14")
def test_answers_outlive_the_process_and_its_publisher(lookups: Any) -> None:
    """After a restart the kept answer serves without a question, held to its signature; a forged one does not."""
    own = lookups.certpub.encryption_certificate(OTHER)
    lookups.restart()
    lookups.zone.fault = "servfail"
    assert lookups.certpub.encryption_certificate(OTHER) == own
    with lookups.organisation.platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE sdk_published SET answer = :forged"), {"forged": b"<a/>"})
    lookups.restart()
    with pytest.raises(Exception, match="SERVFAIL"):
        lookups.certpub.encryption_certificate(OTHER)


@pytest.mark.feature("SD14")
def test_what_is_in_use_is_fetched_before_it_runs_out(lookups: Any) -> None:
    """The job asks anew about what was needed lately; nobody who sends waits for it."""
    lookups.certpub.encryption_certificate(OTHER)
    do_job(lookups.organisation.platform, "sdk.certificates")
    assert len(lookups.service.asked) == 1
    with lookups.organisation.platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE sdk_published SET fetched_at = fetched_at - interval '50 minutes'"))
    do_job(lookups.organisation.platform, "sdk.certificates")
    assert len(lookups.service.asked) == 2
    with lookups.organisation.platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE sdk_published SET used_at = used_at - interval '40 days'"))
    do_job(lookups.organisation.platform, "sdk.certificates")
    with lookups.organisation.platform.database.transaction(None) as connection:
        assert connection.execute(text("SELECT count(*) FROM sdk_published")).scalar_one() == 0


@pytest.mark.feature("SD14", "Z6")
def test_the_health_page_tells_ages_ends_and_failures(lookups: Any, new: KeyPair) -> None:
    """How old the look-ups are, when our certificate runs out, whose does soon, and who cannot be looked up."""
    assert (True, "Inga uppslag är sparade än.") in lookups.health()
    soon = lookups.federation.authority.issue(
        "snart.example", "Snart", key=new.private_key, valid=Validity(end=datetime.now(UTC) + timedelta(days=9))
    )
    lookups.service.publisher.publish(OTHER, encryption=soon.certificate, signing=soon.certificate)
    lookups.certpub.encryption_certificate(OTHER)
    day = f"{soon.certificate.not_valid_after_utc:%Y-%m-%d}"
    said = lookups.health()
    assert (True, "1 uppslag är sparade. Det äldsta hämtades för 0 minuter sedan.") in said
    assert (False, f"1 mottagares certifikat går ut inom 30 dagar: {OTHER} ({day})") in said
    assert any(ok and sentence.startswith(f"Certifikatet för {WHO} gäller till") for ok, sentence in said)
    watch = CertificateRefresh(lookups.host, lookups.parts.memberships, lookups.certpub, lookups.certpub)
    assert [(one.participant, one.purpose) for one in watch.dates()] == [(OTHER, "encryption"), (WHO, "signing")]
    lookups.certpub.forget()
    lookups.service.instead["/"] = Reply(500)
    with pytest.raises(Exception, match="500"):
        lookups.certpub.encryption_certificate(OTHER)
    assert (False, f"1 deltagare går inte att slå upp just nu: {OTHER}") in lookups.health()


@pytest.mark.feature("SD18")
def test_a_new_key_opens_at_once_and_signs_when_it_is_published(lookups: Any, new: KeyPair, tmp_path: Path) -> None:
    """PKCS#12 in by the command; the old key signs until the new certificate is seen at the publisher."""
    old, file = lookups.federation.keys_of(WHO), tmp_path / "new.p12"
    file.write_bytes(new.to_pkcs12(b"hemligt"))
    added = lookups.run("keys", "add", lookups.organisation.slug, "--key", str(file), "--password", "hemligt")
    assert added.exit_code == 0, added.output
    membership = lookups.parts.memberships.all(fresh=True)[0]
    assert [one.certificate for one in membership.pairs] == [new.certificate, old.certificate]
    do_job(lookups.organisation.platform, "sdk.certificates")
    assert lookups.parts.memberships.all(fresh=True)[0].signer.certificate == old.certificate
    assert any("väntar på att publiceras" in sentence for _, sentence in lookups.health())
    lookups.service.publisher.publish(WHO, encryption=new.certificate, signing=new.certificate)
    do_job(lookups.organisation.platform, "sdk.certificates")
    membership = lookups.parts.memberships.all(fresh=True)[0]
    assert membership.signer.certificate == new.certificate
    assert len(membership.pairs) == 2
    listed = lookups.run("keys", "list", lookups.organisation.slug).output.splitlines()
    assert [line.split("  ")[1] for line in listed] == ["den som skriver under", "öppnar"]


@pytest.mark.feature("SD18")
def test_keys_are_chosen_and_removed_by_hand(lookups: Any, new: KeyPair, tmp_path: Path) -> None:
    """From a time on, back again, and away; never the one that signs, and never the same twice."""
    file = tmp_path / "new.pem"
    file.write_bytes(new.to_pem())
    words = ("keys", "add", lookups.organisation.slug, "--key", str(file))
    assert lookups.run(*words, "--sign-now").exit_code == 0
    assert "finns redan" in str(lookups.run(*words).exception)
    first, second = lookups.parts.memberships.all(fresh=True)[0].own
    assert lookups.parts.memberships.all()[0].signing.id == first.id
    assert lookups.run("keys", "use", lookups.organisation.slug, str(second.id)).exit_code == 0
    assert lookups.run("keys", "use", lookups.organisation.slug, str(first.id), "--from", "2999-01-01").exit_code == 0
    assert lookups.parts.memberships.all(fresh=True)[0].signing.id == second.id
    assert "skriver under från 2999-01-01" in lookups.run("keys", "list", lookups.organisation.slug).output
    assert "den som skriver under" in str(
        lookups.run("keys", "remove", lookups.organisation.slug, str(second.id)).exception
    )
    assert lookups.run("keys", "remove", lookups.organisation.slug, str(first.id)).exit_code == 0
    assert "ingen nyckel" in str(lookups.run("keys", "remove", lookups.organisation.slug, str(first.id)).exception)
    assert len(lookups.parts.memberships.all(fresh=True)[0].pairs) == 1


def diagnosis(lookups: Any, *words: str) -> tuple[int, list[tuple[str, bool, str, str]]]:
    result = lookups.run("doctor", "--json", *words)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    told = json.loads(result.output)
    steps = [(one["step"], one["ok"], one["sentence"], one["remedy"]) for one in told["steps"]]
    assert told["ok"] == all(step[1] for step in steps) == (result.exit_code == 0)
    return result.exit_code, steps


def wrong(lookups: Any, *words: str) -> list[tuple[str, str]]:
    """What the doctor finds wrong, with its remedy; there always is one."""
    _, steps = diagnosis(lookups, *words)
    assert all(remedy for _, ok, _, remedy in steps if not ok)
    return [(step, sentence) for step, ok, sentence, _ in steps if not ok]


@pytest.mark.feature("SD14")
def test_the_doctor_finds_a_healthy_installation_well(lookups: Any) -> None:
    """Every step is tried and told, in words and as JSON."""
    code, steps = diagnosis(lookups, "--participant", OTHER)
    assert code == 0, steps
    names = [step for step, *_ in steps]
    assert names[:7] == ["Inställningar", "DNS", "SMP", "SMP", "Våra certifikat", "Våra certifikat", "Våra nycklar"]
    assert {"Vår accesspunkt", "Den nationella adressboken"} <= set(names)
    result = lookups.run("doctor")
    assert result.exit_code == 0
    assert result.output.endswith("Allt är bra.\n")
    assert f"✓ DNS: {WHO} har sin SMP på http://127.0.0.1:" in result.output


@pytest.mark.feature("SD14")
def test_the_doctor_names_what_is_wrong(lookups: Any, new: KeyPair) -> None:
    """DNS, SMP, publication, certificate and key: each fault in its own sentence, with what to do."""
    lookups.zone.fault = "servfail"
    assert any(step == "DNS" and "SERVFAIL" in told for step, told in wrong(lookups))
    lookups.zone.fault = ""
    assert ("DNS", "0203:ingen.example finns inte i zonen simulator.example.") in wrong(
        lookups, "--participant", "0203:ingen.example"
    )
    lookups.service.instead["/"] = Reply(200, b"<html/>")
    assert any(step == "SMP" and "inget användbart svar" in told for step, told in wrong(lookups))
    lookups.service.instead.clear()
    lookups.service.publisher.publish(WHO, encryption=new.certificate, signing=new.certificate)
    told = wrong(lookups)
    assert (
        "Våra certifikat",
        f"Certifikatet som är publicerat för {WHO} är inte det som organisationen skriver under med.",
    ) in told
    assert any("dess nyckel saknas" in sentence for _, sentence in told)
    lookups.service.publisher.withdraw(WHO)
    assert ("SMP", f"{WHO} är inte publicerad för ApplicationResponse 2.1.") in wrong(lookups)


@pytest.mark.feature("SD14")
def test_the_doctor_asks_about_revocation(lookups: Any, spare: KeyPair) -> None:
    """A responder that is down, and one that says "revoked", about the certificate that we sign with."""
    responder = lookups.zone.records[name_of(WHO, lookups.zone.name).lower()][0].split("!")[2] + OCSP_PATH
    own = lookups.federation.authority.issue(
        "egen.example",
        "Egen",
        key=spare.private_key,
        answers_at=[responder],
        valid=Validity(end=datetime.now(UTC) + timedelta(days=9)),
    )
    lookups.parts.memberships.add(lookups.organisation.id, WHO, own)
    lookups.service.publisher.publish(WHO, encryption=own.certificate, signing=own.certificate)
    day = f"{own.certificate.not_valid_after_utc:%Y-%m-%d}"
    lookups.service.instead[OCSP_PATH] = Reply(503)
    assert any("är spärrat går inte att fråga" in told and "503" in told for _, told in wrong(lookups))
    lookups.service.instead.clear()
    lookups.restart()
    assert ("Våra certifikat", f"Certifikatet för {WHO} går ut {day}.") in wrong(lookups)
    lookups.federation.authority.revoke(own.certificate)
    with lookups.organisation.platform.database.transaction(None) as connection:
        connection.execute(text("DELETE FROM sdk_revocations"))
    lookups.restart()
    assert any("får inte användas: The certificate has been revoked." in told for _, told in wrong(lookups))


@pytest.mark.feature("SD14")
def test_a_verdict_outlives_the_process(lookups: Any, spare: KeyPair) -> None:
    """What the authority said is kept for all processes: after a restart nobody is asked again."""
    responder = lookups.zone.records[name_of(WHO, lookups.zone.name).lower()][0].split("!")[2] + OCSP_PATH
    other = lookups.federation.authority.issue("a.example", "A", key=spare.private_key, answers_at=[responder])
    lookups.service.publisher.publish(OTHER, encryption=other.certificate, signing=other.certificate)
    lookups.certpub.encryption_certificate(OTHER)
    lookups.restart()
    lookups.service.instead[OCSP_PATH] = Reply(503)
    assert lookups.certpub.encryption_certificate(OTHER) == other.certificate
    assert lookups.service.asked.count(OCSP_PATH) == 1


@pytest.mark.feature("SD14")
def test_the_doctor_tells_of_settings_that_do_not_hold(
    budkavle_open: Callable[..., Platform], published_federation: Federation
) -> None:
    """An installation with an environment that has no zone does not start; the sentence says where the zone stands."""
    with pytest.raises(Misconfigured, match="DNS-zonen för SDK-QA saknas"):
        budkavle_open(enabled=("sdk",), plugins={"sdk": {"discovery": {"environment": "SDK-QA"}}})
    platform = budkavle_open(enabled=("sdk",), plugins={"sdk": {"simulator_folder": str(published_federation.folder)}})
    result = CliRunner().invoke(group(platform.plugins.host("sdk")), ["doctor"])
    assert result.exit_code == 1
    assert "Ingen organisation här deltar i SDK." in result.output
    assert "Den inbyggda simulatorn används" in result.output
    network.cache_clear()


@pytest.mark.feature("SD14")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("sha256 = ", 'sha256 = "00" # '), "fingerprint"),
        (("zone = ", "zon = "), "zon"),
        (("publisher = 'SMP0001-SIMULATOR'", "publisher = '('"), "regular expression"),
        (('schemes = ["http"]', 'schemes = ["ftp"]'), "ftp"),
        (("[[roots]]", "[[issuers]]"), "roots"),
    ],
)
def test_an_environment_file_is_held_to_its_form(
    published_federation: Federation, tmp_path: Path, change: Any, why: str
) -> None:
    """A slip of the hand is told, with the file and what is wrong in it."""
    with serve(published_federation) as (file, _, _):
        broken = tmp_path / "environment.toml"
        broken.write_text(file.read_text("utf-8").replace(*change), "utf-8")
    with pytest.raises(Misconfigured, match=why):
        load(str(broken))


@pytest.mark.feature("SD14")
@pytest.mark.parametrize(
    "settings",
    [{"nameservers": ("dns.example",)}, {"proxy": "ingenstans"}, {"ca": Path("/nothing.pem")}, {"ca": Path(__file__)}],
    ids=["name-server", "proxy", "no-file", "no-certificate"],
)
def test_settings_are_tried_at_the_start(published_federation: Federation, settings: Any) -> None:
    """What cannot be used is told before the first message needs it."""
    with (
        serve(published_federation) as (file, _, _),
        pytest.raises(Misconfigured, match=f"Rätta {next(iter(settings))} i"),
    ):
        discovery(cast("Host", None), DiscoverySettings(**settings), load(str(file)))


@pytest.mark.slow
@pytest.mark.feature("SD14", "SD16")
def test_the_simulator_answers_look_ups_from_a_process_of_its_own(lookups: Any, tmp_path: Path) -> None:
    """`budkavle sdk simulator --discovery` prints the environment's file, by which another process looks up."""
    settings, file = lookups.organisation.platform.settings, tmp_path / "budkavle.toml"
    file.write_text(
        f'enabled = ["sdk"]\ndata = "{tmp_path}"\n'
        f'[database]\nurl = "{settings.database.url}"\nowner_url = "{settings.database.owner_url}"\n'
        f'[plugins.sdk]\nsimulator_folder = "{lookups.federation.folder}"\n'
    )
    words = [sys.executable, "-m", "budkavle", "--config", str(file), "sdk", "simulator", "--port", "0", "--discovery"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            environment = load(process.stdout.readline().strip())
            found = discovery(lookups.host, DiscoverySettings(), environment).certpub.encryption_certificate(OTHER)
        finally:
            process.terminate()
    assert found == lookups.federation.keys_of(OTHER).certificate
