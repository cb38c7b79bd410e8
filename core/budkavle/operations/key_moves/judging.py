"""What the health page says of keys: how far a move is and which processes follow, recovery copies, older keys."""

import json
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from budkavle.model.people import INSTALLATION
from budkavle.operations.key_moves.moving import count_elsewhere, processes_behind
from budkavle.operations.key_moves.trying import PROVIDER
from budkavle.operations.nodes import all_nodes
from budkavle.plugins.protocols.health import Health
from budkavle.storage.key_wrapping import keeper, recovery
from budkavle.storage.key_wrapping.keeper import Move
from budkavle.storage.key_wrapping.renewing import everybody, is_running
from budkavle.storage.platform import Platform
from budkavle.storage.tables import audit_log

_MOVING = "Nycklarna flyttas från {source} till {target}. Organisationer som är kvar: {count}."
_STOPPED = "Flytten av nycklarna från {source} till {target} har stannat. Organisationer som är kvar: {count}."
_GO_ON = "Kör budkavle keys rewrap igen med samma namn: flytten fortsätter där den stannade. Båda behövs till dess."
_BEHIND = "Nycklarna flyttas till {target}, som de här processerna inte öppnar: {processes}."
_FOLLOW = "Slå på nyckelleverantörens tillägg där, kontrollera att den nås därifrån, och starta om dem."
_OLD_SETTINGS = "Nycklarna ligger hos {name}. Processer som har startats med en annan key_provider: {processes}."
_CHANGE = "Ändra key_provider i deras inställningar och starta om dem, en i taget. Behåll den gamla så länge."
_NO_COPIES = "Alla nycklar kan inte återskapas med återställningsnyckeln."
_OLD_COPIES = "Ingen recovery_key är satt, men det finns kvar kopior av nycklar för en sådan."
_OLDER = (
    "Nycklarna förnyades {at}. Det som sparades före dess öppnas av de äldre nycklarna, tills budkavle keys reseal har"
    " körts."
)
_LEFT = (
    "Tillägg som var avstängda när budkavle keys reseal kördes kan ha kvar sådant som äldre nycklar öppnar: {plugins}."
)
_AGAIN = "Slå på dem och kör budkavle keys reseal igen."
_RESEALED = (
    select(audit_log.c.entry)
    .where(audit_log.c.organisation_id == INSTALLATION, audit_log.c.kind == "keys.resealed")
    .order_by(audit_log.c.at.desc())
    .limit(1)
)
_OVER = "Nycklarna ligger hos {name} sedan {at}. {source} behövs bara för säkerhetskopior från före dess."


def judge_keepers(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report for an installation whose keys have been moved, or are being moved."""
    if organisation_id is not None:
        return
    with platform.database.transaction(None) as connection:
        name, move, moved = keeper.current(connection), keeper.move(connection), keeper.moved(connection)
    if move is not None:
        yield from _judge_move(platform, move)
    elif name is not None and (processes := ", ".join(_with_other_settings(platform, name))):
        yield Health("Nycklarnas plats", False, _OLD_SETTINGS, _CHANGE, {"name": name, "processes": processes})
    elif name is not None and moved is not None:
        yield Health("Nycklarnas plats", True, _OVER, facts={"name": name, "at": moved.at, "source": moved.source})


def judge_copies(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report on the copies of keys: whether they match `recovery_key`."""
    if organisation_id is not None:
        return
    public = platform.keys.recovery
    with platform.database.transaction(None) as connection:
        is_behind = not recovery.has_copies(connection, public)
    for checked_id in everybody(platform):
        with platform.database.transaction(checked_id) as connection:
            is_behind = is_behind or recovery.is_behind(connection, public)
    if is_behind:
        sentence = _NO_COPIES if public else _OLD_COPIES
        yield Health("Återställningsnyckeln", False, sentence, "Kör budkavle keys renew.")
    elif public:
        yield Health("Återställningsnyckeln", True, "Alla nycklar kan återskapas med återställningsnyckeln.")


def judge_older(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report that data from before the last renewal is still sealed under earlier versions of the keys."""
    if organisation_id is not None:
        return
    with platform.database.transaction(INSTALLATION) as connection:
        renewed: datetime | None = connection.execute(select(func.newest_renewal())).scalar_one()
        if renewed is None:
            return
        resealed = connection.execute(_RESEALED.where(audit_log.c.at > renewed)).scalar_one_or_none()
    if resealed is None:
        yield Health("Äldre nycklar", True, _OLDER, facts={"at": renewed}, notable=True)
    elif left := json.loads(resealed)["facts"].get("left"):
        yield Health("Äldre nycklar", True, _LEFT, _AGAIN, {"plugins": left}, notable=True)


def _judge_move(platform: Platform, move: Move) -> Iterator[Health]:
    told = {"source": move.source, "target": move.target, "count": count_elsewhere(platform, move.target)}
    if is_running(platform):
        yield Health("Nycklarnas plats", True, _MOVING, facts=told, notable=True)
    else:
        yield Health("Nycklarnas plats", False, _STOPPED, _GO_ON, told)
    if processes := ", ".join(processes_behind(platform, move.target)):
        yield Health("Nycklarnas plats", False, _BEHIND, _FOLLOW, {"target": move.target, "processes": processes})


def _with_other_settings(platform: Platform, name: str) -> Iterator[str]:
    for node in all_nodes(platform):
        for process in node.processes:
            told = process.facts.get(PROVIDER)
            if told != name:
                yield f"{node.name} ({node.kind.value} {process.process}: {told or '?'})"
