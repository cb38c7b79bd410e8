"""Logs refused sign-out messages, sparingly: anybody may send them, and many of them."""

from threading import Lock
from time import monotonic

from budkavle_eid.claims import log

WITHIN = 60.0
"""Seconds in which the same reason for the same provider is logged once."""
_told: dict[tuple[str, str], float] = {}
_lock = Lock()


def note_refused(provider: str, reason: str) -> None:
    """Log why a provider's message was refused, at most once a minute for each reason.

    Args:
        provider: The connection's name.
        reason: A fixed word for the log.
    """
    now = monotonic()
    with _lock:
        told_at = _told.get((provider, reason))
        if told_at is not None and now - told_at < WITHIN:
            return
        _told[provider, reason] = now
    log.warning("eid.sign-out-refused", provider=provider, reason=reason)
