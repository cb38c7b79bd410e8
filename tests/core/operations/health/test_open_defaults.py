"""An installation that others reach does not start with what suits a demo, unless its settings accept it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from budkavle import Health, HealthCheck, hookimpl
from budkavle.model.errors import Misconfigured
from budkavle.operations.health import ask_plugin
from budkavle.operations.health.open_defaults import is_local, open_defaults, refuse_open_defaults
from budkavle.plugins.registry import Plugins
from budkavle.settings import MetricsSettings, Settings, TlsSettings
from budkavle.storage.database.verified import unverified_host
from budkavle.storage.platform import Platform
from budkavle.testing.plugins import offer

OUTSIDE = "http://budkavle.habo.example"


def open_door(organisation_id: object) -> list[Health]:
    """A door that stands open."""
    return [Health("Luckan", True, "Luckan står öppen.", "Stäng den.", default="door")]


def birds(organisation_id: object) -> list[Health]:
    """Fail: this is not to be asked before a start."""
    raise AssertionError(organisation_id)


@hookimpl
def budkavle_health_checks() -> list[HealthCheck]:
    """Give both."""
    return [HealthCheck("doors", open_door, at_start=True), HealthCheck("birds", birds)]


@pytest.fixture
def installation(budkavle_open: Callable[..., Platform]) -> Callable[..., Platform]:
    """Open an installation with the loft."""
    loft = ModuleType("budkavle_loft")
    vars(loft)["budkavle_health_checks"] = budkavle_health_checks

    def build(**settings: object) -> Platform:
        return budkavle_open(offer(loft=loft), enabled=("loft",), **settings)

    return build


@pytest.mark.feature("ZS9")
def test_what_is_open_stops_the_start(installation: Callable[..., Platform]) -> None:
    """All of it is told at once, with what to do and how to accept it."""
    platform = installation(base_url=OUTSIDE)
    platform.settings.key_file.chmod(0o644)
    assert [name for name, _ in open_defaults(platform)] == ["https", "scanner", "key-file", "loft.door"]
    with pytest.raises(Misconfigured) as refused:
        refuse_open_defaults(platform)
    assert list(refused.value.fields) == ["https", "scanner", "key-file", "loft.door"]
    assert refused.value.fields["loft.door"] == "Luckan står öppen. Stäng den."
    assert "accepted" in str(refused.value)


@pytest.mark.feature("ZS9")
def test_what_is_closed_or_accepted_stops_nothing(installation: Callable[..., Platform]) -> None:
    """Each by its name: what is left is told."""
    closed = installation(base_url="https://budkavle.habo.example", accepted=("scanner", "loft.door"))
    refuse_open_defaults(closed)
    with pytest.raises(Misconfigured) as refused:
        refuse_open_defaults(installation(base_url="https://budkavle.habo.example", accepted=("scanner", "door")))
    assert list(refused.value.fields) == ["loft.door"]


@pytest.mark.feature("ZS9")
@pytest.mark.parametrize(
    ("host", "open_to", "tls", "refused"),
    [
        ("127.0.0.1", "", False, []),
        ("0.0.0.0", "", False, ["pages"]),  # noqa: S104 - nothing is bound
        ("10.1.2.3", "0.0.0.0:9421", False, ["metrics", "pages"]),
        ("0.0.0.0", "[::]:9421", True, []),  # noqa: S104 - nothing is bound
        ("", "127.0.0.1:9421", False, []),
    ],
)
def test_what_leaves_the_machine_in_clear_stops_the_start(
    installation: Callable[..., Platform], host: str, open_to: str, *, tls: bool, refused: list[str]
) -> None:
    """Pages to the proxy and figures to Prometheus; with a certificate, or accepted, they do not."""
    shown = TlsSettings(Path("certificate"), Path("key")) if tls else TlsSettings()
    metrics = MetricsSettings(listen=open_to or None, token="a" * 20)
    accepted = ("scanner", "loft.door")
    more = {"base_url": "https://budkavle.habo.example", "tls": shown, "metrics": metrics}
    refuse_open_defaults(installation(accepted=(*accepted, *refused), **more), host)
    if refused:
        with pytest.raises(Misconfigured) as told:
            refuse_open_defaults(installation(accepted=accepted, **more), host)
        assert list(told.value.fields) == refused


def test_a_check_that_fails_stops_no_start(
    installation: Callable[..., Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its plugin fails alone; the health page tells of it."""
    platform = installation(base_url="https://budkavle.habo.example", accepted=("scanner",))
    failing = HealthCheck("doors", birds, at_start=True)
    monkeypatch.setattr(Plugins, "health_checks", property(lambda _: {"loft.doors": failing}))
    refuse_open_defaults(platform)
    (answer,) = ask_plugin(platform, "loft.doors", failing, None)
    assert not answer.ok


