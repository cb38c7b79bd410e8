"""The settings: one TOML file and environment variables into typed sections; unknown keys are errors.

`BUDKAVLE__DATABASE__URL=...` sets `url` of `[database]`. A key `NAME_file` names a file with the value of `NAME`.
"""

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from budkavle.model.errors import Misconfigured
from budkavle.model.sentences import Sentence
from budkavle.networks import network_of, private_network
from budkavle.settings_reading import convert

PREFIX = "BUDKAVLE__"
FILE_NAME = "budkavle.toml"
LEAST_TOKEN = 20


class DatabaseSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the database is; without `url` an embedded server runs in the data folder.

    Attributes:
        url: SQLAlchemy or libpq URL of the role that works, which must not own the tables.
        owner_url: The role that owns the tables and migrates them.
        listen_url: Where `url` leads to a pooler, the server itself, for the one connection that listens.
        pool: Connections that one process keeps.
        connect_seconds: How long a page waits for a new connection.
        pool_seconds: How long a page waits for one that is free, where all are taken.
        lock_seconds: How long a page waits for a lock that somebody else holds; 0 is for ever, also of the next three.
        statement_seconds: How long a statement of a page may take.
        commit_seconds: How long a page waits for a commit, which may wait for a standby.
        idle_seconds: How long a page may hold a transaction in which it asks nothing.
        lost_seconds: After how long what was sent to a host that has vanished counts as lost (`tcp_user_timeout`).
    """

    url: str | None = None
    owner_url: str | None = None
    listen_url: str | None = None
    pool: int = 10
    connect_seconds: float = 1.2
    pool_seconds: float = 0.4
    lock_seconds: float = 1.0
    statement_seconds: float = 30.0
    commit_seconds: float = 1.2
    idle_seconds: float = 60.0
    lost_seconds: float = 30.0


class UploadSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Limits of attachments before any transport's own."""

    max_bytes: int = 100_000_000
    max_files: int = 50
    keep_hours: int = 24
    """How long an upload that was never sent stays."""
    waiting_bytes: int = 2_000_000_000
    """The most that one person has uploaded and not sent."""
    waiting_bytes_of_all: int = 100_000_000_000
    """The most that an organisation has."""


class KeyStoreSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the key store is, which holds what destroying messages destroys; it is no part of other backups.

    Attributes:
        folder: A folder; several hosts share one. By default `key-store` in the data folder.
        url: SQLAlchemy or libpq URL of a PostgreSQL of its own, in place of a folder.
        backup_days: How many days a copy of it is kept.
    """

    folder: Path | None = None
    url: str | None = None
    backup_days: int = 14


class SessionSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """How long a signed-in session lasts, where the organisation says nothing else."""

    idle_minutes: int = 60
    absolute_hours: int = 12


class MetricsSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Where Prometheus reads the figures of a host; nowhere unless one of these is set.

    Attributes:
        listen: Address and port at which a worker answers, such as `127.0.0.1:9421`.
        token: What whoever reads must show; with it the web answers at `/metrics`, too.
    """

    listen: str | None = None
    token: str | None = None

    def __post_init__(self) -> None:
        """Refuse what would be open to everybody, or to whoever guesses."""
        if self.listen and not ip_address(self.address[0]).is_loopback and not self.token:
            raise ValueError("metrics.listen is another address than this machine's own: set metrics.token, too")
        if self.token is not None and len(self.token) < LEAST_TOKEN:
            raise ValueError(f"metrics.token has fewer than {LEAST_TOKEN} characters")

    @property
    def is_on(self) -> bool:
        """Whether anybody may read figures."""
        return bool(self.listen or self.token)

    @property
    def address(self) -> tuple[str, int]:
        """The address and port of `listen`."""
        host, _, port = (self.listen or "").rpartition(":")
        try:
            return str(ip_address(host.strip("[]"))), range(1 << 16).index(int(port))
        except ValueError as error:
            raise ValueError(f"{self.listen} in metrics.listen is no address and port") from error


class TlsSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """What the web, and a worker that tells its figures, show to those who connect; without it they answer in clear.

    Attributes:
        certificate: A PEM file with the certificate and those that lead to its authority.
        key: A PEM file with its key, without a password.
    """

    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        """Refuse one without the other."""
        if (self.certificate is None) != (self.key is None):
            raise ValueError("tls.certificate and tls.key go together")


class TracesSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Where traces go, by OTLP over HTTP; nowhere unless `endpoint` is set.

    Attributes:
        endpoint: Such as `http://127.0.0.1:4318/v1/traces`; it needs the packages of `budkavle[telemetry]`.
        share: Of which share of deliveries and pages, 0 to 1.
    """

    endpoint: str | None = None
    share: Annotated[float, Meta(ge=0, le=1)] = 1.0


class Settings(Struct, forbid_unknown_fields=True, frozen=True):
    """Everything that an installation decides.

    Attributes:
        enabled: Names of the plugins that are on, in order, after those that are on by default.
        disabled: Names of plugins that are off, whatever else says that they are on.
        plugins: The section of each plugin, as it stands; the plugin's own type judges it (see `convert`).
        storage: An obstore URL such as `s3://bucket/prefix`; by default a folder in the data folder.
        keys: The file of the master key; made at the first start.
        key_provider: Who keeps the master key: `file`, or the name of a key provider of a plugin.
        recovery_key: A file with the public half of a recovery key, for which each key is wrapped once more.
        bin_days: How long a case lies in the bin.
        undo_seconds: How long a message waits after "Skicka", so that its sending can be undone; 0 sends at once.
        supplier: How the page Hjälp says that the supplier is reached: a name, mail address, phone, https address.
        language: `sv` or `en`, for those who have chosen none and whose browser asks for neither.
        identity_wait_hours: How long a personnummer that an administrator has entered opens nothing, so that the
            account's person can see it first; another administrator can end the wait.
        trusted_proxies: Addresses or networks of our own reverse proxies; only from them is the forwarded address of
            the browser believed.
        administration_networks: Addresses or networks from which administration opens, in every organisation; where
            none is named, from everywhere.
        mail_domains: Which organisation each mail domain belongs to, by its short name. Where one is named, an address
            leads into another organisation only where its domain is that organisation's.
        private_addresses: Host names, addresses or networks inside that addresses typed by an organisation may lead to.
        fixed: Values of sections of settings that no organisation changes, as `[fixed.PLUGIN.SECTION]`; the sections of
            the core are `[fixed.budkavle.SECTION]`. A duration counts in its unit.
        accounts_by_address: Names of plugins that do not come with Budkavle and whose identity providers may still
            open an account by its e-mail address, without having been linked to it.
        accepted: Open defaults that do not stop the start, by the names that a refused start tells.
        heads_file: Where the signed heads of event logs are added as well, outside of the database; by default nowhere.
        outside: A folder for the number that tells a restored database from one that has gone on; by default beside the
            master key. Hosts may share one. No backup of the database has it.
        marks: A folder with the marks of ways to identify, such as `bankid.svg`; by default each has a plain letter.
        node: What this host is called in the list of nodes; its host name where it is empty.
    """

    data: Path = Path("data")
    base_url: str = "http://127.0.0.1:8420"
    language: str = "sv"
    enabled: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    storage: str | None = None
    keys: Path | None = None
    key_provider: str = "file"
    recovery_key: Path | None = None
    bin_days: int = 30
    undo_seconds: int = 10
    supplier: str | None = None
    identity_wait_hours: int = 24
    trusted_proxies: tuple[str, ...] = ()
    administration_networks: tuple[str, ...] = ()
    mail_domains: dict[str, str] = field(default_factory=dict)
    private_addresses: tuple[str, ...] = ()
    accounts_by_address: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    heads_file: Path | None = None
    outside: Path | None = None
    marks: Path | None = None
    node: str = ""
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    uploads: UploadSettings = field(default_factory=UploadSettings)
    sessions: SessionSettings = field(default_factory=SessionSettings)
    key_store: KeyStoreSettings = field(default_factory=KeyStoreSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    tls: TlsSettings = field(default_factory=TlsSettings)
    traces: TracesSettings = field(default_factory=TracesSettings)
    plugins: dict[str, dict[str, Any]] = field(default_factory=dict)
    fixed: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what is no network, and of private addresses what is no host either."""
        for entry in self.administration_networks:
            if network_of(entry) is None:
                raise ValueError(f"{entry} in administration_networks is no network")
        for one in self.private_addresses:
            private_network(one)

    @property
    def key_file(self) -> Path:
        """Where the master key lies."""
        return self.keys or self.data / "keys" / "master.key"

    @property
    def outside_folder(self) -> Path:
        """Where lies what tells a restored database from one that has gone on."""
        return self.outside or self.key_file.parent

    @property
    def key_store_folder(self) -> Path:
        """Where the key store lies when `key_store.url` is not set."""
        return self.key_store.folder or self.data / "key-store"

    @property
    def blob_folder(self) -> Path:
        """Where attachments lie when `storage` is not set."""
        return self.data / "blobs"


def settings_file(path: Path | None = None, env: Mapping[str, str] | None = None) -> Path:
    """Return the file that the settings are read from, whether it exists or not.

    Args:
        path: The file that is meant; else `BUDKAVLE_CONFIG`, else `budkavle.toml` in the working folder.
        env: The environment, by default the process's own.
    """
    return path or Path((os.environ if env is None else env).get("BUDKAVLE_CONFIG", FILE_NAME))


def load_settings(path: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        path: The TOML file; else `BUDKAVLE_CONFIG`, else `budkavle.toml` in the working folder if it is there.
        env: The environment, by default the process's own.

    Raises:
        Misconfigured: A key is unknown, a value has the wrong kind, or a file is missing.
    """
    env = os.environ if env is None else env
    if path is None and ("BUDKAVLE_CONFIG" in env or Path(FILE_NAME).exists()):
        path = settings_file(env=env)
    values = _read(path) if path else {}
    _merge_environment(values, env)
    settings = convert(values, Settings, "")
    base = path.resolve().parent if path else Path.cwd()
    folder = base / settings.key_store.folder if settings.key_store.folder else None
    key_store = msgspec.structs.replace(settings.key_store, folder=folder)
    shown = {name: base / path for name in ("certificate", "key") if (path := getattr(settings.tls, name))}
    tls = msgspec.structs.replace(settings.tls, **shown)
    names = ("keys", "recovery_key", "marks", "outside")
    places = {name: base / path for name in names if (path := getattr(settings, name))}
    return msgspec.structs.replace(settings, data=base / settings.data, key_store=key_store, tls=tls, **places)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(
            "Inställningsfilen {path} går inte att läsa ({reason}).",
            path=str(path),
            reason=error.strerror or Sentence("okänt fel"),
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(
            "Inställningsfilen {path} är inte riktig TOML: {reason}.", path=str(path), reason=str(error)
        ) from error


def _merge_environment(values: dict[str, Any], env: Mapping[str, str]) -> None:
    for name in sorted(env):
        if name.startswith(PREFIX):
            *sections, key = name.removeprefix(PREFIX).lower().split("__")
            place = values
            for section in sections:
                place = place.setdefault(section, {})
            place[key] = _value(env[name], listed=not sections and key in {"enabled", "disabled"})


def _value(text: str, *, listed: bool) -> Any:
    if text[:1] in {"[", "{"}:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return [name.strip() for name in text.split(",") if name.strip()] if listed else text
