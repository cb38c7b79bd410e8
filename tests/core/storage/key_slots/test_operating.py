"""Key stores as an operator runs them: copies, settings and commands."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from tests.core.storage.key_slots.backups import drain, store_of

from budkavle.cli.main import budkavle
from budkavle.model.errors import Misconfigured
from budkavle.storage import keys_gone_by
from budkavle.storage.key_slots import backups, watch
from budkavle.storage.key_slots.judging import judge_store
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation


def test_copies_live_for_their_days_only(platform: Platform, tmp_path: Path) -> None:
    """Each copy removes those that are older; other files stay; the date is known."""
    old, other = tmp_path / "key-store-20200101T000000Z.zip", tmp_path / "annat.zip"
    for path in (old, other):
        path.touch()
    copy = backups.back_up(store_of(platform), platform.database, tmp_path, 7)
    assert {path.name for path in tmp_path.iterdir()} >= {copy.name, other.name}
    assert not old.exists()
    assert copy.stat().st_mode & 0o077 == 0
    at = datetime(2026, 12, 1, 12, tzinfo=UTC)
    with platform.work(system_actor()) as work:
        assert keys_gone_by(work, at).isoformat() == "2026-12-16"  # the 14 days of the settings
        watch.note_backup(platform.database, 30)  # and where a copy is kept for longer, its own
        assert keys_gone_by(work, at).isoformat() == "2027-01-01"


def test_postgres_holds_the_slots_of_an_installation(
    budkavle_open: Callable[..., Platform], budkavle_settings: Any, key_database: str
) -> None:
    """With `key_store.url` nothing lies in the data folder."""
    key_store = replace(budkavle_settings.key_store, url=key_database)
    platform = budkavle_open(key_store=key_store)
    organisation = SampleOrganisation.create(platform, "Habo").staffed()
    owner = uuid4()
    with platform.work(organisation.system) as work:
        sealed = work.vault.seal(work.connection, organisation.id, owner, {"head": b"a"})
    with platform.work(organisation.system) as work:
        assert work.vault.open(work.connection, organisation.id, [(owner, "head", sealed["head"])]) == [b"a"]
    assert not budkavle_settings.key_store_folder.exists()


def test_the_settings_are_checked(platform: Platform, tmp_path: Path) -> None:
    """`config check` says where the key store is away, and that a URL cannot be read."""
    plugins, settings = platform.plugins, platform.settings
    assert judge_store(settings, plugins)
    for change, sentence in (
        ({"folder": tmp_path / "away"}, "saknas, men installationen har ett"),
        ({"url": "postgresql://x:hemligt@127.0.0.1:1/nycklar"}, "svarar inte"),
        ({"url": "nonsens"}, "key_store.url går inte att läsa"),
    ):
        changed = replace(settings, key_store=replace(settings.key_store, **change))
        with pytest.raises(Misconfigured, match=sentence) as caught:
            judge_store(changed, plugins)
        assert "hemligt" not in str(caught.value)


def test_an_operator_copies_checks_and_restores(
    budkavle_settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`budkavle keys backup`, `renew-slots`, `check`, `restore`, `slots` and `check --accept`."""
    database = budkavle_settings.database
    config = tmp_path / "budkavle.toml"
    config.write_text(f'data = "data"\n[database]\nurl = "{database.url}"\nowner_url = "{database.owner_url}"\n')

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(budkavle, ["--config", str(config), "keys", *words])
        return result.exit_code, result.output

    code, said = run("backup", str(tmp_path / "copies"), "--days", "3")
    (copy,) = (tmp_path / "copies").iterdir()
    assert (code, "ska vara borta senast" in said, copy.suffix) == (0, True, ".zip")
    assert run("check")[0] == 0
    with closing(open_platform(replace(budkavle_settings, data=tmp_path / "data"))) as platform:
        organisation = SampleOrganisation.create(platform, "Habo").staffed()
        organisation.arrive()
        drain(platform)
    code, said = run("renew-slots")
    assert (code, said.splitlines()[0]) == (0, "Kvar: 0.")
    assert run("check")[0] == 0, "every slot is where it was"
    assert run("restore", str(copy))[0] == 0
    code, said = run("check")
    assert code == 1
    assert "kan läsas: 1" in said
    assert run("restore", str(config))[0] != 0
    assert run("check", "--accept")[0] == 1  # what is lost stays lost
    assert run("slots") == (0, "Klart: 0 är flyttade.\n")