@pytest.mark.parametrize(
    ("base_url", "local"),
    [
        ("http://127.0.0.1:8420", True),
        ("http://localhost:8420", True),
        ("http://[::1]:8420", True),
        ("http://10.1.2.3", False),
        ("https://budkavle.habo.example", False),
        ("http://localhost.habo.example", False),
    ],
)
def test_a_demo_on_its_own_machine_starts(base_url: str, local: bool) -> None:
    """By what browsers call it."""
    assert is_local(Settings(base_url=base_url)) == local


DATABASES = [
    ("postgresql://app@127.0.0.1/budkavle", None),
    ("postgresql+psycopg://app@localhost/budkavle", None),
    ("postgresql://app@/budkavle?host=/var/run/postgresql", None),
    ("postgresql://app@[::1]/budkavle", None),
    ("postgresql://app@db.example/budkavle", "db.example"),
    ("postgresql://app@db.example/budkavle?sslmode=require", "db.example"),
    ("postgresql://app@db.example/budkavle?sslmode=verify-full", None),
    ("postgresql://app@db.example/budkavle?sslmode=verify-ca&sslrootcert=/etc/ca.pem", None),
    ("postgresql://app@db.example/budkavle?sslrootcert=system", None),
    ("postgresql://app@127.0.0.1,b.example/budkavle?sslmode=prefer", "b.example"),
    ("postgresql://app@localhost/budkavle?hostaddr=10.1.2.3", "10.1.2.3"),
]


@pytest.mark.parametrize(("url", "host"), DATABASES)
def test_a_database_elsewhere_shows_a_certificate(url: str, host: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """On another machine anybody on the way could be it, and would read the password and all rows."""
    monkeypatch.delenv("PGSSLMODE", raising=False)
    assert unverified_host(url) == host
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert unverified_host(url) == (host if "sslmode=" in url else None)


@pytest.mark.parametrize("setting", ["database.url", "database.owner_url", "database.listen_url", "key_store.url"])
def test_no_start_with_a_database_that_anybody_could_be(
    installation: Callable[..., Platform], setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each address of the settings counts, and `database` accepts it."""
    monkeypatch.delenv("PGSSLMODE", raising=False)
    platform = installation(base_url="https://budkavle.habo.example", accepted=("scanner", "loft.door"))
    section, _, field = setting.partition(".")
    part = msgspec.structs.replace(
        getattr(platform.settings, section), **{field: "postgresql://app:secret@db.example/budkavle"}
    )
    platform.settings = msgspec.structs.replace(platform.settings, **{section: part})
    with pytest.raises(Misconfigured) as refused:
        refuse_open_defaults(platform)
    assert list(refused.value.fields) == ["database"]
    assert f"db.example ({setting})" in refused.value.fields["database"]
    assert "secret" not in str(refused.value.fields)
    accepted = (*platform.settings.accepted, "database")
    platform.settings = msgspec.structs.replace(platform.settings, accepted=accepted)
    refuse_open_defaults(platform)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_no_process_begins(command: str, tmp_path: Path, budkavle_settings: Settings) -> None:
    """Neither the web nor a worker."""
    file = tmp_path / "budkavle.toml"
    file.write_text(f'base_url = "{OUTSIDE}"\n[database]\nurl = "{budkavle_settings.database.url}"\n')
    run = [sys.executable, "-m", "budkavle", "--config", str(file), command]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "https: " in done.stderr
