"""Moving an organisation: it is copied while active, closed for a moment, compared, and activated at the destination.

If the command is killed, the stored states (`states`) let the same command continue or go back. The organisation is
active in at most one of the two installations.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog

from budkavle.accounts.organisations import within
from budkavle.accounts.permissions import require_platform
from budkavle.logs import describe
from budkavle.model import sources
from budkavle.model.errors import Conflict, Damaged, NotFound, Unavailable
from budkavle.model.people import Actor
from budkavle.model.states import AT_WORK, OrganisationState
from budkavle.operations.moves import checks, copying, fence, files, states
from budkavle.operations.moves.files import OrganisationFiles
from budkavle.operations.moves.settled import Settled
from budkavle.operations.moves.sides import Side, both
from budkavle.operations.moves.tables import all_tables
from budkavle.organisation.register import find_registered, record_in_installation, require_administrators_elsewhere
from budkavle.storage import audit
from budkavle.storage.events.verifying import AuditReport, Checkpoint, verify
from budkavle.storage.outside import departures, quarantine
from budkavle.storage.platform import Platform

PATIENCE: Final = timedelta(seconds=60)
"""How long to wait for workers' current deliveries before the organisation is activated here again."""
ROUNDS: Final = 6
"""The most rounds while the organisation works."""
_IN_HAND: Final = """
SELECT (SELECT count(*) FROM deliveries
        WHERE organisation_id = %(id)s AND state = 'SEND_IN_PROGRESS' AND lease_until > now())
     + (SELECT count(*) FROM outbox WHERE organisation_id = %(id)s AND state = 'CLAIMED' AND due_at > now())
"""
_STILL_SENDING = "Något som skickas tar lång tid. Organisationen har inte flyttats. Försök igen om en stund."
_NOT_AT_WORK = "Organisationen är pausad eller på väg bort. Låt den fortsätta innan den flyttas."
_IS_THERE = "Organisationen finns redan i den andra installationen, men den här säger inte att den har flyttat dit."
_NOT_THERE = "Organisationen finns inte i den andra installationen. Kör kommandot med --back, så arbetar den här igen."
_NOT_MOVED = "Organisationen har inte flyttats, så det finns ingen kopia att ta bort här."
_WORKING: Final = {*AT_WORK, OrganisationState.PAUSED, OrganisationState.MOVING}
"""The states of an organisation that is at home in an installation."""

log = structlog.get_logger("budkavle.operations.moves")


class Step(StrEnum):
    """The progress of a move."""

    ANNOUNCED = "announced"
    """The other installation knows that it is arriving."""
    FILES = "files"
    """The given number of files has been copied; the organisation is active here."""
    ROWS = "rows"
    """The given number of rows has been copied; the organisation is active here."""
    CLOSED = "closed"
    """Nothing more is written to it."""
    COMPARED = "compared"
    """All rows, of the given number, are copied and equal; the chain of its event log is complete."""
    HANDED_OVER = "handed-over"
    """It no longer works here."""


Tell = Callable[[Step, int], None]
"""Called with each step, and a number of rows or files."""


