"""Copies of keys for a recovery key: made and taken away by the setting, and enough when the master key is lost."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from sqlalchemy import text

from budkavle.accounts import organisations
from budkavle.cli.main import budkavle
from budkavle.model.errors import Damaged, Invalid, Misconfigured, NotFound
from budkavle.model.people import INSTALLATION
from budkavle.operations.health import check_all
from budkavle.settings import Settings, load_settings
from budkavle.storage import audit
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.key_wrapping.hybrid import PrivateKey
from budkavle.storage.key_wrapping.recovery import recover
from budkavle.storage.key_wrapping.renewing import renew
from budkavle.storage.keys import FileKeys
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.actors import system_actor

YESTERDAY = timedelta(days=1)


@pytest.fixture
def pair(tmp_path: Path) -> PrivateKey:
    private = PrivateKey.make()
    private.public.write(tmp_path / "public")
    return private


@pytest.fixture
def opens(budkavle_settings: Settings) -> Iterator[Callable[..., Platform]]:
    """Opens the installation with a recovery key, or without one."""
    with ExitStack() as opened:

        def open_(recovery_key: Path | None = None, **changes: Any) -> Platform:
            settings = replace(budkavle_settings, recovery_key=recovery_key, **changes)
            return opened.enter_context(closing(open_platform(settings)))

        yield open_


def organisation(platform: Platform) -> UUID:
    return organisations.create_organisation(platform, system_actor(), f"Ort {uuid4()}").id


def copies(platform: Platform, organisation_id: UUID) -> list[bytes | None]:
    with platform.database.transaction(organisation_id) as connection:
        stored = connection.execute(text("SELECT recovery FROM organisation_keys ORDER BY version"))
        return [None if copy is None else bytes(copy) for copy in stored.scalars()]


def said(platform: Platform) -> list[tuple[bool, str]]:
    answers = check_all(platform, None)
    return [(answer.ok, str(answer)) for answer in answers if answer.name == "Återställningsnyckeln"]


def renewed(platform: Platform) -> int:
    return len(list(renew(platform, datetime.now(UTC) - YESTERDAY)))


@pytest.mark.feature("ZS8")
def test_a_renewal_makes_and_takes_away_what_the_setting_says(
    opens: Callable[..., Platform], pair: PrivateKey, tmp_path: Path
) -> None:
    """Also of keys that are new; it can be stopped, gone on with, done for another key, and undone; content opens."""
    off = opens()
    first, second = organisation(off), organisation(off)
    sealed = off.vault.seal_small(first, "x", b"ours")
    assert copies(off, first) == [None]
    assert said(off) == []
    on = opens(tmp_path / "public")
    assert said(on) == [(False, "Alla nycklar kan inte återskapas med återställningsnyckeln.")]
    run = renew(on, datetime.now(UTC) - YESTERDAY)
    assert [next(run), next(run)] == [2, 1]
    run.close()
    assert said(on)[0][0] is False
    assert renewed(on) == 1
    assert renewed(on) == 0
    assert said(on) == [(True, "Alla nycklar kan återskapas med återställningsnyckeln.")]
    made = organisation(on)
    for organisation_id in (first, second, made):
        (copy,) = copies(on, organisation_id)
        assert copy
        assert copy.startswith(pair.public.head)
    PrivateKey.make().public.write(tmp_path / "another")
    assert renewed(opens(tmp_path / "another")) == 3
    assert said(on)[0][0] is False
    assert said(off)[0][0] is False
    assert renewed(off) == 3
    assert copies(off, made) == [None]
    assert said(off) == []
    assert off.vault.open_small(first, "x", sealed) == b"ours"


@pytest.mark.feature("ZS8")
def test_a_lost_master_key_is_made_good_by_the_commands(budkavle_settings: Settings, tmp_path: Path) -> None:
    """From the pair that is made, to a new key file, with everything that was sealed before and after."""
    file, database = tmp_path / "budkavle.toml", budkavle_settings.database
    lines = (
        f"data = {json.dumps(str(budkavle_settings.data))}\n",
        f"[database]\nurl = {json.dumps(database.url)}\nowner_url = {json.dumps(database.owner_url)}\n",
    )
    file.write_text("".join(lines), "utf-8")
    with closing(open_platform(load_settings(file))) as platform:
        made = organisation(platform)
        before = platform.vault.seal_small(made, "x", b"ours")
        whole, person = platform.vault.seal_installation("y", b"all"), platform.vault.subject_hash("b", "1")

    def run(*words: str) -> Any:
        return CliRunner().invoke(budkavle, ["--config", str(file), "keys", *words], env={"LANG": "sv_SE"})

    private = str(tmp_path / "private")
    assert "utanför installationen" in run("make-recovery", private, str(tmp_path / "public")).output
    assert "finns redan" in str(run("make-recovery", private, str(tmp_path / "public")).exception)
    assert "finns redan" in str(run("make-recovery", str(tmp_path / "other"), str(tmp_path / "public")).exception)
    assert isinstance(run("make-recovery", str(tmp_path / "other"), str(tmp_path / "other")).exception, Invalid)
    assert not (tmp_path / "other").exists()
    assert isinstance(run("recover", private).exception, NotFound)
    file.write_text("recovery_key = 'public'\n" + "".join(lines), "utf-8")
    assert "Kvar: 1." in run("renew").output
    key = load_settings(file).key_file
    lost = key.read_text()
    key.unlink()
    with pytest.raises(Misconfigured, match="saknas"):
        open_platform(load_settings(file))
    run("make-recovery", str(tmp_path / "another"), str(tmp_path / "its-public"))
    assert isinstance(run("recover", str(tmp_path / "another")).exception, Damaged)
    assert not key.exists()
    done = run("recover", private)
    assert "1 nycklar är återskapade. Utan kopia, så de inte kan öppnas: 0." in done.output, done.exception
    assert key.read_text() != lost
    with closing(open_platform(load_settings(file))) as platform:
        assert platform.vault.open_small(made, "x", before) == b"ours"
        assert platform.vault.open_installation("y", whole) == b"all"
        assert platform.vault.subject_hash("b", "1") == person
        assert platform.vault.seal_small(organisation(platform), "x", b"new")
        chain_log(platform.database, INSTALLATION)
        told = {entry.kind: entry.facts for entry in audit.entries(platform.database, INSTALLATION, limit=20)}
        assert told["keys.recovered"] == {"count": 1, "left": 0}


def test_another_key_recovers_nothing(opens: Callable[..., Platform], pair: PrivateKey, tmp_path: Path) -> None:
    """Nor does an altered copy, nor the copy of another installation; then nothing has changed."""
    platform = opens(tmp_path / "public")
    made = organisation(platform)
    renewed(platform)
    target = FileKeys.make(tmp_path / "new.key")
    with pytest.raises(Damaged, match="inte gjord för den här"):
        recover(platform.database, PrivateKey.make(), target)
    with platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE installation SET value = 'x' WHERE name = 'master-key'"))
    with pytest.raises(Damaged, match="hör inte till den här"):
        recover(platform.database, pair, target)
    with platform.database.transaction(None) as connection:
        connection.execute(text("DELETE FROM installation WHERE name = 'master-key'"))
    with platform.database.transaction(made) as connection:
        connection.execute(text("UPDATE organisation_keys SET recovery = recovery || 'x'"))
    with pytest.raises(Damaged):
        recover(platform.database, pair, target)
    platform.vault.forget()
    assert platform.vault.seal_small(made, "x", b"ours")


def test_what_has_no_copy_is_counted_and_left(opens: Callable[..., Platform], pair: PrivateKey, tmp_path: Path) -> None:
    """As an organisation that a process without the setting has made."""
    platform = opens(tmp_path / "public")
    made = organisation(platform)
    renewed(platform)
    organisation(opens())
    assert recover(platform.database, pair, FileKeys.make(tmp_path / "new.key")) == (1, 1)
    again = opens(tmp_path / "public", keys=tmp_path / "new.key")
    assert again.vault.seal_small(made, "x", b"ours")


def test_copies_for_a_former_recovery_key_do_not_stop_the_others(
    opens: Callable[..., Platform], pair: PrivateKey, tmp_path: Path
) -> None:
    """A renewal for another pair was cut short: what it had done is recovered, and the rest with the former pair."""
    former = PrivateKey.make()
    former.public.write(tmp_path / "former")
    before = opens(tmp_path / "former")
    made = [organisation(before), organisation(before)]
    renewed(before)
    platform = opens(tmp_path / "public")
    run = renew(platform, datetime.now(UTC) - YESTERDAY)
    assert [next(run), next(run)] == [2, 1]
    run.close()
    target = FileKeys.make(tmp_path / "new.key")
    with pytest.raises(Damaged, match="inte gjord för den här"):
        recover(platform.database, former, target)
    assert recover(platform.database, pair, target) == (1, 1)
    assert recover(platform.database, former, target) == (1, 0)
    again = opens(tmp_path / "public", keys=tmp_path / "new.key")
    for each in made:
        assert again.vault.seal_small(each, "x", b"ours")


def test_a_start_with_a_wrong_file_is_refused(opens: Callable[..., Platform], pair: PrivateKey, tmp_path: Path) -> None:
    """It says what to do; nothing is written for a key that nobody has."""
    pair.write(tmp_path / "private")
    for name in ("private", "none"):
        with pytest.raises(Misconfigured, match="make-recovery"):
            opens(tmp_path / name)
