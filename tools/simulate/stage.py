"""The server, the template database with an organisation in it, and the installation of each simulated process."""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
from msgspec import structs
from psycopg.sql import SQL, Identifier

from budkavle.host import host_of
from budkavle.model.people import UserActor
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.key_slots.places import open_shelf
from budkavle.storage.platform import Platform, open_platform
from budkavle.storage.vault import Vault
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.plugins import offer, plugin_module
from simulate.connection import SimulatedDatabase
from simulate.scheduling import current

Brought: TypeAlias = dict[str, Callable[..., Any]]
"""The hooks of the plugin of a run."""
SEARCH_PATH = "simulated,pg_catalog,public"
_NUMBERS = count(1)
_BLOCKERS = "SELECT pg_blocking_pids(%s)"
_THERE = "SELECT count(*) FROM pg_stat_get_activity(%s)"


@dataclass
class Stage:
    """Where runs take place: one server and one installation, copied for each run.

    Attributes:
        case_worker: A member of the mailbox.
        original: The installation that was set up; processes have its keys.
        clock: The open file that the server reads the time from.
    """

    server: EmbeddedServer
    settings: Settings
    template: str
    organisation_id: UUID
    case_worker: UserActor
    mailbox_id: UUID
    original: Platform
    clock: int

    def plugins(self, brings: Brought, platform: Callable[[], Platform]) -> Plugins:
        """Load the plugin that brings all of it, with no memory of faults."""
        module = plugin_module("simulated", **brings)
        plugins = Plugins.load(self.settings, offer(simulated=module))
        plugins.start(lambda plugin: host_of(plugin, self.settings, platform))
        return plugins

    @contextmanager
    def database(self) -> "Iterator[RunDatabase]":
        """Make a copy of the template for one run, and drop it after."""
        name = f"run_{next(_NUMBERS)}"
        with self.server.connect() as admin:
            names = Identifier(name), Identifier(self.template)
            admin.execute(SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(*names))
            try:
                with self.server.connect(name) as inside:
                    yield RunDatabase(self, name, inside, admin)
            finally:
                admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@dataclass
class RunDatabase:
    """The database of one run, and what looks on and tells the time.

    Attributes:
        inside: Reads what is there.
        watch: Looks at the server's processes from another database: a snapshot in this one, taken when the machine
            is slow, would hold what is dead, and let new rows come to lie elsewhere.
    """

    stage: Stage
    name: str
    inside: "psycopg.Connection[Any]"
    watch: "psycopg.Connection[Any]"

    @property
    def outside(self) -> Path:
        """The folder of this run's ledger."""
        return self.stage.settings.data / "outside" / self.name

    def open(self, brings: Brought) -> Platform:
        """Return an installation as a process has it that has just started."""
        stage, opened, process = self.stage, list[Platform](), current()
        who = f"{process.name}/{process.deaths}" if process else "judge"
        conninfo = stage.server.conninfo(self.name, "budkavle_app") + f" options='-c search_path={SEARCH_PATH}'"
        database = SimulatedDatabase(f"{conninfo} connect_timeout=3600 application_name={who}", None, pool=20)
        vault = Vault(stage.original.keys, database, open_shelf(stage.settings))
        plugins = stage.plugins(brings, lambda: opened[0])
        settings = structs.replace(stage.settings, outside=self.outside)
        opened.append(replace(stage.original, settings=settings, database=database, vault=vault, plugins=plugins))
        return opened[0]

    def tell_time(self, seconds: float) -> None:
        """Set the server's clock to a number of seconds after the start."""
        os.pwrite(self.stage.clock, b"%020d" % round(seconds * 1_000_000), 0)

    def blockers(self, pid: int) -> list[int]:
        """Return the server processes whose locks one waits for."""
        row = self.watch.execute(_BLOCKERS, [pid]).fetchone()
        return list(row[0]) if row else []

    def halt(self, pid: int) -> None:
        """Let a server process that waits for a lock stand still, so that two never go on at the same time."""
        _signal(pid, signal.SIGSTOP)

    def go_on(self, pid: int) -> None:
        """Let it go on."""
        _signal(pid, signal.SIGCONT)

    def cancel(self, pid: int) -> None:
        """End a statement that waits in a circle."""
        self.watch.execute("SELECT pg_cancel_backend(%s)", [pid])

    def wait_until_gone(self, pid: int) -> None:
        """Wait until the server has noticed that a connection was cut, and rolled back."""
        self.watch.execute("SELECT pg_terminate_backend(%s)", [pid])
        self.go_on(pid)  # not before: one that has got its lock meanwhile would go on, or not, by its pace
        while (row := self.watch.execute(_THERE, [pid]).fetchone()) and row[0]:
            threading.Event().wait(0.0005)

    def rows(self, query: str) -> list[Any]:
        """Return the rows of a query, as the superuser."""
        return self.inside.execute(query).fetchall()  # type: ignore[arg-type]


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Start a server in a folder, and make what all runs begin with."""
    with ExitStack() as stack:
        server = EmbeddedServer(folder / "postgres", durable=False)
        server.join()
        stack.callback(shutil.rmtree, folder / "postgres", ignore_errors=True)
        stack.callback(server.leave)
        with server.connect() as admin:
            admin.execute("ALTER SYSTEM SET autovacuum = off")
            # Circles are found by the scheduler: which of two the server ends depends on the real clock.
            admin.execute("ALTER SYSTEM SET deadlock_timeout = '1h'")
            admin.execute("SELECT pg_reload_conf()")
        databases = Databases(server)
        stack.callback(databases.close)
        name = databases.take()
        settings = Settings(data=folder / "data", database=databases.urls(name), undo_seconds=0, enabled=("simulated",))
        plugins = Plugins.load(settings, offer(simulated=plugin_module("simulated")))
        platform = open_platform(settings, plugins=plugins)
        stack.callback(platform.close)
        organisation = SampleOrganisation.create(platform).staffed()
        ids = organisation.id, organisation.case_worker, organisation.mailbox.id
        platform.database.engine.dispose()
        with server.connect(name) as connection:
            connection.execute((Path(__file__).parent / "simulated.sql").read_text("utf-8"))  # type: ignore[arg-type]
        databases.disconnect(name)
        clock = os.open(folder / "postgres" / "simulated_moment", os.O_RDWR | os.O_CREAT, 0o644)
        stack.callback(os.close, clock)
        yield Stage(server, settings, name, *ids, platform, clock)


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
