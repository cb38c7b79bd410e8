"""Whether faxing works: the program that draws pages, the carrier, the inbox, and failures."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from budkavle import Health
from budkavle_fax.carriers.base import Carrier
from budkavle_fax.documents import rendering
from budkavle_fax.documents.conversion import office_program
from budkavle_fax.receiving.inbound import Arrivals
from budkavle_fax.settings import FaxSettings
from budkavle_fax.submissions import Submissions

NAME = "Fax"
DAY = timedelta(days=1)
LATE = timedelta(minutes=10)
DRAWN = "Ghostscript finns, så sidorna kan ritas."
DRAWN_OFFICE = "Ghostscript och LibreOffice finns: även kontorsfiler kan faxas."
GS_REMEDY = "Installera paketet ghostscript på servern."
NO_INBOX = "Mappen för inkommande fax finns inte eller går inte att läsa."
INBOX_REMEDY = "Skapa mappen i inbox under [plugins.fax.hylafax], och ge Budkavles användare rätt att läsa och ta bort."
INBOX = "Inga fax ligger kvar i mappen för inkommande."
STUCK = "{count} inkommande fax ligger kvar och har inte tagits in."
STUCK_REMEDY = (
    "Kontrollera att bakgrundstjänsten är igång, att numren är kopplade och att organisationen har en standardbrevlåda."
)
FAILED = "{count} fax gick inte fram det senaste dygnet."
FAILED_REMEDY = "Orsaken står vid varje fax, under Behöver åtgärd."
WELL = "Inget fax har misslyckats det senaste dygnet."


def simulator(carrier: str, organisation_id: UUID | None) -> Iterator[Health]:
    """Warn an installation that uses the simulator, whose faxes reach nobody else."""
    if organisation_id is None and carrier == "simulator":
        sentence = "Fax går till en simulator, så inget fax når någon annan."
        remedy = "Ange en annan carrier under [plugins.fax]."
        yield Health(NAME, True, sentence, remedy, notable=True, default="simulator")


def plaintext(settings: FaxSettings, organisation_id: UUID | None) -> list[Health]:
    """Report whether faxes cross a network unencrypted on their way to the mail server."""
    if organisation_id is not None or settings.carrier != "email" or settings.email.tls != "none":
        return []
    return Health.unencrypted(NAME, "plugins.fax.email.host", settings.email.host)


def check(
    carrier: Carrier, register: Submissions, arrivals: Arrivals, inbox: Path | None, organisation_id: UUID | None
) -> Iterator[Health]:
    """Report the health of the installation (None), or of one organisation."""
    if organisation_id is None:
        yield _drawing()
        yield from carrier.health()
        if inbox is not None:
            yield _inbox(arrivals, inbox)
        return
    count = register.failures_since(organisation_id, datetime.now(UTC) - DAY)
    if count:
        yield Health(NAME, False, FAILED, FAILED_REMEDY, {"count": count})
    else:
        yield Health(NAME, True, WELL)


def _drawing() -> Health:
    try:
        rendering.ghostscript()
    except rendering.NoGhostscript as error:
        return Health(NAME, False, str(error), GS_REMEDY)
    return Health(NAME, True, DRAWN_OFFICE if office_program() else DRAWN)


def _inbox(arrivals: Arrivals, inbox: Path) -> Health:
    if not inbox.is_dir():
        return Health(NAME, False, NO_INBOX, INBOX_REMEDY)
    oldest = (datetime.now(UTC) - LATE).timestamp()
    late = sum(path.stat().st_mtime < oldest for path in arrivals.waiting())
    if late:
        return Health(NAME, False, STUCK, STUCK_REMEDY, {"count": late})
    return Health(NAME, True, INBOX)
