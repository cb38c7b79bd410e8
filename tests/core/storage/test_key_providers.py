"""Who keeps the key above all others is chosen by the settings; no other key is ever used in its place."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from sqlalchemy import text

from budkavle.accounts import organisations
from budkavle.cli.main import budkavle
from budkavle.host import host_of
from budkavle.model import sources
from budkavle.model.errors import Conflict, Damaged, Misconfigured, Unavailable
from budkavle.model.people import INSTALLATION
from budkavle.operations.health import check_all
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage import keys
from budkavle.storage import vault as vault_module
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.key_slots import sealing
from budkavle.storage.key_wrapping import renewing, ring
from budkavle.storage.keys import FileKeys, GuardedKeys, KeysUnavailable, decrypt, encrypt
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.actors import system_actor
from budkavle.testing.contracts import KeyProviderContract
from budkavle.testing.plugins import offer, plugin_module

SYSTEM = system_actor()


class TestFileKeys(KeyProviderContract):
    @pytest.fixture
    def reopened(self, tmp_path: Path) -> Callable[[], FileKeys]:
        return lambda: FileKeys.make(tmp_path / "master.key")

    @pytest.fixture
    def provider(self, reopened: Callable[[], FileKeys]) -> FileKeys:
        return reopened()

    @pytest.fixture
    def stranger(self, tmp_path: Path) -> FileKeys:
        return FileKeys.make(tmp_path / "other.key")


class Safe:
    """A key provider that behaves, until it is told not to."""

    name = "safe"

    def __init__(self) -> None:
        self.key = b"k" * 32
        self.fault: Exception | None = None
        self.calls = 0

    async def wrap(self, key: bytes, aad: bytes) -> bytes:
        return encrypt(self.key, self._asked(key), aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        return decrypt(self.key, self._asked(wrapped), aad)

    def _asked(self, value: bytes) -> bytes:
        self.calls += 1
        if self.fault:
            raise self.fault
        return value


@pytest.fixture
def safe() -> Safe:
    return Safe()


@pytest.fixture
def opens(budkavle_settings: Settings, safe: Safe) -> Iterator[Callable[..., Platform]]:
    """Opens the installation as a process does, with a plugin that offers the safe."""
    opened: list[Platform] = []

    def open_(key_provider: str, settings: Settings = budkavle_settings) -> Platform:
        settings = replace(settings, enabled=("vault",), key_provider=key_provider)
        plugins = Plugins.load(settings, offer(vault=plugin_module("vault", key_providers=lambda: [safe])))
        plugins.start(lambda plugin: host_of(plugin, settings, pytest.fail))
        opened.append(open_platform(settings, plugins))
        return opened[-1]

    yield open_
    for platform in opened:
        platform.close()


def organisation(platform: Platform) -> Any:
    return organisations.create_organisation(platform, SYSTEM, f"Exempelstad {uuid4()}")


def sealed_in(platform: Platform) -> tuple[Any, bytes, bytes, bytes]:
    """Seal something of an organisation and of the installation, and hash somebody."""
    made, vault = organisation(platform), platform.vault
    return (
        made,
        vault.seal_small(made.id, "x", b"ours"),
        vault.seal_installation("y", b"all"),
        vault.subject_hash("b", "1"),
    )


def test_a_plugin_keeps_the_keys_of_an_installation(opens: Callable[..., Platform], safe: Safe) -> None:
    """No key file is made, and another process opens what the first has sealed."""
    platform = opens("safe")
    made, small, whole, someone = sealed_in(platform)
    assert not platform.settings.key_file.exists()
    again = opens("safe").vault
    assert again.open_small(made.id, "x", small) == b"ours"
    assert again.open_installation("y", whole) == b"all"
    assert again.subject_hash("b", "1") == someone
    assert safe.key not in whole


def test_another_key_of_the_provider_stops_the_start(opens: Callable[..., Platform], safe: Safe) -> None:
    """As with another key file: before it has sealed anything."""
    organisation(opens("safe"))
    safe.key = b"o" * 32
    with pytest.raises(Misconfigured, match="safe är inte den som installationen är krypterad med"):
        opens("safe")


@pytest.mark.parametrize("change", [("file", "safe"), ("safe", "file")])
def test_the_settings_alone_do_not_change_the_provider(opens: Callable[..., Platform], change: tuple[str, str]) -> None:
    """Neither is a new key made for what is there."""
    before, after = change
    organisation(platform := opens(before))
    with pytest.raises(Misconfigured, match=r"krypterad med|saknas"):
        opens(after)
    assert platform.settings.key_file.exists() == (before == "file")


def test_a_provider_that_nobody_offers_is_named(opens: Callable[..., Platform]) -> None:
    """With those that there are."""
    with pytest.raises(Misconfigured, match=r"ingen nyckelleverantör hsm. De som finns: file, safe"):
        opens("hsm")


@pytest.mark.parametrize("fault", [Unavailable("Modulen är låst."), RuntimeError("hemlig nyckel"), None])
def test_while_it_does_not_answer_nothing_is_read_or_written(
    opens: Callable[..., Platform], safe: Safe, fault: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is in memory opens; an organisation that is not is neither read nor made, and the health page says so."""
    platform = opens("safe")
    made, small, _, _ = sealed_in(platform)
    platform.vault.forget()
    if fault is None:
        safe.unwrap = lambda wrapped, aad: None  # type: ignore[assignment,method-assign,return-value]
        safe.wrap = lambda key, aad: "text"  # type: ignore[assignment,method-assign,return-value]
    safe.fault = fault
    with pytest.raises(KeysUnavailable, match="Nyckelleverantören safe") as told:
        platform.vault.open_small(made.id, "x", small)
    assert ("Modulen är låst." in str(told.value)) is isinstance(fault, Unavailable)
    with pytest.raises(KeysUnavailable):
        organisation(platform)
    (health,) = [answer for answer in check_all(platform, made.id) if answer.name == "Nycklarna"]
    assert not health.ok
    assert "Nyckelleverantören safe" in str(health)
    assert health.remedy
    assert "hemlig" not in "".join(capsys.readouterr()) + str(health)
    with platform.database.transaction(None) as connection:
        assert connection.execute(text("SELECT count(*) FROM organisations")).scalar_one() == 1


