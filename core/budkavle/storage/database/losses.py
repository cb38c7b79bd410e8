"""What a database error means: lost, silent, uncertain, a deadlock, or an error of the caller."""

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from budkavle.model.errors import Unavailable, Unsure
from budkavle.storage.database.silence import DOWN
from budkavle.storage.pipeline import InDoubt, NoAnswer, PipelineConnection

BUSY = "Databasen hann inte svara i tid. Försök igen om en stund."
_CROSSED = "Någon annan ändrade samma sak samtidigt, så inget sparades. Försök igen."
_FULL = "Databasens disk är full, så det sparades inte. Den som kör Budkavle behöver frigöra utrymme."
_UNSURE = "Databasen svarade inte i tid, så det är osäkert om det sparades. Se efter innan du gör det igen."
_CUT = frozenset({"55P03", "57014"})
"""The server's errors (SQLSTATE) if a lock, or a whole statement, timed out."""
_DEADLOCK = "40P01"
"""The server's error for one of two deadlocked transactions: it is rolled back, the other continues."""
_GONE = ("57P", "08")
"""Prefixes of the server's errors when it shuts down (57P01 to 57P05), or a pooler has no server (08P01)."""
_UNABLE = ("53", "58")
"""Prefixes of errors of a server that is out of resources: disk or memory full, or a failing disk."""
_NO_ROOM = "53100"
_STANDBY = "25006"
"""The error of a server that is not the primary."""
_SENTENCES = {_DEADLOCK: _CROSSED, _NO_ROOM: _FULL, **dict.fromkeys(_CUT, BUSY)}
"""The sentence for the caller, by SQLSTATE; for all others, that the database does not answer."""
MOVING = "Organisationen flyttas just nu, så inget kan sparas. Försök igen om en stund."
MOVED = "Organisationen har flyttat till {address}. Fortsätt där."
_IS_MOVING, _HAS_MOVED = "BK001", "BK002"
"""Errors of the trigger `refuse_moving`: the organisation is being moved, or has moved to the given address."""
_REFUSED = frozenset({*_CUT, _DEADLOCK, _IS_MOVING, _HAS_MOVED})


def is_lost(below: PipelineConnection, error: SQLAlchemyError | psycopg.Error) -> bool:
    """Whether the server is gone, stopping, out of resources, timed out or deadlocked, or the organisation moves."""
    if below.is_lost:
        return True
    state = _state(error)
    gone = isinstance(_cause(error), psycopg.OperationalError) and (state is None or state.startswith(_GONE))
    return gone or state in _REFUSED or (state or "").startswith(_UNABLE)


def refusal(error: SQLAlchemyError | psycopg.Error) -> Unavailable:
    """Return the caller's error for a lost server."""
    if is_in_doubt(error):
        return Unsure(_UNSURE)
    state, cause = _state(error), _cause(error)
    if state == _IS_MOVING:
        return Unavailable(MOVING)
    if state == _HAS_MOVED and isinstance(cause, psycopg.Error):
        return Unavailable(MOVED, address=cause.diag.message_primary or "")
    return Unavailable(_SENTENCES.get(state or "", DOWN))


def is_silent(error: Exception) -> bool:
    """Whether the server is reachable but does not answer, so that no other request needs to try."""
    silent = (NoAnswer, psycopg.errors.ConnectionTimeout)
    return isinstance(_cause(error), silent) or isinstance(error.__cause__, silent)


def _state(error: Exception) -> str | None:
    state: str | None = getattr(_cause(error), "sqlstate", None)
    return state


def _cause(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def is_overdue(error: Exception) -> bool:
    """Whether the server answers, but a lock, a statement or a standby has timed out."""
    return _state(error) in _CUT or is_in_doubt(error)


def is_in_doubt(error: Exception) -> bool:
    """Whether the commit itself timed out, or the server was lost during it."""
    return isinstance(error, InDoubt)


def is_of_standby(error: Exception) -> bool:
    """Whether the server is read-only, because it is not the primary."""
    return _state(error) == _STANDBY
