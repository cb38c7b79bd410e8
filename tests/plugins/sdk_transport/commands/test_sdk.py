"""`budkavle sdk join|export|simulator`: what an administrator types."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from budkavle import Address, BudkavleError, Conflict, Platform
from budkavle.accounts import create_organisation
from budkavle_sdk_transport.commands.document_check import check_document
from budkavle_sdk_transport.commands.sdk import group
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.simulator.federation import Federation
from budkavle_sdk_transport.simulator.participants import PROVING_OFFICE, address, publisher_of

PATIENCE = 30.0


def run(platform: Platform, *words: str) -> Result:
    return CliRunner().invoke(group(platform.plugins.host("sdk")), list(words))


@pytest.fixture
def newcomer(platform: Platform, municipality: Any) -> str:
    """An organisation that does not take part yet."""
    return str(create_organisation(platform, municipality.organisation.system, "Trygghetsmyndigheten").slug)


@pytest.mark.feature("SD18")
def test_an_organisation_joins_with_the_simulators_keys(platform: Platform, parts: Network, newcomer: str) -> None:
    """Without a key it gets the one that the simulator has for it, and can be written to at once."""
    result = run(platform, "join", newcomer, "0203:trygghet.example")
    assert (result.exit_code, result.output) == (0, f"{newcomer} deltar i SDK som 0203:trygghet.example.\n")
    assert parts.memberships.of_participant("0203:trygghet.example") is not None


@pytest.mark.feature("SD18")
def test_an_organisation_joins_with_keys_of_its_own(
    platform: Platform, parts: Network, live_federation: Federation, newcomer: str, tmp_path: Path
) -> None:
    """The key file is read, and what is stored is sealed."""
    pair = live_federation.authority.issue("trygghet.example", "Trygghetsmyndigheten")
    file = tmp_path / "keys.p12"
    file.write_bytes(pair.to_pkcs12(b"hemligt"))
    result = run(platform, "join", newcomer, "0203:trygghet.example", "--key", str(file), "--password", "hemligt")
    assert result.exit_code == 0
    membership = parts.memberships.of_participant("0203:trygghet.example")
    assert membership.signer.certificate == pair.certificate
    with platform.database.transaction(membership.organisation_id) as connection:
        (stored,) = connection.exec_driver_sql("SELECT pair FROM sdk_identities").scalars().all()
    assert b"PRIVATE KEY" not in bytes(stored)


@pytest.mark.feature("SD18")
def test_an_organisation_becomes_another_participant_only_when_asked_to(
    platform: Platform, region: Any, parts: Network
) -> None:
    """What is sent to the first one would come to nobody."""
    own = parts.memberships.of_organisation(region.organisation.id)
    with platform.database.transaction(None) as connection:
        query = text("SELECT slug FROM organisations WHERE id = :id")
        slug = connection.execute(query, {"id": own.organisation_id}).scalar_one()
    refused = run(platform, "join", slug, "0203:trygghet.example")
    assert isinstance(refused.exception, Conflict)
    assert own.participant in str(refused.exception)
    assert parts.memberships.of_participant(own.participant) is not None
    assert run(platform, "join", slug, own.participant).exit_code == 0  # a second pair
    assert run(platform, "join", slug, "0203:trygghet.example", "--change").exit_code == 0
    assert parts.memberships.of_participant("0203:trygghet.example") is not None


@pytest.mark.feature("SD18")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere", "0203:trygghet.example"), "Organisationen nowhere finns inte."),
        (("NEWCOMER", "0203:ingen.example"), "finns inte i simulatorn"),
        (("NEWCOMER", "0203:trygghet.example", "--key", "/nothing.pem"), "går inte att läsa"),
        (("NEWCOMER", "0203:bjorkvik.example"), "redan deltagaren"),
    ],
)
def test_joining_goes_wrong_in_words(
    platform: Platform, parts: Network, newcomer: str, words: tuple[str, ...], sentence: str
) -> None:
    """What is wrong, and what to do; nothing is stored."""
    result = run(platform, "join", *(newcomer if word == "NEWCOMER" else word for word in words))
    assert isinstance(result.exception, BudkavleError)
    assert sentence in str(result.exception)
    assert len(parts.memberships.all(fresh=True)) == 2


def test_commands_that_need_the_database_say_so() -> None:
    """Without an installation `build` and `check` work, and the others say what is missing."""
    result = CliRunner().invoke(group(None), ["join", "a", "0203:b.example"])
    assert "Kommandot behöver databasen" in str(result.exception)
    assert {"build", "check"} <= set(group(None).commands)


@pytest.mark.feature("SD14")
@pytest.mark.usefixtures("members")
def test_the_doctor_tells_everything_once(platform: Platform) -> None:
    """What holds of both organisations in the same words is one line, and its step is there."""
    steps = [line.partition(":")[0] for line in run(platform, "doctor").output.splitlines()]
    assert steps.count("✓ Kopplingar till adressboken") == 1
    assert steps.count("✓ Vår accesspunkt") == 2


@pytest.mark.feature("SD1", "SD5")
def test_what_was_sent_is_exported(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, tmp_path: Path
) -> None:
    """Envelope, message, receipt and its envelope, each a document that the validator accepts."""
    municipality.send(region.address())
    sdk_worker.settle()
    own = municipality.delivery().id
    result = run(platform, "export", str(own), str(tmp_path / "export"))
    assert result.exit_code == 0
    kinds = ("message", "receipt-xhe", "receipt", "xhe")
    files = sorted((tmp_path / "export").iterdir())
    assert [file.name for file in files] == [f"{own}.{kind}.xml" for kind in kinds]
    assert sorted(result.output.split()) == [str(file) for file in files]
    verdicts = [check_document(file.read_bytes(), at=datetime.now(UTC)) for file in files]
    assert [one.outcome for one in verdicts] == ["ACCEPTED"] * 4


@pytest.mark.usefixtures("members")
def test_what_nobody_has_sent_is_not_exported(platform: Platform, tmp_path: Path) -> None:
    """The sentence names it."""
    unknown = "7b1c3c0e-0000-4000-8000-000000000000"
    result = run(platform, "export", unknown, str(tmp_path))
    assert unknown in str(result.exception)


@pytest.mark.feature("AB1", "SD16")
def test_the_simulators_address_book_and_its_organisations_answer(
    platform: Platform,
    municipality: Any,
    sdk_worker: Any,
    certpub: CertPub,
    live_federation: Federation,
    tmp_path: Path,
) -> None:
    """It prints its address, gives the federation's organisations, and answers for them until it is stopped."""
    settings, folder = platform.settings, live_federation.folder
    certpub.fetch = publisher_of(live_federation)
    prompt = Address("sdk", address("prompt"), "Kvitterar genast", PROVING_OFFICE.name, PROVING_OFFICE.participant)
    with pytest.raises(LookupError):
        certpub.fetch(PROVING_OFFICE.participant, DOCUMENT_MESSAGE)
    file = tmp_path / "budkavle.toml"
    file.write_text(
        f'enabled = ["sdk"]\ndata = "{settings.data}"\n[plugins.sdk]\nsimulator_folder = "{folder}"\n'
        f'[database]\nurl = "{settings.database.url}"\nowner_url = "{settings.database.owner_url}"\n'
    )
    words = [sys.executable, "-m", "budkavle", "--config", str(file), "sdk", "simulator", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            names = [one["attributes"]["name"] for one in httpx.get(f"{url}/organizations").json()["data"]]
            municipality.send(prompt)
            end = monotonic() + PATIENCE
            while municipality.states() != ["ACKNOWLEDGED"]:
                assert monotonic() < end, municipality.delivery().failure
                sdk_worker.settle()
        finally:
            process.terminate()
    assert {"Region Vättern", "Testorganisation 2", "Provningsverket"} <= set(names)