def test_a_provider_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the deadline, by its plugin's name."""
    from threading import Event

    monkeypatch.setattr(keys, "ANSWER_SECONDS", 0.1)
    release = Event()

    class Hanging(Safe):
        def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
            release.wait(30)
            return wrapped

    try:
        with pytest.raises(KeysUnavailable, match="svarade inte inom"):
            GuardedKeys(Hanging(), "hanging").unwrap(b"x", b"")
    finally:
        release.set()


def test_damage_is_told_as_damage(safe: Safe) -> None:
    """It says that the bytes are wrong, not that nobody answers."""
    guarded = GuardedKeys(safe, "vault")
    assert guarded.unwrap(guarded.wrap(b"x" * 32, b"a"), b"a") == b"x" * 32
    with pytest.raises(Damaged):
        guarded.unwrap(b"nonsense", b"a")


def test_the_command_moves_the_keys(
    budkavle_settings: Settings, tmp_path: Path, safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how many keys, and what to set; to the provider that has them it refuses."""
    with closing(open_platform(budkavle_settings)) as platform:
        organisation(platform)
    file, database = tmp_path / "budkavle.toml", budkavle_settings.database
    file.write_text(
        f"data = {json.dumps(str(budkavle_settings.data))}\n"
        f"[database]\nurl = {json.dumps(database.url)}\nowner_url = {json.dumps(database.owner_url)}\n",
        "utf-8",
    )
    words = ["--config", str(file), "keys", "rewrap"]
    assert "redan hos" in str(CliRunner().invoke(budkavle, [*words, "file"]).exception)
    assert "De som finns: file" in str(CliRunner().invoke(budkavle, [*words, "hsm"]).exception)
    monkeypatch.setattr(ring, "find_provider", lambda name, plugins: GuardedKeys(safe, "vault"))
    done = CliRunner().invoke(budkavle, [*words, "safe"], env={"LANG": "sv_SE"})
    assert done.exit_code == 0, done.output
    assert "Kvar: 1." in done.output
    assert "1 nycklar är flyttade till safe" in done.output
    assert 'key_provider = "safe"' in done.output
    monkeypatch.undo()
    with pytest.raises(Misconfigured, match="hos nyckelleverantören safe"):
        open_platform(budkavle_settings)


def test_the_keys_of_organisations_are_renewed(opens: Callable[..., Platform], safe: Safe) -> None:
    """New things lie under a new version, old ones open, people are known again; those that are new are left alone."""
    platform = opens("safe")
    made, small, whole, someone = sealed_in(platform)
    organisation(platform)
    assert list(renewing.renew(platform, datetime.now(UTC) - timedelta(days=1))) == []
    began = datetime.now(UTC)
    assert list(renewing.renew(platform, began)) == [2, 1]
    assert list(renewing.renew(platform, began)) == []
    again = opens("safe").vault
    assert again.open_small(made.id, "x", small) == b"ours"
    assert again.open_installation("y", whole) == b"all"
    assert again.subject_hash("b", "1") == someone
    newer = again.seal_small(made.id, "x", b"ours")
    assert sealing.key_version(newer) == sealing.key_version(small) + 1
    assert platform.vault.open_small(made.id, "x", newer) == b"ours"


def test_a_second_renewal_says_that_one_is_running(opens: Callable[..., Platform], safe: Safe) -> None:
    """Of two at once one renews, and the other changes nothing; when it has ended, or was given up, the next may."""
    platform, other = opens("safe"), opens("safe")
    made = organisation(platform)
    began = datetime.now(UTC)
    first = renewing.renew(platform, began)
    assert next(first) == 1
    calls = safe.calls
    with pytest.raises(Conflict, match="redan av ett annat"):
        next(renewing.renew(other, began))
    assert safe.calls == calls
    first.close()
    assert list(renewing.renew(other, began)) == [1]
    assert sealing.key_version(opens("safe").vault.seal_small(made.id, "x", b"a")) == 2


def test_a_renewal_stands_in_the_event_log(opens: Callable[..., Platform], safe: Safe) -> None:
    """Its beginning and its end with counts, also where it was stopped; nothing of a key."""
    platform = opens("safe")
    for _ in range(2):
        organisation(platform)
    began = datetime.now(UTC)
    run = renewing.renew(platform, began)
    next(run)
    safe.fault = Unavailable("Modulen är låst.")
    with pytest.raises(KeysUnavailable):
        next(run)
    safe.fault = None
    list(renewing.renew(platform, began, system_actor(INSTALLATION, "Kommandoraden")))
    chain_log(platform.database, INSTALLATION)
    with platform.database.transaction(INSTALLATION) as connection:
        stored = connection.execute(text("SELECT entry FROM audit_log WHERE kind LIKE 'keys.%' ORDER BY number"))
        entries = [json.loads(entry) for entry in stored.scalars()]
    told = [(entry["kind"], entry["facts"]) for entry in entries]
    assert told == [
        ("keys.renewal-begun", {"count": 2}),
        ("keys.renewal-stopped", {"count": 0, "left": 2}),
        ("keys.renewal-begun", {"count": 2}),
        ("keys.renewed", {"count": 2, "left": 0}),
    ]
    assert [entry["actor"]["name"] for entry in entries] == ["Budkavle", "Budkavle", "Kommandoraden", "Kommandoraden"]


def test_a_renewal_goes_on_where_it_was_stopped(opens: Callable[..., Platform], safe: Safe) -> None:
    """What is done stays done, and each organisation gets one new version."""
    platform = opens("safe")
    all_made = [organisation(platform) for _ in range(3)]
    began = datetime.now(UTC)
    run = renewing.renew(platform, began)
    assert [next(run), next(run)] == [3, 2]
    safe.fault = Unavailable("Modulen är låst.")
    with pytest.raises(KeysUnavailable):
        next(run)
    safe.fault = None
    assert list(renewing.renew(platform, began)) == [2, 1]
    versions = [sealing.key_version(platform.vault.seal_small(made.id, "x", b"a")) for made in all_made]
    assert versions == [2, 2, 2]


def test_older_keys_are_wrapped_anew_by_a_renewal(opens: Callable[..., Platform], safe: Safe) -> None:
    """So a provider's own older key is needed no longer."""
    platform = opens("safe")
    made, small, whole, _ = sealed_in(platform)
    older, newer = safe.key, b"n" * 32

    class Renewed(Safe):
        def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
            try:
                return decrypt(newer, wrapped, aad)
            except Damaged:
                return decrypt(older, wrapped, aad)

    both = Renewed()
    both.key = newer
    platform.keys.of("safe")._provider = both  # type: ignore[attr-defined]
    assert list(renewing.renew(platform, datetime.now(UTC))) == [1]
    safe.key = newer
    again = opens("safe").vault
    assert again.open_small(made.id, "x", small) == b"ours"
    assert again.open_installation("y", whole) == b"all"


def test_another_process_seals_under_the_new_version_soon(
    opens: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a minute, without a restart; until then under the version that it knows."""
    platform, other = opens("safe"), opens("safe")
    made = organisation(platform)
    clock = [1000.0]
    monkeypatch.setattr(sources, "monotonic", lambda: clock[0])
    assert sealing.key_version(other.vault.seal_small(made.id, "x", b"a")) == 1
    list(renewing.renew(platform, datetime.now(UTC)))
    assert sealing.key_version(other.vault.seal_small(made.id, "x", b"a")) == 1
    clock[0] += vault_module.NEWEST_SECONDS
    assert sealing.key_version(other.vault.seal_small(made.id, "x", b"a")) == 2


def test_a_provider_that_is_away_stops_no_organisation_that_a_process_knows(
    opens: Callable[..., Platform], safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which version is the newest is asked of the database alone; only one that is new is opened by the provider."""
    platform = opens("safe")
    made = organisation(platform)
    clock = [1000.0]
    monkeypatch.setattr(sources, "monotonic", lambda: clock[0])
    assert platform.vault.seal_small(made.id, "x", b"a")
    calls, safe.fault = safe.calls, Unavailable("Modulen är låst.")
    clock[0] += vault_module.NEWEST_SECONDS
    assert sealing.key_version(platform.vault.seal_small(made.id, "x", b"a")) == 1
    assert safe.calls == calls
    with pytest.raises(KeysUnavailable):
        platform.vault.holds(made.id)


def test_a_command_renews_keys(budkavle_settings: Settings, tmp_path: Path) -> None:
    """It says how many; those of today are left alone unless it is told otherwise."""
    with closing(open_platform(budkavle_settings)) as platform:
        organisation(platform)
    database = budkavle_settings.database
    file = tmp_path / "budkavle.toml"
    file.write_text(
        f"data = {json.dumps(str(budkavle_settings.data))}\n"
        f"[database]\nurl = {json.dumps(database.url)}\nowner_url = {json.dumps(database.owner_url)}\n",
        "utf-8",
    )
    words = ["--config", str(file), "keys", "renew"]
    done = CliRunner().invoke(budkavle, words, env={"LANG": "sv_SE"})
    assert "0 nycklar" in done.output, done.exception
    done = CliRunner().invoke(budkavle, [*words, "--days", "0"], env={"LANG": "sv_SE"})
    assert "Kvar: 1." in done.output
    assert "1 nycklar är förnyade" in done.output
    done = CliRunner().invoke(budkavle, [*words[:-1], "reseal"], env={"LANG": "sv_SE"})
    assert "0 saker är förseglade med organisationernas nyaste nycklar" in done.output, done.exception
