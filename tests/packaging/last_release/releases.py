"""The last release beside this code: its wheel in an environment of its own, and its processes."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleUser
from budkavle.testing.running import free_ports

LAST = Path("tools/release/last.json")
VENDOR = Path("core/budkavle/web/static/vendor")
LEFT_OUT = frozenset({"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"})
"""Variables that would mix the releases, or let each process of the last one compile it anew."""
END_SECONDS = 40
"""After which a process that was told to stop has stopped, also on a machine that has much else to do."""


def last_commit(root: Path) -> str:
    """Return the commit of the last release."""
    commit: str = json.loads((root / LAST).read_text("utf-8"))["commit"]
    return commit


def last_version(root: Path) -> str:
    """Return the version of the last release."""
    version: str = json.loads((root / LAST).read_text("utf-8"))["version"]
    return version


def is_whole(root: Path) -> bool:
    """Whether this is a clone that has its whole history; CI may have made one without, or have unpacked an archive."""
    command = ["git", "rev-parse", "--is-shallow-repository"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() == "false"


def newest_tag(root: Path) -> str:
    """Return the tag of the newest release before this commit, which may be a release itself; empty for none here."""
    command = ["git", "describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False).stdout.strip()


def build_wheel(root: Path, commit: str, folder: Path) -> Path:
    """Build the wheel of a commit, with the browser's packages that are here: a page's own do not matter."""
    tree = folder / "tree"
    archive = subprocess.run(["git", "archive", commit], cwd=root, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(tree, filter="data")
    shutil.copytree(root / VENDOR, tree / VENDOR)
    sources = (tree / "package-lock.json", tree / "tools/browser_packages.py")
    stamp = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    (tree / VENDOR / "built-from.txt").write_text(stamp, "utf-8")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=tree, check=True, capture_output=True, timeout=240)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel in an environment of its own, over the libraries of this one; return its Python."""
    venv.create(folder, symlinks=True)
    python = folder / "bin/python"
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.run([python, "-c", query], capture_output=True, check=True, text=True).stdout.strip())
    with zipfile.ZipFile(wheel) as unpacked:
        unpacked.extractall(packages)  # noqa: S202 - built by ourselves a moment ago
    # The folder that a .pth names is no place for further .pth files: the code of this checkout stays out.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    # Now, and not by its first two processes, each of which would compile all of it while the test waits.
    subprocess.run([python, "-m", "compileall", "-q", packages], check=True, timeout=240)
    return python


@dataclass(frozen=True, slots=True)
class Release:
    """One release of the program at an installation.

    Attributes:
        python: The Python of the environment that it is installed in.
        settings: The installation's settings file.
        name: How its logs are called.
    """

    python: Path
    settings: Path
    name: str

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run one of its commands to the end."""
        return subprocess.run(
            self._command(words), capture_output=True, text=True, check=False, timeout=120, **self._place()
        )

    @contextmanager
    def web(self) -> Iterator[str]:
        """Serve its pages for as long as the block lasts; returns their address, which answers soon."""
        port = free_ports()
        url = f"http://127.0.0.1:{port}"
        with self._started("web", "serve", "--web-only", "--host", "127.0.0.1", "--port", str(port)):
            yield url

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Let a worker of it work for as long as the block lasts."""
        with self._started("worker", "worker"):
            yield

    def log(self) -> str:
        """What its processes have written."""
        return "".join(path.read_text("utf-8") for path in self.settings.parent.glob(f"{self.name}.*.log"))

    def faults(self) -> list[str]:
        """The lines of its logs that tell of a fault."""
        return [line for line in self.log().splitlines() if re.search(r"Traceback|\berror\b|critical|exception", line)]

    @contextmanager
    def _started(self, what: str, *words: str) -> Iterator[None]:
        log: IO[bytes]
        with (
            (self.settings.parent / f"{self.name}.{what}.log").open("ab") as log,
            subprocess.Popen(self._command(words), stdout=log, stderr=log, **self._place()) as process,
        ):
            try:
                yield
                assert process.poll() is None, f"{self.name} {what} has ended: {self.log()[-3000:]}"
            finally:
                process.terminate()
                try:
                    process.wait(END_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [str(self.python), "-m", "budkavle", "--config", str(self.settings), *words]

    def _place(self) -> dict[str, Any]:
        environment = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        return {"cwd": self.settings.parent, "env": environment}


def words(page: str) -> str:
    """What a page says, without its head and its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


class Browser:
    """Somebody's browser, signed in once, whose pages come from whichever release is asked.

    Attributes:
        url: Where pages are asked for now.
    """

    def __init__(self, platform: Platform, who: SampleUser) -> None:
        """Sign somebody in at level 2."""
        cookie = sessions.start(platform, SignedIn(who.user, Loa.TWO, "password", "/"))
        self.url = ""
        self._csrf = sessions.find(platform, cookie).csrf
        headers = {"sec-fetch-site": "same-origin", "accept": "text/html", "cookie": f"budkavle={cookie}"}
        self._client = httpx.Client(headers=headers, timeout=60, trust_env=False)

    def get(self, path: str) -> str:
        """Open a page, which must come."""
        answer = self._client.get(self.url + path, follow_redirects=True)
        assert answer.status_code == httpx.codes.OK, f"{path}: {answer.status_code} {words(answer.text)}"
        return answer.text

    def post(self, path: str, fields: Mapping[str, str]) -> str:
        """Send a form, which must be taken, once more where there is advice to read first; return where it leads."""
        answer = self._client.post(self.url + path, data={"csrf": self._csrf, **fields})
        if advised := re.search(r'name="advised" value="(\w+)"', answer.text):
            answer = self._client.post(self.url + path, data={"csrf": self._csrf, **fields, "advised": advised[1]})
        assert answer.status_code == httpx.codes.SEE_OTHER, f"{path}: {answer.status_code} {words(answer.text)}"
        return answer.headers["location"]

    def close(self) -> None:
        """Close it."""
        self._client.close()
