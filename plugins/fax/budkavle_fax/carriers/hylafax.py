"""Faxes through a HylaFAX server and its modems."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from budkavle import BudkavleError, Health
from budkavle_fax import texts
from budkavle_fax.carriers.base import Fax, Progress, Stage
from budkavle_fax.carriers.hfaxd import Job, connected
from budkavle_fax.numbers.formats import dialled
from budkavle_fax.settings import HylaFaxSettings

STATES: Final[Mapping[str, Stage]] = {
    "?": Stage.WAITING,
    "T": Stage.WAITING,
    "P": Stage.WAITING,
    "B": Stage.WAITING,
    "W": Stage.WAITING,
    "S": Stage.RETRYING,
    "R": Stage.SENDING,
    "D": Stage.SENT,
    "F": Stage.FAILED,
}
"""The letters of HylaFAX's job states (faxstat(1), `%a`)."""
NOT_READY: Final = ("come ready", "wedged", "down", "not running", "shut")
"""Status texts of modems that do not work (faxgetty(8))."""
NAME: Final = "Faxservern"
WELL: Final = "Faxservern svarar. {waiting} fax i kö."
MODEMS: Final = "{count} modem är redo."
NO_MODEMS: Final = "Faxservern har inget modem som är redo: inga fax går ut eller kommer in."
REMEDY: Final = "Kontrollera att faxservern går, och [plugins.fax.hylafax] i inställningarna."
MODEM_REMEDY: Final = "Kontrollera modem och linje, och att faxgetty går på faxservern."


class HylaFax:
    """A `Carrier`; the server queues, dials and retries by itself.

    Args:
        settings: The server's address, and how the line dials.
        seconds: Timeout for its answers.
    """

    name = "hylafax"
    remembers = True
    follows = True
    stops = True

    def __init__(self, settings: HylaFaxSettings, seconds: float) -> None:
        self._settings = settings
        self._seconds = seconds

    def submit(self, fax: Fax) -> str:
        """Store the pages, and create a job with our tag."""
        with connected(self._settings, self._seconds) as server:
            server.voidcmd("FORM TIFF")
            return server.submit(server.store(fax.tiff), self._parameters(fax))

    def _parameters(self, fax: Fax) -> dict[str, str | int]:
        """Return the job's parameters: pages as they are, uncut and at their own resolution (hfaxd(8), JPARM)."""
        settings = self._settings
        number = dialled(fax.to, national=settings.national, prefix=settings.prefix)
        days, hours = divmod(settings.give_up_hours, 24)
        return {
            "FROMUSER": settings.user,
            "LASTTIME": f"{days:02}{hours:02}00",
            "MAXDIALS": settings.dials,
            "MAXTRIES": settings.dials,
            "DIALSTRING": number,
            "EXTERNAL": number,
            "NOTIFYADDR": settings.user,
            "NOTIFY": "none",
            "PAGECHOP": "none",
            "PAGEWIDTH": 209,
            "PAGELENGTH": 296,
            "VRES": 196,
            "USETAGLINE": "no",
            "JOBINFO": fax.tag,
        }

    def find(self, tag: str) -> str | None:
        """Look for a job with our tag."""
        with connected(self._settings, self._seconds) as server:
            return next((job.number for job in server.jobs() if job.tag == tag), None)

    def progress(self, jobs: Sequence[tuple[str, str]]) -> Mapping[str, Progress]:
        """Read the whole queue once, whichever faxes are asked about."""
        tags = {tag for tag, _ in jobs}
        with connected(self._settings, self._seconds) as server:
            return {job.tag: _progress(job) for job in server.jobs() if job.tag in tags}

    def cancel(self, tag: str, remote_id: str) -> bool:
        """Kill the job, unless it has finished."""
        with connected(self._settings, self._seconds) as server:
            job = next((listed for listed in server.jobs() if listed.tag == tag), None)
            if job is None or STATES.get(job.state) is Stage.SENT:
                return False
            return STATES.get(job.state) is Stage.FAILED or server.kill(remote_id)

    def health(self) -> Iterator[Health]:
        """Report whether the server answers, and count the waiting faxes and the modems that are ready."""
        try:
            with connected(self._settings, self._seconds) as server:
                waiting = sum(STATES.get(job.state) not in {Stage.SENT, Stage.FAILED} for job in server.jobs())
                ready = sum(_is_ready(line) for line in server.modems())
        except BudkavleError as error:
            yield Health(NAME, False, str(error), REMEDY)
            return
        yield Health(NAME, True, WELL, facts={"waiting": waiting})
        if ready:
            yield Health(NAME, True, MODEMS, facts={"count": ready})
        else:
            yield Health(NAME, False, NO_MODEMS, MODEM_REMEDY)


def _is_ready(line: str) -> bool:
    """Whether a modem's status line says that it works: it is idle, calling, answering, or preparing for that."""
    name, bar, status = line.partition("|")
    return bool(name.strip() and bar) and not any(word in status.lower() for word in NOT_READY)


def _progress(job: Job) -> Progress:
    stage = STATES.get(job.state, Stage.WAITING)
    sentence = "" if stage is Stage.SENT else texts.reason(job.status, job.sent, job.pages)
    if stage is Stage.FAILED and not sentence:
        sentence = texts.UNKNOWN
    return Progress(stage, job.number, job.sent, job.pages, job.dials, sentence)
