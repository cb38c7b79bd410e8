"""What the health page says of organisations that are being moved, and of interrupted moves."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import Row

from budkavle.model.states import OrganisationState
from budkavle.plugins.protocols.health import Health
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform

_NAME: Final = "Flytten av en organisation"
_RUNNING = "{name} flyttas till eller från en annan installation sedan {at}."
_HELD = "Flytten av {name} ({slug}) har stannat: inget skickas för organisationen sedan {at}."
_CLOSED = "Flytten av {name} ({slug}) har stannat: organisationen är stängd sedan {at}."
_NOT_HERE = "Flytten av {name} ({slug}) hit har stannat: organisationen arbetar inte här."
_AGAIN = (
    "Kör budkavle org move igen med samma kortnamn och samma --to: flytten fortsätter. Med --back fortsätter"
    " organisationen här."
)
_FROM_THERE = (
    "Kör budkavle org move igen i installationen som den kommer från: flytten fortsätter. Med --back fortsätter"
    " organisationen där."
)
_STOPPED: Final = {
    OrganisationState.LEAVING: (_HELD, _AGAIN),
    OrganisationState.MOVING: (_CLOSED, _AGAIN),
    OrganisationState.ARRIVING: (_NOT_HERE, _FROM_THERE),
}


class _Queries(QueryFile):
    list_under_way: Statement


QUERIES = _Queries.load()


def judge_moves(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report for the installation: each organisation that is being moved, and whether a command is moving it now."""
    if organisation_id is not None:
        return
    (rows,) = platform.database.at_once(None, (QUERIES.list_under_way, {}))
    yield from map(_judge, rows)


def _judge(row: Row[tuple[object, ...]]) -> Health:
    facts = {"name": row.name, "slug": row.slug, "at": row.state_at}
    if row.is_running:
        return Health(_NAME, True, _RUNNING, facts=facts, notable=True)
    sentence, remedy = _STOPPED[OrganisationState(row.state)]
    return Health(_NAME, False, sentence, remedy, facts)
