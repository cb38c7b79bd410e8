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

from budkavle import Address, BudkavleError, Conflict
from budkavle.accounts import create_organisation
from budkavle_sdk_transport.commands.document_check import check_document
from budkavle_sdk_transport.commands.sdk import group
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE
from budkavle_sdk_transport.simulator.participants import PROVING_OFFICE, address, publisher_of

PATIENCE = 30.0


def run(town: Any, *words: str) -> Result:
    return CliRunner().invoke(group(town.platform.plugins.host("sdk")), list(words))


@pytest.fixture
def newcomer(town: Any) -> str:
    """An organisation that does not take part yet."""
    return str(create_organisation(town.platform, town.a.admin, "Trygghetsmyndigheten").slug)


@pytest.mark.feature("SD18")
def test_an_organisation_joins_with_the_simulators_keys(town: Any, newcomer: str) -> None:
    """Without a key it gets the one that the simulator has for it, and can be written to at once."""
    result = run(town, "join", newcomer, "0203:trygghet.example")
    assert (result.exit_code, result.output) == (0, f"{newcomer} deltar i SDK som 0203:trygghet.example.\n")
    assert town.network.memberships.of_participant("0203:trygghet.example") is not None


@pytest.mark.feature("SD18")
def test_an_organisation_joins_with_keys_of_its_own(town: Any, newcomer: str, tmp_path: Path) -> None:
    """The key file is read, and what is stored is sealed."""
    pair = town.federation.authority.issue("trygghet.example", "Trygghetsmyndigheten")
    file = tmp_path / "keys.p12"
    file.write_bytes(pair.to_pkcs12(b"hemligt"))
    result = run(town, "join", newcomer, "0203:trygghet.example", "--key", str(file), "--password", "hemligt")
    assert result.exit_code == 0
    membership = town.network.memberships.of_participant("0203:trygghet.example")
    assert membership.signer.certificate == pair.certificate
    with town.platform.database.transaction(membership.organisation_id) as connection:
        (stored,) = connection.exec_driver_sql("SELECT pair FROM sdk_identities").scalars().all()
    assert b"PRIVATE KEY" not in bytes(stored)


@pytest.mark.feature("SD18")
def test_an_organisation_becomes_another_participant_only_when_asked_to(town: Any) -> None:
    """What is sent to the first one would come to nobody."""
    own = town.network.memberships.of_organisation(town.b.admin.organisation_id)
    with town.platform.database.transaction(None) as connection:
        query = text("SELECT slug FROM organisations WHERE id = :id")
        slug = connection.execute(query, {"id": own.organisation_id}).scalar_one()
    refused = run(town, "join", slug, "0203:trygghet.example")
    assert isinstance(refused.exception, Conflict)
    assert own.participant in str(refused.exception)
    assert town.network.memberships.of_participant(own.participant) is not None
    assert run(town, "join", slug, own.participant).exit_code == 0  # a second pair
    assert run(town, "join", slug, "0203:trygghet.example", "--change").exit_code == 0
    assert town.network.memberships.of_participant("0203:trygghet.example") is not None


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
def test_joining_goes_wrong_in_words(town: Any, newcomer: str, words: tuple[str, ...], sentence: str) -> None:
    """What is wrong, and what to do; nothing is stored."""
    result = run(town, "join", *(newcomer if word == "NEWCOMER" else word for word in words))
    assert isinstance(result.exception, BudkavleError)
    assert sentence in str(result.exception)
    assert len(town.network.memberships.all(fresh=True)) == 2


def test_commands_that_need_the_database_say_so() -> None:
    """Without an installation `build` and `check` work, and the others say what is missing."""
    result = CliRunner().invoke(group(None), ["join", "a", "0203:b.example"])
    assert "Kommandot behöver databasen" in str(result.exception)
    assert {"build", "check"} <= set(group(None).commands)


@pytest.mark.feature("SD14")
def test_the_doctor_tells_everything_once(town: Any) -> None:
    """What holds of both organisations in the same words is one line, and its step is there."""
    steps = [line.partition(":")[0] for line in run(town, "doctor").output.splitlines()]
    assert steps.count("✓ Kopplingar till adressboken") == 1
    assert steps.count("✓ Vår accesspunkt") == 2


@pytest.mark.feature("SD1", "SD5")
def test_what_was_sent_is_exported(town: Any, tmp_path: Path) -> None:
    """Envelope, message, receipt and its envelope, each a document that the validator accepts."""
    town.a.send(town.b.address())
    town.settle()
    own = town.a.delivery().id
    result = run(town, "export", str(own), str(tmp_path / "export"))
    assert result.exit_code == 0
    kinds = ("message", "receipt-xhe", "receipt", "xhe")
    files = sorted((tmp_path / "export").iterdir())
    assert [file.name for file in files] == [f"{own}.{kind}.xml" for kind in kinds]
    assert sorted(result.output.split()) == [str(file) for file in files]
    verdicts = [check_document(file.read_bytes(), at=datetime.now(UTC)) for file in files]
    assert [one.outcome for one in verdicts] == ["ACCEPTED"] * 4


def test_what_nobody_has_sent_is_not_exported(town: Any, tmp_path: Path) -> None:
    """The sentence names it."""
    unknown = "7b1c3c0e-0000-4000-8000-000000000000"
    result = run(town, "export", unknown, str(tmp_path))
    assert unknown in str(result.exception)


@pytest.mark.feature("AB1", "SD16")
def test_the_simulators_address_book_and_its_organisations_answer(town: Any, tmp_path: Path) -> None:
    """It prints its address, gives the federation's organisations, and answers for them until it is stopped."""
    settings, folder = town.platform.settings, town.federation.folder
    town.certificates.fetch = publisher_of(town.federation)
    prompt = Address("sdk", address("prompt"), "Kvitterar genast", PROVING_OFFICE.name, PROVING_OFFICE.participant)
    with pytest.raises(LookupError):
        town.certificates.fetch(PROVING_OFFICE.participant, DOCUMENT_MESSAGE)
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
            town.a.send(prompt)
            end = monotonic() + PATIENCE
            while town.a.states() != ["ACKNOWLEDGED"]:
                assert monotonic() < end, town.a.delivery().failure
                town.settle()
        finally:
            process.terminate()
    assert {"Region Vättern", "Testorganisation 2", "Provningsverket"} <= set(names)
