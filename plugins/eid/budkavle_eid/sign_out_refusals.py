"""Notes in the service log of words about signing out that are not believed: anybody may send them, also many."""

from threading import Lock
from time import monotonic

from budkavle_eid.claims import log

WITHIN = 60.0
"""Seconds within which the same reason of the same provider is told once."""
_told: dict[tuple[str, str], float] = {}
_lock = Lock()


def note_refused(provider: str, reason: str) -> None:
    """Write why a provider's word was not believed, at most once a minute for each reason.

    Args:
        provider: The connection's name.
        reason: A word for the log, of those that there are.
    """
    now = monotonic()
    with _lock:
        told_at = _told.get((provider, reason))
        if told_at is not None and now - told_at < WITHIN:
            return
        _told[provider, reason] = now
    log.warning("eid.sign-out-refused", provider=provider, reason=reason)