def _say_nothing(step: Step, count: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Moved:
    """The result of a move.

    Attributes:
        rows: Rows of each table, the same in both installations.
        entries: Entries of the event log, whose chain is intact at the destination.
        closed: Seconds in which nothing could be written to the organisation.
        held: Seconds in which nothing was sent.
        left_files: Whether files that were deleted here during the move may remain there; their keys are destroyed.
    """

    rows: dict[str, int]
    entries: int
    closed: float
    held: float
    left_files: bool = False


@dataclass(frozen=True, slots=True)
class _Copied:
    """What has been copied while the organisation worked, and is skipped once it is closed.

    Attributes:
        checkpoint: Up to where the event log is intact at the destination; None if it has not been checked.
    """

    settled: Settled
    files: OrganisationFiles
    checkpoint: Checkpoint | None


def move(
    source: Platform,
    target: Platform,
    actor: Actor,
    organisation_id: UUID,
    *,
    tell: Tell = _say_nothing,
    patience: timedelta = PATIENCE,
) -> Moved | None:
    """Move an organisation, or continue an interrupted move.

    Args:
        source: The installation where it works.
        target: Another installation of the same release and master key, with its own database.
        actor: Who moves it; an administrator of the installation.
        organisation_id: The organisation.
        tell: Called for each step.
        patience: How long to wait for work in hand.

    Returns:
        What was done. None if an interrupted move only had to be finished, or if a backup from before the move has been
        restored here and the organisation is closed again.

    Raises:
        Forbidden: The actor does not administer the installation.
        NotFound: There is no such organisation.
        Conflict: It is paused, or exists there already; or another operation must end first.
        Misconfigured: The two installations do not match.
        Unavailable: Something takes too long, or one of them does not answer; it continues to work here.
        Damaged: What was copied is not the same; it continues to work here.
    """
    _require(source, target, actor, organisation_id)
    with both(source, target, organisation_id) as (here, there):
        state = states.state_of(here, organisation_id)
        if state is OrganisationState.MOVED:
            _end(here, there, actor, organisation_id)
            return None
        if state is not None and _is_restored(here, there, state, organisation_id):
            fence.close_off(here, organisation_id)
            states.change(here, organisation_id, state, OrganisationState.MOVED, target.settings.base_url)
            return None
        _require_at_work(state, states.state_of(there, organisation_id))
        checks.require_ready(here, there, organisation_id)
        checks.require_opens(source, target, organisation_id)
        begun = states.state_of(there, organisation_id) is None
        states.announce(here, there, organisation_id)
        if begun:
            address = target.settings.base_url
            record_in_installation(source, actor, "organisation.move-begun", organisation_id, address=address)
        tell(Step.ANNOUNCED, 0)
        for side in (here, there):
            fence.close_off(side, organisation_id)
        copied = _copy_at_work(here, there, organisation_id, tell)
        return _close_and_hand_over(here, there, actor, copied, tell, patience)


def go_back(source: Platform, target: Platform, actor: Actor, organisation_id: UUID) -> None:
    """Abort a move: the organisation stays active here, and the copy at the destination is deleted.

    Raises:
        Conflict: It works there already, or has moved to a different installation.
    """
    _require(source, target, actor, organisation_id)
    with both(source, target, organisation_id) as (here, there):
        states.require_destination(here, there, organisation_id)
        states.withdraw(there, organisation_id)
        states.work_again(here, organisation_id, even_moved=True)
        copying.delete_rows(there, organisation_id, reversed(all_tables(there.raw)))
        if not files.share_a_store(source, target, organisation_id):
            files.delete_files(target.blobs, organisation_id)
        for side in (here, there):
            fence.open_up(side, organisation_id)
    record_in_installation(source, actor, "organisation.move-undone", organisation_id)


def remove_copy(source: Platform, target: Platform, actor: Actor, organisation_id: UUID) -> int:
    """Delete what is left here of an organisation that has moved; return how many rows.

    The keys of its data stay in the key store, which both installations share. Here, only its name and its new location
    remain (`departures`).

    Raises:
        Conflict: It has not moved, or does not work over there.
    """
    _require(source, target, actor, organisation_id)
    with both(source, target, organisation_id) as (here, there):
        moved = states.state_of(here, organisation_id) is OrganisationState.MOVED
        if not moved or states.state_of(there, organisation_id) not in _WORKING:
            raise Conflict(_NOT_MOVED)
        count = copying.delete_rows(here, organisation_id, reversed(all_tables(here.raw)))
        if not files.share_a_store(source, target, organisation_id):
            files.delete_files(source.blobs, organisation_id)
        fence.open_up(there, organisation_id)
        fence.open_up(here, organisation_id)
        departures.remember(here.connection, organisation_id)
        here.raw.execute("DELETE FROM organisations WHERE id = %s", [organisation_id])
    source.vault.forget()
    record_in_installation(source, actor, "organisation.copy-removed", organisation_id, rows=count)
    return count


def _require(source: Platform, target: Platform, actor: Actor, organisation_id: UUID) -> None:
    require_platform(actor)
    find_registered(source, actor, organisation_id)
    require_administrators_elsewhere(source, actor, organisation_id)
    checks.require_same_keys(source, target)


def _require_at_work(here: OrganisationState | None, there: OrganisationState | None) -> None:
    if here is None:
        raise NotFound("Organisationen finns inte längre.")
    if here not in {OrganisationState.ACTIVE, OrganisationState.LEAVING, OrganisationState.MOVING}:
        raise Conflict(_NOT_AT_WORK)
    if there not in {None, OrganisationState.ARRIVING}:
        raise Conflict(_IS_THERE)


def _is_restored(here: Side, there: Side, state: OrganisationState, organisation_id: UUID) -> bool:
    """Tell whether a backup from before the move has been restored here: in quarantine, it sends nothing yet."""
    in_both = state in _WORKING and states.state_of(there, organisation_id) in _WORKING
    return in_both and quarantine.find(here.platform.database) is not None


def _copy_at_work(here: Side, there: Side, organisation_id: UUID, tell: Tell) -> _Copied:
    """Copy while the organisation works, until little is left; return what is equal and needs no more copying."""
    settled, its_files = Settled(organisation_id), OrganisationFiles(here, there, organisation_id)
    checkpoint = None
    for _ in range(ROUNDS):
        if not its_files.are_shared:
            tell(Step.FILES, its_files.copy_at_work())
        copied = copying.copy_round(here, there, settled)
        if checkpoint is None:  # in the first round, so that the last round is not followed by a long check
            checkpoint = _verify(there, organisation_id).checkpoint
        tell(Step.ROWS, copied)
        if copied <= copying.FEW:
            break
    return _Copied(settled, its_files, checkpoint)


def _close_and_hand_over(
    here: Side, there: Side, actor: Actor, copied: _Copied, tell: Tell, patience: timedelta
) -> Moved:
    organisation_id = copied.settled.organisation_id
    held = sources.monotonic()
    with _working_again_unless_moved(here, organisation_id):
        _leave(here, organisation_id, patience)
        closed = sources.monotonic()
        tell(Step.CLOSED, 0)
        rows, entries = _copy_closed(here, there, copied)
        tell(Step.COMPARED, sum(rows.values()))
        address = there.platform.settings.base_url
        states.change(here, organisation_id, OrganisationState.MOVING, OrganisationState.MOVED, address)
    tell(Step.HANDED_OVER, 0)
    before = here.platform.settings.base_url
    _begin_work(there, before, actor, organisation_id)
    now = sources.monotonic()
    fence.open_up(there, organisation_id)
    return Moved(rows, entries, now - closed, now - held, not _delete_gone(copied.files, organisation_id))


def _delete_gone(its_files: OrganisationFiles, organisation_id: UUID) -> bool:
    """Delete copies of files that were deleted here meanwhile; tell whether that succeeded."""
    try:
        its_files.delete_gone()
    except Exception as error:  # noqa: BLE001 - the organisation has moved, whatever fails now
        log.warning("move.files_left", organisation=str(organisation_id), **describe(error))
        return False
    return True


def _copy_closed(here: Side, there: Side, copied: _Copied) -> tuple[dict[str, int], int]:
    """Copy and compare the rest; return how many rows each table has, and the number of event log entries."""
    organisation_id = copied.settled.organisation_id
    states.announce(here, there, organisation_id)
    copied.files.copy_last()
    rows = copying.copy_last(here, there, copied.settled)
    return rows, _verify(there, organisation_id, copied.checkpoint).rows


@contextmanager
def _working_again_unless_moved(here: Side, organisation_id: UUID) -> Iterator[None]:
    """Let the organisation continue to work here if the block fails before it has moved."""
    try:
        yield
    except BaseException:
        states.work_again(here, organisation_id)
        raise


def _leave(here: Side, organisation_id: UUID, patience: timedelta) -> None:
    """Wait for work in hand, then close; on return nothing is written any more, and no work is in hand."""
    if states.state_of(here, organisation_id) is OrganisationState.ACTIVE:
        states.change(here, organisation_id, OrganisationState.ACTIVE, OrganisationState.LEAVING)
    until, pause = sources.monotonic() + patience.total_seconds(), threading.Event()
    while True:
        state = states.state_of(here, organisation_id)
        if state is OrganisationState.LEAVING and not _in_hand(here, organisation_id):
            states.change(here, organisation_id, OrganisationState.LEAVING, OrganisationState.MOVING)
            state = OrganisationState.MOVING
        if state is OrganisationState.MOVING:
            fence.wait_for_writers(here, organisation_id)
            if not _in_hand(here, organisation_id):
                return
            # A worker claimed something meanwhile: that must be finished and recorded first.
            states.change(here, organisation_id, OrganisationState.MOVING, OrganisationState.LEAVING)
        if sources.monotonic() > until:
            raise Unavailable(_STILL_SENDING)
        pause.wait(0.1)


def _in_hand(here: Side, organisation_id: UUID) -> int:
    row = here.raw.execute(_IN_HAND, {"id": organisation_id}).fetchone()
    return int(row[0]) if row else 0


def _verify(there: Side, organisation_id: UUID, since: Checkpoint | None = None) -> AuditReport:
    """Verify the chain of the event log at the destination, from a checkpoint if there is one.

    Raises:
        Damaged: It is not intact.
    """
    report = verify(there.platform.database, there.platform.vault, organisation_id, since=since)
    if not report.ok or report.waiting:
        raise Damaged(report.sentence, number=report.first_bad, rows=report.rows, seals=report.seals)
    return report


def _end(here: Side, there: Side, actor: Actor, organisation_id: UUID) -> None:
    """Let an organisation that has moved work at the destination, whose rows may come from a backup: compare again.

    Raises:
        Conflict: It has moved to a different installation, or is not known there.
    """
    states.require_destination(here, there, organisation_id)
    fence.close_off(here, organisation_id)
    its_files = None
    if states.state_of(there, organisation_id) is OrganisationState.ARRIVING:
        fence.close_off(there, organisation_id)
        its_files = OrganisationFiles(here, there, organisation_id)
        _copy_closed(here, there, _Copied(Settled(organisation_id), its_files, None))
    _begin_work(there, here.platform.settings.base_url, actor, organisation_id)
    fence.open_up(there, organisation_id)
    if its_files is None:
        its_files = OrganisationFiles(here, there, organisation_id)
        its_files.find_earlier(states.since(there, organisation_id))
    _delete_gone(its_files, organisation_id)


def _begin_work(there: Side, before: str, actor: Actor, organisation_id: UUID) -> None:
    """Let the organisation work at the destination; waiting deliveries are sent at once."""
    state = states.state_of(there, organisation_id)
    if state is OrganisationState.ARRIVING:
        platform = there.platform
        with platform.work(within(actor, organisation_id)) as work:
            states.arrive(work, there)
            audit.record(work, "organisation.arrived", organisation_id, address=before)
            audit.record_for_installation(work, "organisation.arrived", organisation_id, actor, address=before)
            platform.database.notify(work.connection, {"w": True})
    elif state is None:
        raise Conflict(_NOT_THERE)
