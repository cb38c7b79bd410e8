"""Checks that the database's clock runs evenly, and that the hosts' clocks agree with it."""

from collections.abc import Iterator
from uuid import UUID

from budkavle.operations import clock, nodes
from budkavle.plugins.protocols.health import Health
from budkavle.storage.platform import Platform

SKEW_SECONDS = 2.0
"""How far a host's clock may differ from the database's."""


def judge_clocks(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report on the database's clock, and for the installation, each host whose clock differs."""
    if clock.is_doubted(platform):
        sentence = "Databasserverns klocka har hoppat fram, så inget gallras förrän den har gått jämnt ett tag."
        remedy = "Kontrollera klockan. Går den rätt: budkavle health --trust-clock"
        yield Health("Klockan", False, sentence, remedy)
    else:
        yield Health("Klockan", True, "Databasserverns klocka går jämnt.")
    for node in nodes.all_nodes(platform) if organisation_id is None else ():
        if abs(node.clock_ahead) > SKEW_SECONDS:
            sentence = "Klockan på {name} går {seconds} sekunder fel jämfört med databasserverns."
            remedy = "Ställ klockorna efter samma tidsserver (NTP). Engångskoder och kvittensers tider blir annars fel."
            facts = {"name": node.name, "seconds": f"{node.clock_ahead:+.0f}"}
            yield Health("Klockan", False, sentence, remedy, facts)
