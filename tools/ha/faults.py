"""What may befall a cluster: each fault lasts as long as its block, and says what it promises."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import psutil
import psycopg
from sqlalchemy import text

from budkavle.storage.platform import Platform
from ha.cluster import Cluster
from ha.hosts import ADDRESSES, MEMBERS

Doing: TypeAlias = Callable[[Cluster, Platform, str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the primary, or of what is around it.

    Attributes:
        what: In words, for the table.
        do: Begins it with the block and ends it; gets the cluster, the installation and the primary's name.
        seconds: How long it lasts; 0 is a blow.
        back: Seconds after its beginning until a message can be sent again.
        send: Seconds after which a page that sends has answered.
        takes_over: Whether the standby becomes the primary.
        stands: Seconds in which no message may be confirmed.
    """

    what: str
    do: Doing
    seconds: float
    back: float
    send: float = 2.0
    takes_over: bool = True
    stands: float = 0.0


@contextmanager
def kill(cluster: Cluster, _: Platform, primary: str) -> Iterator[None]:
    """Kill -9 of the postmaster; Patroni and the host live."""
    cluster.processes(primary)[0].kill()
    yield


@contextmanager
def stop(cluster: Cluster, _: Platform, primary: str) -> Iterator[None]:
    """Freeze PostgreSQL alone."""
    with _frozen(cluster.processes(primary)):
        yield


@contextmanager
def freeze(cluster: Cluster, _: Platform, primary: str) -> Iterator[None]:
    """Freeze all processes of its host, like a paused virtual machine whose kernel still accepts connections."""
    with _frozen([*cluster.beside([f"patroni-{primary}", f"etcd-{primary}"]), *cluster.processes(primary)]):
        yield


@contextmanager
def vanish(cluster: Cluster, _: Platform, primary: str) -> Iterator[None]:
    """Pull the cable of its host."""
    with _unplugged(cluster, primary):
        yield


@contextmanager
def switch(cluster: Cluster, _: Platform, primary: str) -> Iterator[None]:
    """Let the standby take over in an orderly way."""
    cluster.switch(primary, other(primary))
    yield


@contextmanager
def lock(_: Cluster, platform: Platform, __: str) -> Iterator[None]:
    """Hold a lock on what every message is written to."""
    with platform.database.owner() as owner, owner.begin() as connection:
        connection.execute(text("LOCK TABLE messages"))
        yield


@contextmanager
def standby(cluster: Cluster, _: Platform, primary: str) -> Iterator[None]:
    """Pull the cable of the standby's host."""
    with _unplugged(cluster, other(primary)):
        yield


@contextmanager
def strict(cluster: Cluster, platform: Platform, primary: str) -> Iterator[None]:
    """Pull that cable where nothing may be written without a standby."""
    cluster.configure(primary, "synchronous_mode_strict", "true")
    try:
        with standby(cluster, platform, primary):
            yield
    finally:
        cluster.configure(primary, "synchronous_mode_strict", "false")


@contextmanager
def etcd(cluster: Cluster, _: Platform, __: str) -> Iterator[None]:
    """Freeze all three etcd."""
    with _frozen(cluster.beside([f"etcd-{host}" for host in ADDRESSES])):
        yield


FAULTS: Final = {
    "kill": Fault("kill -9 of the primary", kill, 0, back=10),
    "freeze": Fault("the primary's host stands still for 60 s", freeze, 60, back=30),
    "stop": Fault("PostgreSQL of the primary stands still for 60 s", stop, 60, back=30),
    "vanish": Fault("the primary's cable is out for 60 s", vanish, 60, back=30),
    "switch": Fault("switchover by patronictl", switch, 0, back=10),
    "lock": Fault("a lock on messages is held for 60 s", lock, 60, back=65, takes_over=False),
    "standby": Fault("the standby's cable is out for 40 s", standby, 40, back=15, send=6, takes_over=False),
    "strict": Fault(
        "strictly synchronous, the standby's cable is out for 40 s",
        strict,
        40,
        back=65,
        send=6,
        takes_over=False,
        stands=35,
    ),
    "etcd": Fault("all etcd stand still for 40 s", etcd, 40, back=10, takes_over=False),
}


class Witness:
    """A client that still writes to the old primary when it comes back, and records what it confirms."""

    def __init__(self, cluster: Cluster, old: str) -> None:
        self._words = cluster.words("postgres", old)
        self.confirmed: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, name="ha-witness", daemon=True)
        self._thread.start()

    def end(self, cluster: Cluster) -> int:
        """Stop writing; return how much it has confirmed that the cluster does not have."""
        self._stop.set()
        self._thread.join(5)
        with _connect(cluster.words("postgres")) as connection:
            kept = {str(row[0]) for row in connection.execute("SELECT id FROM witness").fetchall()}
        return len(set(self.confirmed) - kept)

    def _write(self) -> None:
        while not self._stop.wait(0.02):
            with suppress(psycopg.Error), _connect(self._words) as connection:
                warnings: list[str] = []
                connection.add_notice_handler(lambda notice: warnings.append(str(notice.sqlstate)))  # noqa: B023
                row = connection.execute("INSERT INTO witness DEFAULT VALUES RETURNING id").fetchone()
                if row and not warnings:
                    self.confirmed.append(str(row[0]))


def prepare(cluster: Cluster) -> None:
    """Make the table that witnesses write to."""
    with _connect(cluster.words("postgres")) as connection:
        connection.execute("CREATE TABLE witness (id uuid PRIMARY KEY DEFAULT gen_random_uuid())")


def other(member: str) -> str:
    """The member beside it."""
    return next(name for name in MEMBERS if name != member)


@contextmanager
def _frozen(processes: Iterable[psutil.Process]) -> Iterator[None]:
    stopped = []
    try:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
                stopped.append(process)
        yield
    finally:
        for process in reversed(stopped):
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def _unplugged(cluster: Cluster, host: str) -> Iterator[None]:
    cluster.hosts.unplug(host)
    try:
        yield
    finally:
        cluster.hosts.plug(host)


def _connect(words: str) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(words, autocommit=True)
