"""Whether the case system accepts what is delivered."""

from collections.abc import Iterator
from uuid import UUID

from budkavle import ActorScope, Health, Host
from budkavle_case_system import lists
from budkavle_case_system.events import FAILED, WAITING
from budkavle_case_system.lists import DeliveryFilter

NAME = "Leverans till ärendesystem"
WELL = "Allt har tagits emot, eller är på väg."
STUCK = "{failed} leveranser har getts upp, och {waiting} väntar."
REMEDY = "Se orsaken på sidan Ärendesystem under Min organisation, och skicka dem igen när felet är rättat."


def check(host: Host, organisation_id: UUID | None) -> Iterator[Health]:
    """Report on one organisation. Nothing if nothing was ever delivered."""
    if organisation_id is None:
        return
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        counts = lists.count(host, work, DeliveryFilter())
    if not counts:
        return
    failed, waiting = counts.get(FAILED, 0), counts.get(WAITING, 0)
    if failed:
        yield Health(NAME, False, STUCK, REMEDY, {"failed": failed, "waiting": waiting})
    else:
        yield Health(NAME, True, WELL)
