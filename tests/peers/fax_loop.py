"""Two HylaFAX servers whose software modems call each other: real modems' sound and T.30, on this machine only.

An iaxmodem that registers nowhere (`refresh 0`) and whose `server` is the other one's port dials it directly over
IAX2, so that no exchange is needed; the called number arrives as the other side's DID.
"""

import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

SPOOL = Path("/var/spool/hylafax")
MODEMS = Path("/etc/iaxmodem")
USER, PASSWORD = "budkavle", "hemligt"
NEEDED = ("faxq", "hfaxd", "faxgetty", "iaxmodem", "gs", "faxadduser", "tiffinfo")
READY_SECONDS = 180
"""As long as a modem may take to be ready, on a machine that has much else to do; mostly it takes three."""


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(type=kind) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class End:
    """One HylaFAX with one modem."""

    name: str
    number: str
    folder: Path
    hook: Path
    port: int = field(default_factory=lambda: _free(socket.SOCK_STREAM))
    iax: int = field(default_factory=lambda: _free(socket.SOCK_DGRAM))
    line: list[subprocess.Popen[bytes]] = field(default_factory=list)
    server: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def device(self) -> str:
        """Nobody else's on this machine: another run of the tests has modems too."""
        return f"ttyBud{self.name.upper()}{self.iax}"

    @property
    def spool(self) -> Path:
        return self.folder / self.name

    @property
    def inbox(self) -> Path:
        return self.folder / f"inbox-{self.name}"

    def settings(self) -> dict[str, object]:
        """The section `hylafax` of `[plugins.fax]`."""
        login = {"user": USER, "password": PASSWORD}
        return {"host": "127.0.0.1", "port": self.port, "inbox": str(self.inbox), "dials": 5, **login}

    def prepare(self, peer: "End") -> None:
        """Lay out its spool, its modem and who may log in."""
        modem = {
            "device": f"/dev/{self.device}",
            "owner": "uucp:uucp",
            "mode": "660",
            "port": self.iax,
            "refresh": 0,
            "server": f"127.0.0.1:{peer.iax}",
            "peername": self.name,
            "secret": "x",
            "cidname": f"Ände {self.name}".encode("ascii", "replace").decode(),
            "cidnumber": self.number,
            "codec": "slinear",
        }
        MODEMS.mkdir(exist_ok=True)
        lines = [f"{key} {value}" for key, value in modem.items()]
        (MODEMS / self.device).write_text("\n".join([*lines, "nodaemon", ""]))
        shutil.copytree(SPOOL, self.spool, symlinks=True)
        shutil.copytree("/etc/hylafax", self.spool / "etc", dirs_exist_ok=True)
        _replace(self.spool / "etc/setup.cache", "SPOOL=", f"SPOOL='{self.spool}'")
        (self.spool / "etc/hosts.hfaxd").write_text("")
        _quietly(["faxadduser", "-f", str(self.spool / "etc/hosts.hfaxd"), "-p", PASSWORD, USER])
        self.inbox.mkdir()
        shutil.copy(self.hook, self.spool / "bin/budkavle-faxrcvd")
        (self.spool / "etc/budkavle-inbox").write_text(f"{self.inbox}\n")
        (self.spool / f"etc/config.{self.device}").write_text(self._config())
        _quietly(["chown", "-R", "uucp:uucp", str(self.spool), str(self.inbox)])
        (self.spool / "etc/hosts.hfaxd").chmod(0o600)

    def _config(self) -> str:
        own = {
            "CountryCode": 46,
            "FAXNumber": f"+46{self.number}",
            "DialStringRules": "etc/dialrules",
            "RecvFileMode": "0600",
            "RingsBeforeAnswer": 1,
            "LocalIdentifier": f'"{self.name}"',
            "MaxRecvPages": 50,
            "FaxRcvdCmd": "bin/budkavle-faxrcvd",
            # Calls again after seconds instead of minutes.
            **dict.fromkeys(("JobReqNoAnswer", "JobReqNoCarrier", "JobReqBusy", "JobReqOther", "JobReqProto"), 3),
        }
        kept = (SPOOL / "config/iaxmodem").read_text().splitlines()
        taken = [line for line in kept if line and not line.startswith("#") and line.partition(":")[0] not in own]
        return "\n".join([*(f"{key}: {value}" for key, value in own.items()), *taken, ""])

    def start(self) -> None:
        """Start the server."""
        for command in (["faxq", "-D"], ["hfaxd", "-d", "-l", "127.0.0.1", "-i", str(self.port)]):
            self.server.append(self._run([command[0], *command[1:], "-q", str(self.spool)]))

    def answering(self) -> None:
        """Wait until the server takes calls of programs."""
        self._until(self._answers, "has a server that does not answer")

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as line:
            return line.recv(3) == b"220"
        return False

    def plug_in(self) -> None:
        """Start the modem and what answers on it; both, since faxgetty dies with its modem."""
        self.line.append(self._run(["iaxmodem", self.device]))
        self._until(Path(f"/dev/{self.device}").exists, "has not come")
        self.line.append(self._run(["faxgetty", "-q", str(self.spool), self.device]))

    def wait(self) -> None:
        """Wait until calls can come and go."""
        self._until(self.is_ready, "is not ready")

    def is_ready(self) -> bool:
        """Whether the modem waits for calls."""
        status = self.spool / "status" / self.device
        return status.exists() and "Running and idle" in status.read_text(errors="replace")

    def unplug(self) -> None:
        """Let the line be dead."""
        _end(self.line)
        # What the modem left behind must not be taken for the next one.
        for left in (self.spool / "status" / self.device, Path(f"/dev/{self.device}")):
            left.unlink(missing_ok=True)

    def stop(self) -> None:
        """End everything, and leave nothing behind."""
        self.unplug()
        _end(self.server)
        (MODEMS / self.device).unlink(missing_ok=True)

    def _until(self, ask: Callable[[], bool], fault: str) -> None:
        """Wait for the thing itself, but not for the dead; what the programs said is told where it does not come."""
        for _ in range(READY_SECONDS * 10):
            if ask():
                return
            if any(one.poll() is not None for one in (*self.server, *self.line)):
                break
            threading.Event().wait(0.1)
        said = "\n".join(log.read_text(errors="replace")[-400:] for log in self.folder.glob(f"{self.name}-*.log"))
        raise AssertionError(f"{self.device} {fault}; the programs said:\n{said}")

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{self.name}-{command[0]}.log").open("ab")
        with log:
            return subprocess.Popen(
                command, cwd=self.spool, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )


@contextmanager
def loop(hook: Path, first: str, second: str) -> Iterator[tuple[End, End]]:
    """Run both ends, with these national numbers (without the zero), until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="budkavle-faxloop-"))
    folder.chmod(0o755)  # the servers run as another user
    ends = End("a", first, folder, hook), End("b", second, folder, hook)
    try:
        ends[0].prepare(ends[1])
        ends[1].prepare(ends[0])
        for end in ends:
            end.start()
            end.plug_in()
        for end in ends:
            end.answering()
            end.wait()
        yield ends
    finally:
        for end in ends:
            end.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    """End what was started here, each with the processes that it started itself, by their session."""
    for process in reversed(processes):
        _quietly(["/usr/bin/kill", "-TERM", "--", f"-{process.pid}"])
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        _quietly(["/usr/bin/kill", "-KILL", "--", f"-{process.pid}"])
        process.wait(5)
    processes.clear()


def _quietly(command: list[str]) -> None:
    subprocess.run(command, capture_output=True, check=False)


def _replace(path: Path, beginning: str, line: str) -> None:
    lines = [line if one.startswith(beginning) else one for one in path.read_text().splitlines()]
    path.write_text("\n".join([*lines, ""]))
