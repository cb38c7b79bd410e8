"""A drill proves a backup readable, without touching what it came from or any network."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from budkavle.cli.main import budkavle
from budkavle.operations.backup.drill import drill
from budkavle.storage.outside import epoch, quarantine
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation


@pytest.fixture
def sent(organisation: SampleOrganisation) -> SampleOrganisation:
    """An organisation with a message."""
    organisation.send(organisation.case_worker, "Läsbart")
    return organisation


def test_messages_open_and_logs_are_whole(sent: SampleOrganisation, backup, open_empty) -> None:
    """Each organisation's log and the installation's is computed anew."""
    folder = backup()
    result = drill(open_empty(), folder)
    assert (result.opened, result.destroyed, list(result.faults)) == (1, 0, [])
    assert result.logs >= 2


def test_what_was_destroyed_since_the_backup_does_not_open(
    platform: Platform, sent: SampleOrganisation, backup, open_empty
) -> None:
    """Its slot in the key store is gone; the backup's rows are closed."""
    folder = backup()
    (message,) = sent.rows("SELECT id FROM messages")
    with platform.database.transaction(sent.id) as connection:
        platform.vault.destroy(connection, sent.id, message.id)
    from budkavle.storage.key_slots.doomed import destroy_doomed

    assert destroy_doomed(platform.vault.slots.store, platform.database, 14) > 0
    result = drill(open_empty(), folder)
    assert (result.opened, result.destroyed) == (0, 1)


def test_a_message_that_no_key_opens_is_a_fault(platform: Platform, sent: SampleOrganisation, backup, open_empty):
    """A backup of damaged bytes is whole by its sums, and the drill says so."""
    sent.rows("UPDATE messages SET body = body || decode('00', 'hex') WHERE direction = 'out'")
    result = drill(open_empty(), backup())
    assert result.opened == 0
    assert "går inte att öppna" in result.faults[0]


@pytest.mark.slow
@pytest.mark.feature("ZO13")
def test_the_command_leaves_nothing_and_asks_no_network(
    platform: Platform, sent: SampleOrganisation, backup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a PostgreSQL of its own, connects to no host, and leaves the installation's number and state alone."""
    monkeypatch.setenv("LANGUAGE", "sv")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", None)
    called: list[str] = []

    def hear(event: str, values: tuple[object, ...]) -> None:
        if event == "socket.connect" and not isinstance(values[1], (str, bytes)):
            called.append(str(values[1]))

    sys.addaudithook(hear)
    settings, file = platform.settings, tmp_path / "budkavle.toml"
    file.write_text(f'data = "{settings.data}"\ndisabled = ["local"]\n')
    folder = backup()
    before = epoch.read(settings.outside_folder)
    result = CliRunner().invoke(
        budkavle, ["--config", str(file), "backup", "drill", str(folder), "--json"], catch_exceptions=False
    )
    said = json.loads(result.output[result.output.index("{") :])
    assert (said["ok"], said["opened"]) == (True, 1)
    assert called == []
    assert list((tmp_path / "scratch").iterdir()) == []
    assert epoch.read(settings.outside_folder) == before
    assert quarantine.find(platform.database) is None
