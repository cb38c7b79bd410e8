"""Logs: one line of JSON for each event on standard error, or words in a terminal; only fields that are allowed.

The list is an allow-list, so that a new field does not leak by itself: what is not on it is left out and named, so
that it is missed. No field may hold content, an address of a person, or a query. What libraries and the web server say
goes the same way, so that everything is on one stream.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog

from budkavle.measures import catalogue
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
        *("case", "delivery", "entry", "mailbox", "message", "notice", "request"),
        *("organisation", "pair", "parcel", "participant", "transport_id"),
    )
)

_EVENT = re.compile(r"[a-z][a-z_-]{0,30}(\.[a-z][a-z_-]{0,40}){1,2}")
SAID = "library.said"
"""The event of what a library or the web server has logged."""
_SERVER = "_granian"
"""The web server's own logger, whose words hold numbers of processes and addresses of ours, and nothing else."""


def configure(out: TextIO | None = None) -> None:
    """Set up logging for this process; `out` is standard error unless given."""
    target = out or sys.stderr
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells each address it asks, query and all
    render: Any = structlog.dev.ConsoleRenderer() if target.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            _count,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Lines)]:
        root.removeHandler(handler)
    root.addHandler(_Lines(target))


@contextmanager
def doing(**ids: str) -> Iterator[None]:
    """Let every line that is logged in the block say what is being done: `request`, `delivery`, `message`, `job`.

    Threads that plugins are called in, and those that make pages, go on with it.
    """
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def server_logging() -> dict[str, Any]:
    """Return the set-up of the web server's logging (`logging.config`): its words go the way of all others."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"lines": {"()": "budkavle.logs._Lines", "level": "INFO"}},
        "loggers": {_SERVER: {"handlers": ["lines"], "level": "INFO", "propagate": False}},
    }


class _Lines(logging.Handler):
    """Writes what libraries and the web server log: their kind and place, and of the server's also the words.

    Args:
        out: Where to; standard error unless given.
    """

    def __init__(self, out: TextIO | None = None, level: int = logging.WARNING) -> None:
        super().__init__(level)
        self._out = out or sys.stderr

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        line: dict[str, Any] = {
            **structlog.contextvars.get_contextvars(),
            "event": SAID,
            "name": record.name,
            "level": record.levelname.lower(),
            "at": f"{record.pathname}:{record.lineno} {record.funcName}",
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1]:
            line |= describe(record.exc_info[1])
        elif record.name == _SERVER:
            line["sentence"] = record.getMessage().partition("\n")[0]
        text = json.dumps(only_allowed(None, "", line))
        if self._out.isatty():
            text = f"{line['level']} {record.name}: {line.get('sentence', line['at'])}"
        self._out.write(text + "\n")
        self._out.flush()


def only_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave out what is not on the list, and say the names of what was left out."""
    left_out = sorted(set(event) - FIELDS)
    kept = {name: value for name, value in event.items() if name in FIELDS}
    return kept | ({"left_out": left_out} if left_out else {})


def _count(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Count warnings and errors by their event; a word that is none of ours is not told by name."""
    if event.get("level") in {"warning", "error", "critical"}:
        name = str(event.get("event", ""))
        catalogue.LOG.count(str(event["level"]), name if _EVENT.fullmatch(name) else "other")
    return event


def describe(error: BaseException) -> dict[str, str]:
    """Return the error's kind and place, and its sentence only where it is one of ours (never personal data)."""
    facts = {"error": type(error).__name__}
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        facts["at"] = f"{frames[-1].filename}:{frames[-1].lineno} {frames[-1].name}"
    if isinstance(error, BudkavleError):
        facts["sentence"] = str(error)
    return facts
