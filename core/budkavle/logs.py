"""Logs: one line of JSON for each event on standard error, or words in a terminal; only fields that are allowed.

The list is an allow-list, so that a new field does not leak by itself: what is not on it is left out and named, so
that it is missed. No field may hold content, an address of a person, or a query.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from budkavle.model.errors import BudkavleError

FIELDS = frozenset(
    (
        *("at", "event", "level", "timestamp"),
        *("attempt", "bytes", "count", "every", "left_behind", "pause", "seconds", "status", "tries"),
        *("action", "error", "fault", "handler", "kind", "method", "reason", "sentence", "state"),
        # Names of parts of the installation.
        *("adviser", "check", "directory", "hook", "job", "name", "plugin", "template", "worker"),
        *("began", "folder", "host", "path", "place", "provider", "queue", "transport", "unanswered"),
        # Ids, none of them a person's own number or address.
        *("case", "delivery", "entry", "mailbox", "notice"),
        *("organisation", "pair", "parcel", "participant", "transport_id"),
    )
)


def configure(out: TextIO | None = None) -> None:
    """Set up logging for this process; `out` is standard error unless given."""
    target = out or sys.stderr
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells each address it asks, query and all
    render: Any = structlog.dev.ConsoleRenderer() if target.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            render,
        ],
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=True,
    )


def only_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave out what is not on the list, and say the names of what was left out."""
    left_out = sorted(set(event) - FIELDS)
    kept = {name: value for name, value in event.items() if name in FIELDS}
    return kept | ({"left_out": left_out} if left_out else {})


def describe(error: BaseException) -> dict[str, str]:
    """Return the error's kind and place, and its sentence only where it is one of ours (never personal data)."""
    facts = {"error": type(error).__name__}
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        facts["at"] = f"{frames[-1].filename}:{frames[-1].lineno} {frames[-1].name}"
    if isinstance(error, BudkavleError):
        facts["sentence"] = str(error)
    return facts
