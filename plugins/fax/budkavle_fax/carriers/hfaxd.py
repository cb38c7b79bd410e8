"""A connection to a HylaFAX server, by its own protocol: FTP extended with jobs (hfaxd(8), RFC 959)."""

import ftplib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from budkavle import Permanent, Temporary
from budkavle_fax.carriers.base import Unsure
from budkavle_fax.settings import HylaFaxSettings

AWAY = "Faxservern svarar inte. Vi försöker igen."
REFUSED = "Faxservern godtar inte inloggningen. Be er IT-avdelning rätta [plugins.fax.hylafax]."
NOT_TAKEN = "Faxservern tog inte emot faxet ({code}). Be er IT-avdelning titta på faxservern."
HALFWAY = "Förbindelsen med faxservern bröts. Vi ser efter om den tog emot faxet."
_FORMAT = "%j|%J|%a|%P|%D|%s"
_FILE = re.compile(r"FILE:\s*(\S+)")
_JOB = re.compile(r"\bjob\s+(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Job:
    """A line of the queue: the job's number, our tag, its state (one letter), pages, dials, and latest status."""

    number: str
    tag: str
    state: str
    sent: int
    pages: int
    dials: int
    status: str


class Connection(ftplib.FTP):
    """A logged-in connection; network errors are raised as our own."""

    _file = ""

    def getresp(self) -> str:
        """Remember the name that the server gives a file, which it sends before the transfer."""
        response = super().getresp()
        if response.startswith("150") and (named := _FILE.search(response)):
            self._file = named[1]
        return response

    def store(self, content: bytes) -> str:
        """Store a document under a name that the server chooses, and return that name."""
        with self.transfercmd("STOT") as data:
            data.sendall(content)
        self.voidresp()
        return self._file

    def jobs(self) -> list[Job]:
        """Return waiting, active and finished jobs, as far back as the server remembers."""
        self.voidcmd(f'JOBFMT "{_FORMAT}"')
        jobs: dict[str, Job] = {}
        # In this order: a job moves from the first queue to the second, and must not be missed meanwhile.
        for queue in ("sendq", "doneq"):
            jobs |= {job.number: job for line in self._listed(queue) if (job := _job(line))}
        return list(jobs.values())

    def modems(self) -> list[str]:
        """Return the server's status lines about itself and its modems."""
        self.voidcmd('MDMFMT "%m|%s"')
        return self._listed("status")

    def _listed(self, what: str) -> list[str]:
        lines: list[str] = []
        self.encoding = "latin-1"  # others may name their faxes with any bytes; our tags are plain letters
        self.retrlines(f"LIST {what}", lines.append)
        return lines

    def submit(self, document: str, parameters: Mapping[str, str | int]) -> str:
        """Create a job from a stored document, submit it to the scheduler, and return its number.

        Raises:
            Unsure: The connection was lost before the answer came.
        """
        self.voidcmd("JNEW")
        for name, value in parameters.items():
            self.voidcmd(f"JPARM {name} {value}" if isinstance(value, int) else f'JPARM {name} "{value}"')
        self.voidcmd(f"JPARM DOCUMENT {document}")
        try:
            response = self.voidcmd("JSUBM")
        except (OSError, EOFError) as error:
            raise Unsure(HALFWAY) from error
        number = _JOB.search(response)
        if number is None:
            raise Unsure(HALFWAY)
        return number[1]

    def kill(self, number: str) -> bool:
        """Stop a job, even during a call; False if it is already finished."""
        try:
            self.voidcmd(f"JKILL {number}")
        except ftplib.error_perm:
            return False
        return True


@contextmanager
def connected(settings: HylaFaxSettings, seconds: float) -> Iterator[Connection]:
    """Open a connection, and close it at the end.

    Raises:
        Temporary: The server does not answer, or refuses our login.
        Permanent: It refuses what we sent.
    """
    connection = Connection(encoding="utf-8")
    try:
        connection.connect(settings.host, settings.port, seconds)
        _log_in(connection, settings)
        connection.voidcmd("TYPE I")
        yield connection
    except ftplib.error_perm as error:
        raise Permanent(NOT_TAKEN, code=str(error)[:3]) from error
    except (OSError, EOFError, ftplib.Error) as error:
        raise Temporary(AWAY) from error
    finally:
        connection.close()


def _log_in(connection: Connection, settings: HylaFaxSettings) -> None:
    try:
        if connection.sendcmd(f"USER {settings.user}").startswith("3"):
            connection.sendcmd(f"PASS {settings.password}")
    except ftplib.error_perm as error:
        raise Temporary(REFUSED) from error


def _job(line: str) -> Job | None:
    parts = [part.strip() for part in line.split("|", 5)]
    if len(parts) != 6:
        return None
    number, tag, state, pages, dials, status = parts
    (sent, total), (made, _) = _pair(pages), _pair(dials)
    return Job(number, tag, state, sent, total, made, status)


def _pair(text: str) -> tuple[int, int]:
    """Parse `sent:total`; a part that is not a number becomes 0."""
    first, _, second = text.partition(":")
    return tuple(int(part) if part.strip().isdigit() else 0 for part in (first, second))  # type: ignore[return-value]
