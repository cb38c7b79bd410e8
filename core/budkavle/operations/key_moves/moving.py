"""The move itself: announce it, wait until every process can use the new provider, and wrap each key again.

It may be killed at any point: start it again to continue, or move back to undo it.
"""

import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from uuid import UUID

from msgspec import structs

from budkavle.model import sources
from budkavle.model.errors import Conflict
from budkavle.model.people import Actor
from budkavle.operations.key_moves.trying import OPENS
from budkavle.operations.nodes import SILENT, all_nodes
from budkavle.storage import installation_key
from budkavle.storage.key_wrapping import keeper, key_rows
from budkavle.storage.key_wrapping.keeper import Move, Moved
from budkavle.storage.key_wrapping.renewing import alone, everybody, note
from budkavle.storage.keys import Keys
from budkavle.storage.outside import notes
from budkavle.storage.platform import Platform

ASKING = 1.0
"""Seconds between two checks of what the processes report."""
PATIENCE = SILENT.total_seconds() + 30
"""Seconds to wait for the processes: dead ones count as silent by then, and live ones have reported several times."""
_THERE = "Nycklarna är redan hos {name}."
_NOT_FOLLOWED = (
    "Inget har flyttats: de här processerna öppnar inte det som {name} har förseglat: {processes}. Slå på tillägget"
    " där, starta om dem, och kör budkavle keys rewrap {name} igen."
)


@dataclass(frozen=True, slots=True)
class Left:
    """The progress of the move.

    Attributes:
        organisations: How many organisations still have keys that another provider has wrapped.
        processes: Processes that have not yet reported that they can use the new provider; nothing is moved before.
    """

    organisations: int
    processes: tuple[str, ...] = ()


def move_keys(
    platform: Platform, target: Keys, actor: Actor, *, patience: float = PATIENCE
) -> Generator[Left, None, int]:
    """Wrap the keys of the installation and of every organisation with another provider, while everything runs.

    Sealed data and the hashes of identities stay as they are: only the wrapping of the keys changes.

    Args:
        platform: The installation, with the provider that has the keys.
        target: The new provider.
        actor: Who moves them, for the installation's event log.
        patience: Seconds to wait for the running processes.

    Returns:
        How many keys of organisations were wrapped; yields before that what is left.

    Raises:
        Conflict: They are there already; another move or renewal is running; or a process cannot use the target.
        Damaged: A key does not open. What has been moved stays moved.
        KeysUnavailable: One of the providers does not answer. What has been moved stays moved.
        Misconfigured: The target does not open what it has wrapped. Nothing has changed.
    """
    with alone(platform):
        source = _announce(platform, target)
        note(platform, actor, "keys.move-begun", source=source, target=target.name)
        count, left = 0, everybody(platform)
        try:
            yield from _wait(platform, target.name, len(left), patience)
            _turn(platform, target.name)
            while left := [each for each in everybody(platform) if _is_elsewhere(platform, each, target.name)]:
                for done, organisation_id in enumerate(left):
                    yield Left(len(left) - done)
                    with platform.database.transaction(organisation_id) as connection:
                        count += key_rows.wrap_anew(connection, platform.keys, target, all_rows=False)
            _end(platform, source)
        finally:
            kind = "keys.move-stopped" if left else "keys.moved"
            note(platform, actor, kind, source=source, target=target.name, count=count)
            platform.vault.forget()
    return count


def _announce(platform: Platform, target: Keys) -> str:
    """Store the move with a probe for all processes; from then on the database says which provider wraps keys.

    Returns:
        The provider that has the keys so far.
    """
    probe = key_rows.wrap_tried(target, platform.vault.installation_key(), installation_key.AAD)
    with platform.database.transaction(None) as connection:
        source, begun = keeper.current(connection) or platform.keys.name, keeper.move(connection)
        if source == target.name and begun is None:
            raise Conflict(_THERE, name=target.name)
        if begun is None:
            keeper.change(connection, source)
        earlier = _unfinished(begun, source)
        if earlier is not None:  # keys may be wrapped by either of its providers
            source = earlier.source if earlier.target == target.name else earlier.target
        elif begun is not None and source == target.name:
            source = begun.target
        notes.store(connection, keeper.MOVE, Move(source, target.name, probe, earlier))
        platform.database.notify(connection, {"w": [], "n": target.name})
    return source


def _unfinished(begun: Move | None, current: str) -> Move | None:
    """Return the unfinished move that has begun to wrap keys: this one, or one that it has replaced."""
    if begun is None or begun.target != current:
        return begun and begun.earlier
    return structs.replace(begun, earlier=None)


def _wait(platform: Platform, target: str, count: int, patience: float) -> Iterator[Left]:
    until, pause, is_late = sources.monotonic() + patience, threading.Event(), False
    while behind := tuple(processes_behind(platform, target)):
        if is_late:
            _withdraw(platform)
            raise Conflict(_NOT_FOLLOWED, name=target, processes=", ".join(behind))
        yield Left(count, behind)
        is_late = sources.monotonic() > until
        pause.wait(min(ASKING, patience))


def _withdraw(platform: Platform) -> None:
    """Withdraw the announcement; an earlier move that has begun to wrap keys is unfinished as before."""
    with platform.database.transaction(None) as connection:
        move = keeper.move(connection)
        if move is not None and move.earlier is not None:
            notes.store(connection, keeper.MOVE, move.earlier)
        else:
            notes.remove(connection, keeper.MOVE)


def processes_behind(platform: Platform, target: str) -> Iterator[str]:
    """Name the running processes that have not reported that they can use the target."""
    for node in all_nodes(platform):
        for process in node.processes:
            if process.facts.get(OPENS) != target:
                yield f"{node.name} ({node.kind.value} {process.process})"


def _turn(platform: Platform, target: str) -> None:
    """Let the target wrap keys from now on, starting with the installation's own key."""
    with platform.database.transaction(None) as connection:
        keeper.change(connection, target)
        move = keeper.move(connection)
        if move is None or move.target != target:
            raise AssertionError("the move that was announced under the lock is gone")
        installation_key.replace(connection, move.probe)


def count_elsewhere(platform: Platform, target: str) -> int:
    """Count the organisations, including the installation's own log, with keys that another provider has wrapped."""
    return sum(_is_elsewhere(platform, organisation_id, target) for organisation_id in everybody(platform))


def _is_elsewhere(platform: Platform, organisation_id: UUID, target: str) -> bool:
    with platform.database.transaction(organisation_id) as connection:
        return key_rows.is_elsewhere(connection, target)


def _end(platform: Platform, source: str) -> None:
    with platform.database.transaction(None) as connection:
        notes.remove(connection, keeper.MOVE)
        notes.store(connection, keeper.MOVED, Moved(source, sources.now()))
