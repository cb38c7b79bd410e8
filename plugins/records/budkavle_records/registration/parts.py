"""What registration adds to the plugin: its pages, panels, jobs and sentences."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from litestar import Router

from budkavle import Host, Job
from budkavle.organisation import Ground, People, PersonalData
from budkavle.web import Panel
from budkavle_records.registration import case_panel, overview_page, pages
from budkavle_records.registration.arrivals import WANTED, Arrivals
from budkavle_records.registration.decisions import CORRECTED, KINDS
from budkavle_records.registration.outcomes import N_, Outcome
from budkavle_records.registration.register_pages import EXPORTED
from budkavle_records.registration.reminders import Reminders

EVENT_WORDS: Final = {
    WANTED: N_("Ett meddelande ska registreras"),
    KINDS[Outcome.REGISTERED]: N_("{by} registrerade ett meddelande"),
    KINDS[Outcome.PERSONAL_FILE]: N_("{by} lade ett meddelande i en personakt"),
    KINDS[Outcome.KEPT_ORDERED]: N_("{by} beslutade att ett meddelande hålls ordnat och inte registreras"),
    KINDS[Outcome.MINOR]: N_("{by} beslutade att ett meddelande har ringa betydelse och inte registreras"),
    CORRECTED: N_("{by} rättade en registrering"),
    EXPORTED: N_("Listan över registreringar hämtades som fil"),
}


def personal_data() -> Sequence[PersonalData]:
    """Return its rows for the register of processing."""
    return [
        PersonalData(
            name="registration",
            title="Registrering",
            purpose="Visa vad som har kommit in, när det registrerades eller beslutades, och av vem.",
            people=(People.USERS, People.CORRESPONDENTS, People.MENTIONED),
            data="Namn på den som beslutade, nummer, och i korthet vad meddelandet gäller.",
            kept="Vad det gäller: tills meddelandet gallras. Nummer, beslut och vem: tills organisationen tas bort.",
            ground=Ground.LEGAL_OBLIGATION,
        ),
    ]


def routers(host: Host) -> Sequence[Router]:
    """Return its pages."""
    return [pages.router(host), overview_page.router(host)]


def panels(host: Host) -> Sequence[Panel]:
    """Return its navigation line, and the panel of a case."""
    return [
        Panel("nav.item", "", lambda actor, subject: pages.nav_line(host, actor, subject), order=20),
        Panel("case.panel", "registration/panel.html", lambda actor, subject: case_panel.panel(host, actor, subject)),
    ]


def jobs(host: Host) -> Sequence[Job]:
    """Return the jobs that start clocks and send reminders."""
    return [
        Job("registration", Arrivals(host).run, every=timedelta(seconds=5)),
        Job("registration-reminders", Reminders(host).run, every=timedelta(minutes=10)),
    ]
