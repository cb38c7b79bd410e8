"""Hosts that are network namespaces of this machine, with a switch between them, and the programs on them.

Nothing of it is seen outside: the switch has a namespace of its own. This process moves to the host `app`, with
everything that it starts.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import psutil

ADDRESSES: Final = {"app": "10.77.0.1", "db1": "10.77.0.11", "db2": "10.77.0.12"}
MEMBERS: Final = ("db1", "db2")
USER: Final = "postgres"
_NETWORK: Final = 0x40000000
"""CLONE_NEWNET, see namespaces(7)."""
PATIENCE: Final = 15


class Hosts:
    """The hosts, as long as the block lasts.

    Args:
        folder: Where the programs write; they run as `postgres`, who gets it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs: dict[str, subprocess.Popen[bytes]] = {}
        self._tag = f"bk{os.getpid()}"
        self._user = pwd.getpwnam(USER)

    def __enter__(self) -> Self:
        """Make them, and go to `app`."""
        self.folder.chmod(0o755)
        self.give(self.folder)
        try:
            self._build()
            self._enter("app")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *gone: object) -> None:
        """End every program, let go of what is frozen, and take the hosts away."""
        try:
            for name in sorted(self.programs, key=lambda name: not name.startswith("patroni")):
                self.stop(name)
        finally:
            self._kill_rest()
            self._remove()

    def give(self, path: Path) -> Path:
        """Let the programs own a file or folder."""
        os.chown(path, self._user.pw_uid, self._user.pw_gid)
        return path

    def write(self, name: str, text: str) -> Path:
        """Write a file that only the programs read."""
        path = self.folder / name
        path.touch(0o600)
        path.write_text(text, "utf-8")
        return self.give(path)

    def start(self, name: str, host: str, *command: str, environment: Mapping[str, str] | None = None) -> None:
        """Start a program on a host; `name` is its log's too. The process is the program itself, all are by exec."""
        surroundings = {"PATH": os.environ["PATH"] + ":/usr/sbin", "HOME": str(self.folder), **(environment or {})}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.programs[name] = subprocess.Popen(
                self._on(host, command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=surroundings,
                start_new_session=True,
            )

    def run(self, host: str, *command: str) -> str:
        """Run a program on a host to its end, and return what it says."""
        done = subprocess.run(
            self._on(host, command), check=False, capture_output=True, text=True, cwd=self.folder, timeout=120
        )
        if done.returncode:
            raise SystemExit(f"{command[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def stop(self, name: str) -> None:
        """End a program, with those that it has started."""
        process = self.programs.pop(name)
        with suppress(psutil.NoSuchProcess):
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    each.resume()
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def unplug(self, host: str) -> None:
        """Unplug the network cable: no connection is closed or refused."""
        self._ip("-n", f"{self._tag}lan", "link", "set", f"p{host}", "down")

    def plug(self, host: str) -> None:
        """Put the cable back."""
        self._ip("-n", f"{self._tag}lan", "link", "set", f"p{host}", "up")

    def _on(self, host: str, command: tuple[str, ...]) -> list[str]:
        as_user = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")
        return ["ip", "netns", "exec", f"{self._tag}{host}", *as_user, *command]

    def _build(self) -> None:
        lan = f"{self._tag}lan"
        self._ip("netns", "add", lan)
        self._ip("-n", lan, "link", "add", "br0", "type", "bridge")
        self._ip("-n", lan, "link", "set", "br0", "up")
        for host, address in ADDRESSES.items():
            room, plug = f"{self._tag}{host}", f"p{host}"
            self._ip("netns", "add", room)
            cable = ("type", "veth", "peer", "name", plug, "netns", lan)
            self._ip("link", "add", "eth0", "netns", room, *cable)
            self._ip("-n", lan, "link", "set", plug, "master", "br0", "up")
            self._ip("-n", room, "addr", "add", f"{address}/24", "dev", "eth0")
            self._ip("-n", room, "link", "set", "eth0", "up")
            self._ip("-n", room, "link", "set", "lo", "up")

    def _enter(self, host: str) -> None:
        """Let this thread, and what it starts from now on, be on a host."""
        with Path(f"/run/netns/{self._tag}{host}").open("rb") as room:
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(room.fileno(), _NETWORK):
                raise OSError(ctypes.get_errno(), "setns")

    def _kill_rest(self) -> None:
        """Kill what still runs on the database's hosts, as a PostgreSQL whose Patroni had to be killed."""
        for member in MEMBERS:
            pids = subprocess.run(
                ["ip", "netns", "pids", f"{self._tag}{member}"], check=False, capture_output=True, text=True
            )
            for pid in pids.stdout.split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)

    def _remove(self) -> None:
        for host in ("lan", *ADDRESSES):
            subprocess.run(["ip", "netns", "del", f"{self._tag}{host}"], check=False, capture_output=True)

    @staticmethod
    def _ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)


def missing() -> str:
    """Say what this machine lacks, or nothing."""
    beside = os.environ.get("PATH", "") + ":/usr/sbin"
    for program in ("patroni", "etcd", "haproxy", "pgbouncer", "ip", "setpriv"):
        if shutil.which(program, path=beside) is None:
            return f"{program} is not installed (make peers)"
    if binaries() is None:
        return "postgresql is not installed (make peers)"
    return "network namespaces of our own need root" if os.geteuid() else ""


def binaries() -> Path | None:
    """Where Debian keeps the programs of its newest PostgreSQL that has a server."""
    homes = (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/pg_rewind"))
    return max(homes, key=lambda home: int(home.parent.name), default=None)
