"""Files move from a folder to S3 and open there; the store is asked by health."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from budkavle.cases import attachments
from budkavle.cli.main import budkavle
from budkavle.model.errors import Unavailable
from budkavle.operations.health.stored import judge_store
from budkavle.operations.stored_files.comparing import compare
from budkavle.operations.stored_files.moving import move
from budkavle.storage.blobs import Blobs
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation

OPERATOR = system_actor()


def in_s3(platform: Platform, url: str) -> Blobs:
    """Return the other store."""
    return Blobs.open(replace(platform.settings, storage=url))


@pytest.mark.slow
@pytest.mark.feature("ZO10")
def test_files_move_to_s3_and_are_whole_there(
    platform: Platform, with_files: SampleOrganisation, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost here; a second run copies only what came since, or was cut short."""
    target = in_s3(platform, s3_url)
    first = move(platform, OPERATOR, target, lambda folder, moved: None)
    assert (first.copied, first.there) == (2, 0)
    names = sorted(file.name for file in platform.blobs.all_files())
    assert sorted(file.name for file in target.all_files()) == names
    target.delete(names[0])
    target.put_sealed(names[0], [b"half of it"])
    again = move(platform, OPERATOR, target, lambda folder, moved: None)
    assert (again.copied, again.there) == (1, 1)
    monkeypatch.setattr(platform, "blobs", target)
    assert compare(platform, OPERATOR, with_files.id, read=True).is_whole


@pytest.mark.slow
@pytest.mark.feature("ZO10")
def test_health_asks_the_store(platform: Platform, s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket that is there is well; one that is not, or a store that is away, is not."""
    for url, ok in ((s3_url, True), ("s3://no-such-bucket/budkavle", False)):
        monkeypatch.setattr(platform, "blobs", in_s3(platform, url))
        assert [health.ok for health in judge_store(platform, None)] == [ok]
    assert list(judge_store(platform, uuid4())) == []


def test_a_folder_that_is_gone_is_not_well(platform: Platform) -> None:
    """The disk of the files is not mounted."""
    assert [health.ok for health in judge_store(platform, None)] == [True]
    platform.settings.blob_folder.rmdir()
    assert [health.ok for health in judge_store(platform, None)] == [False]
    with pytest.raises(Unavailable):
        platform.blobs.check()


def test_a_copy_that_was_cut_short_is_made_anew(platform: Platform, tmp_path: Path) -> None:
    """In a folder its half lies under another name, and hinders nothing."""
    target = Blobs.open(replace(platform.settings, storage=str(tmp_path / "other")))

    def cut() -> Iterator[bytes]:
        yield b"half"
        raise OSError

    with pytest.raises(Unavailable):
        target.put_sealed("a/b", cut())
    assert list(target.all_files()) == []
    target.put_sealed("a/b", [b"whole"])
    assert [(file.name, file.size) for file in target.all_files()] == [("a/b", 5)]


@pytest.fixture
def command(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `budkavle blobs` on the installation."""
    monkeypatch.setenv("LANGUAGE", "sv")
    file, database = tmp_path / "budkavle.toml", platform.settings.database
    connecting = f'[database]\nurl = "{database.url}"\nowner_url = "{database.owner_url}"\n'
    file.write_text(f'data = "{platform.settings.data}"\ndisabled = ["local"]\n{connecting}')
    return lambda *words: CliRunner().invoke(budkavle, ["--config", str(file), "blobs", *words])


@pytest.mark.feature("ZO10")
def test_the_commands_say_what_they_found(
    platform: Platform, with_files: SampleOrganisation, command: Callable[..., Result], tmp_path: Path
) -> None:
    """Verify ends with 1 and names the row where a file lacks; move says what to do next."""
    assert "filer: 2, saknas: 0, skadade: 0" in command("verify", "--read").output
    assert "Kopierade: 2" in command("move", str(tmp_path / "other")).output
    row = with_files.rows("SELECT id, blob FROM attachments ORDER BY size")[0]
    (platform.settings.blob_folder / row.blob).unlink()
    missing = command("verify", "--org", with_files.organisation.slug)
    assert missing.exit_code == 1
    assert str(row.id) in missing.output
    assert f'"{attachments.PART}"' in command("verify", "--json").output
    assert "Borttagna filer: 0" in command("sweep").output
    assert "finns inte" in str(command("verify", "--org", "nobody").exception)
