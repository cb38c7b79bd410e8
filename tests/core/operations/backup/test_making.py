"""A backup is whole, sealed and private; one that was cut short or changed is recognised."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from budkavle.cli.main import budkavle
from budkavle.model.errors import Conflict, Damaged, Misconfigured, Unavailable
from budkavle.operations.backup import manifest, objects, tables
from budkavle.operations.backup.checking import verify
from budkavle.operations.backup.making import make_backup
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation

Backup = Callable[[], Path]
SECRET = "Ingen annan ska läsa detta"


@pytest.fixture
def sent(organisation: SampleOrganisation) -> SampleOrganisation:
    """An organisation in which a message with a file has been sent."""
    organisation.send(organisation.case_worker, SECRET)
    return organisation


def store_file(platform: Platform, organisation: SampleOrganisation) -> None:
    """Put a file of the organisation's into the store."""
    name = f"{organisation.id}/hel"
    with platform.blobs.writer(organisation.id, bytes(32), b"test", name=name) as writer:
        writer.write(b"something")
        writer.close()


def test_every_row_is_in_the_backup_whoever_owns_the_table(
    platform: Platform, sent: SampleOrganisation, backup: Backup
) -> None:
    """Row-level security hides nothing from it: each table has as many rows as its owner counts."""
    made = manifest.read(backup())
    rows = {table.name: table.rows for table in made.tables}
    assert rows["messages"] >= 1
    assert rows["deliveries"] >= 1
    with platform.database.owner() as engine, engine.connect() as connection:
        for name, number in rows.items():
            assert connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() == number, name


def test_what_is_sealed_stays_sealed(platform: Platform, sent: SampleOrganisation, backup: Backup) -> None:
    """Neither the text of a message nor the master key stands in any file of it."""
    key = platform.settings.key_file.read_text().strip()
    folder = backup()
    for path in (path for path in folder.rglob("*") if path.is_file()):
        plain = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert SECRET.encode() not in plain, path
        assert key.encode() not in plain, path
        assert bytes.fromhex(key) not in plain, path


def test_nobody_else_on_the_host_can_read_it(platform: Platform, sent: SampleOrganisation, backup: Backup) -> None:
    """Folders have mode 0700 and files 0600."""
    store_file(platform, sent)
    folder = backup()
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_a_whole_backup_has_no_faults(platform: Platform, sent: SampleOrganisation, backup: Backup) -> None:
    """Also not compared with the key."""
    verified = verify(backup(), platform.vault.installation_key())
    assert verified.faults == ()
    assert verified.is_sealed


def test_a_backup_that_was_cut_short_is_none(sent: SampleOrganisation, backup: Backup) -> None:
    """The manifest is written last; without it there is no backup."""
    folder = backup()
    (folder / manifest.NAME).unlink()
    with pytest.raises(Misconfigured, match="ingen hel säkerhetskopia"):
        verify(folder)


def test_one_that_ends_in_a_fault_has_no_manifest(
    platform: Platform, sent: SampleOrganisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written before the store went away is no backup."""

    def away() -> Iterator[tuple[str, int]]:
        raise OSError("the store is away")

    monkeypatch.setattr(type(platform.blobs), "all_files", lambda _: away())
    with pytest.raises(Unavailable, match="inte hel"):
        make_backup(platform, tmp_path / "backup")
    with pytest.raises(Misconfigured, match="ingen hel säkerhetskopia"):
        verify(tmp_path / "backup")


def test_a_folder_with_something_in_it_is_refused(platform: Platform, backup: Backup) -> None:
    """A second backup never lies over a first."""
    folder = backup()
    with pytest.raises(Conflict, match="inte tom"):
        make_backup(platform, folder)


def cut(folder: Path) -> Path:
    """Cut the end off a table."""
    path = tables.path_of(folder, "messages")
    path.write_bytes(path.read_bytes()[:-9])
    return path


def alter(folder: Path) -> Path:
    """Put other rows into a table."""
    path = tables.path_of(folder, "users")
    path.write_bytes(gzip.compress(b"somebody\n", mtime=0))
    return path


def lose(folder: Path) -> Path:
    """Lose a file of the store."""
    path = folder / objects.FOLDER / next(objects.read_list(folder)).name
    path.unlink()
    return path


def shorten(folder: Path) -> Path:
    """Take away the list of the files."""
    (folder / objects.LIST).unlink()
    return folder


@pytest.mark.parametrize("harm", [cut, alter, lose, shorten])
def test_what_is_no_longer_as_it_was_is_named(
    platform: Platform, sent: SampleOrganisation, backup: Backup, harm: Callable[[Path], Path]
) -> None:
    """A file that is cut, altered or gone is a fault."""
    store_file(platform, sent)
    folder = backup()
    assert verify(folder).ok
    harm(folder)
    assert len(verify(folder).faults) == 1


def test_a_manifest_that_somebody_else_made_is_refused(
    platform: Platform, sent: SampleOrganisation, backup: Backup
) -> None:
    """Rows with right sums in it do not help: the seal is made with the installation's key."""
    folder = backup()
    path = folder / manifest.NAME
    facts = json.loads(path.read_text())
    facts["program"] = "9.9"
    path.write_text(json.dumps(facts))
    assert verify(folder).ok
    with pytest.raises(Damaged, match="innehållsförteckning"):
        verify(folder, platform.vault.installation_key())


def test_the_command_makes_and_verifies(
    platform: Platform, sent: SampleOrganisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`budkavle backup FOLDER`, then `budkavle backup verify FOLDER`: 0 where it is whole, 1 where it is not."""
    monkeypatch.setenv("LANGUAGE", "sv")
    settings, file = platform.settings, tmp_path / "budkavle.toml"
    urls = settings.database
    file.write_text(f'data = "{settings.data}"\n[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n')
    folder = tmp_path / "copy"

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(budkavle, ["--config", str(file), *words])
        return result.exit_code, result.output

    code, said = run("backup", str(folder))
    assert (code, "Huvudnyckeln och nyckellagret är inte med" in said) == (0, True)
    assert run("backup", "verify", str(folder))[0] == 0
    cut(folder)
    code, said = run("backup", "verify", str(folder), "--json")
    assert code == 1
    assert json.loads(said)["ok"] is False
