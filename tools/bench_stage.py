"""The base of the benchmarks: a new installation of two organisations, with a durable database, in a folder.

It has the two plugins that an SDK message needs and those that the benchmark names, and is created by the commands of
`budkavle demo`. Nothing in it is faster than in production.
"""

import contextlib
import io
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from budkavle.accounts import mailboxes, users
from budkavle.cli.installation import Installation
from budkavle.cli.main import budkavle
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address
from budkavle.model.people import Actor, Role
from budkavle.storage.platform import Platform
from budkavle_demo.content import ADDRESSES, CHILDREN, CLINIC, STEPS

PASSWORD = "fyra-ord-i-rad"  # noqa: S105 - of an installation that exists for one benchmark
SETTINGS = """\
data = "data"
base_url = "http://127.0.0.1:{port}"
enabled = {plugins}

[plugins.addressbook]
url = "http://127.0.0.1:{book_port}/addressbook/api"
"""
SENDER, RECIPIENT = ("bjorkvik", CHILDREN), ("vattern", CLINIC)


@dataclass(frozen=True, slots=True)
class Stage:
    """A furnished installation, whose settings are in `file`."""

    file: Path
    installation: Installation
    port: int
    book_port: int = 0
    processes: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @property
    def simulator(self) -> "subprocess.Popen[str]":
        """The process of the simulated federation."""
        return self.processes[0]

    @property
    def platform(self) -> Platform:
        """The installation in this process."""
        return self.installation.platform

    def run(self, *words: str, heard: bool = False) -> "subprocess.Popen[str]":
        """Start one of our commands in a separate process. Its standard output is kept only if `heard`."""
        command = [sys.executable, "-m", "budkavle", "--config", str(self.file), *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE if heard else subprocess.DEVNULL, text=True)

    def box(self, slug: str, name: str) -> FunctionMailbox:
        """Return a mailbox by its organisation's slug and its name."""
        admin = self.installation.actor(self.installation.organisation(slug))
        with self.platform.work(admin) as work:
            return next(box for box in mailboxes.all_mailboxes(work) if box.name == name)

    def member(self, slug: str, name: str) -> Actor:
        """Return a user who may read and write in that mailbox. It is created on first use."""
        email = f"bench@{slug}.example"
        box, admin = self.box(slug, name), self.installation.actor(self.installation.organisation(slug))
        user = users.account(self.platform, email)
        if user is None:
            with self.platform.work(admin) as work:
                made = users.create_user(work, email=email, name="Anna Ek", password=PASSWORD, role=Role.ADMIN)
                mailboxes.add_members(work, box.id, [made.id])
            user = users.account(self.platform, email)
        if user is None:
            raise SystemExit(f"The bench's user {email} was not made.")
        return user.acting()


@contextlib.contextmanager
def stage(folder: Path, more: str = "", plugins: Sequence[str] = ()) -> Iterator[Stage]:
    """Create an installation in an empty folder. The simulated federation's address book runs during the block.

    Args:
        folder: The folder.
        more: More lines of settings.
        plugins: The plugins enabled in addition to `addressbook` and `sdk`.
    """
    port, book_port = free_port(), free_port()
    file = folder / "budkavle.toml"
    enabled = json.dumps(["addressbook", "sdk", *plugins])
    file.write_text(SETTINGS.format(plugins=enabled, port=port, book_port=book_port) + more, "utf-8")
    made = Stage(file, Installation(file), port, book_port)
    try:
        with ended(made.run("sdk", "simulator", "--port", str(book_port), heard=True)) as simulator:
            if simulator.stdout is None or not simulator.stdout.readline():
                raise SystemExit("The simulator did not start.")
            for step in (("migrate",), *STEPS):
                with contextlib.redirect_stdout(io.StringIO()):
                    budkavle.main(["--config", str(file), *step], standalone_mode=False)
            made.processes.append(simulator)
            yield made
    finally:
        made.installation.close()


@contextlib.contextmanager
def ended(process: "subprocess.Popen[str]") -> Iterator["subprocess.Popen[str]"]:
    """End the process at the end of the block."""
    with process:
        try:
            yield process
        finally:
            process.terminate()


def to(name: str) -> Address:
    """Return the address of a mailbox of the other organisation, as a person picks it."""
    return Address("sdk", ADDRESSES[name])


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
