"""The database under Patroni: three etcd, two members, HAProxy, with the settings of `deploy/postgresql`."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import httpx
import psutil
import psycopg
import yaml  # type: ignore[import-untyped]

from ha.hosts import ADDRESSES, MEMBERS, Hosts, binaries

DEPLOY: Final = Path(__file__).parents[2] / "deploy/postgresql"
PASSWORD: Final = "change-me"  # noqa: S105 - of a cluster that lives for one run
PORT: Final = 5000
POOLER_PORT: Final = 6432
UP_SECONDS: Final = 120.0
TICK: Final = 0.1
_ROLES: Final = (
    f"CREATE ROLE budkavle_owner LOGIN CREATEROLE PASSWORD '{PASSWORD}'",
    f"CREATE ROLE budkavle_app LOGIN PASSWORD '{PASSWORD}'",
    "CREATE DATABASE budkavle OWNER budkavle_owner ENCODING 'UTF8' TEMPLATE template0",
)


class Cluster:
    """The cluster on its hosts; `leader` and `is_whole` say what Patroni says."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts

    def start(self) -> Self:
        """Bring everything up, and make the two roles and the database."""
        for host in ADDRESSES:
            self._start_etcd(host)
        for member in MEMBERS:
            self._start_member(member)
            if member == MEMBERS[0]:
                self.wait(lambda: self.leader() == MEMBERS[0], "the first primary")
        proxy = self.hosts.write("haproxy.cfg", (DEPLOY / "haproxy.cfg").read_text("utf-8"))
        self.hosts.start("haproxy", "app", "haproxy", "-db", "-f", str(proxy))
        self.wait(self.is_whole, "the synchronous standby")
        with psycopg.connect(self.words("postgres"), autocommit=True) as connection:
            for statement in _ROLES:
                connection.execute(statement.encode())
        return self

    def start_pooler(self) -> None:
        """Start PgBouncer beside the product."""
        users = self.hosts.write("userlist.txt", f'"budkavle_app" "{PASSWORD}"\n')
        settings = (DEPLOY / "pgbouncer.ini").read_text("utf-8")
        file = self.hosts.write("pgbouncer.ini", settings.replace("/etc/pgbouncer/userlist.txt", str(users)))
        self.hosts.start("pgbouncer", "app", "pgbouncer", str(file))

    def url(self, role: str, *, several: bool = False, port: int = PORT) -> str:
        """The URL of a role: by HAProxy or whoever is at another port beside the product, or naming both members."""
        if several:
            members = ",".join(f"{ADDRESSES[member]}:5432" for member in MEMBERS)
            return f"postgresql://{role}:{PASSWORD}@{members}/budkavle?target_session_attrs=read-write"
        return f"postgresql://{role}:{PASSWORD}@127.0.0.1:{port}/budkavle"

    def words(self, database: str, member: str | None = None) -> str:
        """How libpq reaches a member, by default the primary, as the superuser."""
        host = ADDRESSES[member or self.leader() or MEMBERS[0]]
        return f"host={host} dbname={database} user=postgres password={PASSWORD} connect_timeout=2"

    def members(self) -> list[dict[str, Any]]:
        """What Patroni says of its members; nothing where none of them answers."""
        for member in MEMBERS:
            with suppress(httpx.HTTPError, json.JSONDecodeError, KeyError):
                answer: list[dict[str, Any]] = self._ask(member, "/cluster").json()["members"]
                return answer
        return []

    def leader(self) -> str | None:
        """The primary, where one runs."""
        names = (one["name"] for one in self.members() if one["role"] == "leader" and one["state"] == "running")
        return next(names, None)

    def primary(self) -> str:
        """The primary; waits until a member names it, which a busy one does not always do in time."""
        names: list[str] = []

        def is_named() -> bool:
            names.extend(filter(None, [self.leader()]))
            return bool(names)

        self.wait(is_named, "the primary")
        return names[0]

    def is_whole(self) -> bool:
        """Whether a primary runs and its synchronous standby follows."""
        states = {(one["role"], one["state"]) for one in self.members()}
        return {("leader", "running"), ("sync_standby", "streaming")} <= states

    def is_primary(self, member: str) -> bool:
        """Whether a member says of itself that it is the primary."""
        with suppress(httpx.HTTPError):
            return self._ask(member, "/primary").status_code == httpx.codes.OK
        return False

    def wait(self, what: Callable[[], bool], name: str, seconds: float = UP_SECONDS) -> None:
        """Wait until something holds.

        Raises:
            SystemExit: It does not come, or a program has ended.
        """
        until = time.monotonic() + seconds
        while not what():
            ended = [name for name, program in self.hosts.programs.items() if program.poll() is not None]
            if ended or time.monotonic() > until:
                raise SystemExit(f"{name} never came; ended: {ended}; {self.members()}\n{self._logs(ended)}")
            time.sleep(TICK)

    def processes(self, member: str) -> list[psutil.Process]:
        """A member's PostgreSQL with all its children, the first of them first."""
        with suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
            number = int((self._data(member) / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
            first = psutil.Process(number)
            return [first, *first.children(recursive=True)]
        return []

    def beside(self, names: Iterable[str]) -> list[psutil.Process]:
        """The processes of some programs by their names, such as `etcd-db1`."""
        return [psutil.Process(self.hosts.programs[name].pid) for name in names]

    def switch(self, old: str, new: str) -> None:
        """Let the standby take over, as an operator does before the other host is mended."""
        words = ("switchover", "budkavle", "--leader", old, "--candidate", new, "--force")
        self.hosts.run("app", "patronictl", "-c", str(self.hosts.folder / f"{new}.yml"), *words)

    def configure(self, member: str, name: str, value: str) -> None:
        """Change what holds for the whole cluster."""
        words = ("edit-config", "budkavle", "--force", "--quiet", "--set", f"{name}={value}")
        self.hosts.run("app", "patronictl", "-c", str(self.hosts.folder / f"{member}.yml"), *words)

    def _ask(self, member: str, path: str) -> httpx.Response:
        return httpx.get(f"http://{ADDRESSES[member]}:8008{path}", timeout=1, trust_env=False)

    def _data(self, member: str) -> Path:
        return self.hosts.folder / member

    def _start_etcd(self, host: str) -> None:
        lines = (DEPLOY / "etcd.env").read_text("utf-8").splitlines()
        settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        # All hosts are one disk here, and nobody pulls this machine's plug.
        settings["ETCD_UNSAFE_NO_FSYNC"] = "true"
        cluster = settings.pop("ETCD_INITIAL_CLUSTER")
        settings = {name: _moved(value, host) for name, value in settings.items()}
        settings |= {"ETCD_INITIAL_CLUSTER": cluster, "ETCD_DATA_DIR": str(self.hosts.folder / f"etcd-{host}")}
        self.hosts.start(f"etcd-{host}", host, "etcd", environment=settings)

    def _start_member(self, member: str) -> None:
        settings = yaml.safe_load(_moved_member((DEPLOY / "patroni.yml").read_text("utf-8"), member))
        sockets = self.hosts.folder / f"sockets-{member}"
        sockets.mkdir()
        # One file system here: two members in one folder of sockets wait for each other for ever.
        settings["postgresql"]["parameters"]["unix_socket_directories"] = str(self.hosts.give(sockets))
        settings["postgresql"]["data_dir"] = str(self._data(member))
        settings["postgresql"]["pgpass"] = str(self.hosts.folder / f"pgpass-{member}")
        settings["postgresql"]["bin_dir"] = str(binaries())
        settings["postgresql"]["pg_hba"][0] = "local all all trust"
        settings["bootstrap"]["dcs"]["postgresql"]["parameters"]["shared_buffers"] = "64MB"
        file = self.hosts.write(f"{member}.yml", json.dumps(settings, indent=1))
        self.hosts.start(f"patroni-{member}", member, "patroni", str(file))

    def _logs(self, names: Iterable[str]) -> str:
        return "\n".join((self.hosts.folder / f"{name}.log").read_text("utf-8", "replace")[-1500:] for name in names)


def _moved(value: str, host: str) -> str:
    """A setting of db1 as it is on another host."""
    return value.replace(ADDRESSES["db1"], ADDRESSES[host]).replace("db1", host)


def _moved_member(text: str, member: str) -> str:
    """Patroni's file of db1 as it is on another host; the list of etcd's hosts is the same everywhere."""
    return "\n".join(line if "hosts:" in line else _moved(line, member) for line in text.splitlines())
