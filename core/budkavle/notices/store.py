"""The table of notices, and the only code that writes a notice's state.

Address and text are stored encrypted under the notice's id. The text is deleted as soon as nothing more is to be sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from budkavle.model.notices import Notice, NoticeKind, NoticeStatus
from budkavle.model.sentences import Sentence
from budkavle.model.states import NOTICE, NoticeState, before
from budkavle.notices.notifiers import notifiers
from budkavle.storage import audit
from budkavle.storage.key_slots.sealing import slot_number
from budkavle.storage.pipeline import QueryFile, ResultRow, Statement
from budkavle.storage.platform import Work

OPEN = frozenset({NoticeState.WAITING, NoticeState.PARKED})
"""States in which a notice is still to be sent."""
OWN = "budkavle."
"""The prefix of the core's own topics; plugins are not told the results of those notices."""
NOT_THROUGH = frozenset({NoticeState.FAILED, NoticeState.PARKED})
"""States of a notice that has not been delivered."""


class _Queries(QueryFile):
    add: Statement
    find: Statement
    find_locked: Statement
    find_about: Statement
    list_latest: Statement
    count_failed: Statement
    move: Statement
    note_failure: Statement
    forget: Statement
    sweep: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A notice from the table, decrypted.

    Attributes:
        status: Its status.
        notice: The request; without its text once it is sent, unless the notifier keeps it.
        is_expired: Whether it has expired.
    """

    status: NoticeStatus
    notice: Notice
    is_expired: bool = False


def add(work: Work, notice: Notice) -> bool:
    """Add a notice; False if there is one with its topic and key."""
    parameters = {
        "organisation": work.organisation_id,
        "id": notice.id,
        "kind": notice.kind.value,
        "topic": notice.topic,
        "key": notice.key or None,
        "about": notice.about,
        "sealed": _seal(work, notice),
        "state": NoticeState.WAITING.value,
        "urgent": notice.is_urgent,
        "expires_at": notice.expires_at,
    }
    return bool(QUERIES.add.all(work.connection, parameters))


def find(work: Work, notice_id: UUID) -> StoredNotice | None:
    """Return one notice; None if there is none."""
    row = QUERIES.find.one_or_none(work.connection, _of(work, notice_id))
    return _stored(work, row, is_expired=row.is_expired) if row and _is_there(work, row) else None


def find_about(work: Work, topic: str, about: Sequence[UUID]) -> list[NoticeStatus]:
    """Return the status of a topic's notices about some objects, in the order in which they were requested."""
    parameters = {"organisation": work.organisation_id, "topic": topic, "about": list(about)}
    return [_status(row) for row in QUERIES.find_about.all(work.connection, parameters)]


def latest(work: Work, kind: NoticeKind, limit: int) -> list[StoredNotice]:
    """Return the latest notices of a kind, the newest first."""
    parameters = {"organisation": work.organisation_id, "kind": kind.value, "limit": limit}
    rows = QUERIES.list_latest.all(work.connection, parameters)
    return [_stored(work, row) for row in rows if _is_there(work, row)]


def count_failed(work: Work, kind: NoticeKind, since: datetime) -> int:
    """Count the notices of a kind that were requested since a time and have not been delivered."""
    failed = [state.value for state in NOT_THROUGH]
    parameters = {"organisation": work.organisation_id, "kind": kind.value, "failed": failed, "since": since}
    return int(QUERIES.count_failed.one(work.connection, parameters).number)


def move(work: Work, notice_id: UUID, new: NoticeState, failure: str = "") -> bool:
    """Change the state of a notice, and tell the plugins once that is committed.

    Args:
        work: The unit of work.
        notice_id: The notice.
        new: The new state.
        failure: Why it was not delivered, in words.

    Returns:
        Whether it changed; False if its state does not allow it, such as for a repeated report.
    """
    row = QUERIES.find_locked.one_or_none(work.connection, _of(work, notice_id))
    if row is None:
        return False
    parameters = {
        **_of(work, notice_id),
        "new": new.value,
        "before": [state.value for state in before(NOTICE, new)],
        "failure": Sentence(failure).to_text(),
        "sealed": bytes(row.sealed) if new in OPEN else _forget_text(work, row),
    }
    moved = QUERIES.move.one_or_none(work.connection, parameters)
    if moved is None:
        return False
    status, plugins = _status(moved), work.platform.plugins
    if status.topic.startswith(OWN) and new in NOT_THROUGH:
        audit.record(work, "notice.lost", status.about, why=Sentence(failure).to_text(), kind=status.kind.value)
    work.after_commit(lambda: plugins.emit("notice_changed", status=status))
    return True


def note_failure(work: Work, notice_id: UUID, failure: str) -> None:
    """Store why the latest try has failed, if there will be another."""
    parameters = {"failure": Sentence(failure).to_text(), "open": [state.value for state in OPEN]}
    QUERIES.note_failure.all(work.connection, {**_of(work, notice_id), **parameters})


def forget(work: Work, about: Sequence[UUID]) -> int:
    """Delete the notices about some objects, including pending ones; return how many."""
    return len(QUERIES.forget.all(work.connection, {"organisation": work.organisation_id, "about": list(about)}))


def sweep(work: Work, kind: NoticeKind, kept: timedelta) -> int:
    """Delete the notices of a kind that have been finished for this long; return how many."""
    parameters = {"organisation": work.organisation_id, "kind": kind.value, "waiting": NoticeState.WAITING.value}
    return len(QUERIES.sweep.all(work.connection, {**parameters, "kept": kept}))


def _of(work: Work, notice_id: UUID) -> dict[str, object]:
    return {"organisation": work.organisation_id, "id": notice_id}


def _forget_text(work: Work, row: ResultRow) -> bytes:
    """Return the encrypted rest of a notice that is not to be sent any more."""
    notifier = notifiers(work.platform.plugins).get(NoticeKind(row.kind))
    if (notifier is not None and notifier.thing.traits.keeps_text) or not _is_there(work, row):
        return bytes(row.sealed)
    kept = replace(_open(work, row), subject="", text="", footnote="", link=None, calendar=None)
    return _seal(work, kept)


def _seal(work: Work, notice: Notice) -> bytes:
    content, slot = msgspec.json.encode(notice), work.vault.slots.take()
    return work.vault.seal_small(work.organisation_id, _label(notice.id), content, work.connection, slot)


def _is_there(work: Work, row: ResultRow) -> bool:
    """Tell whether a notice can be decrypted; a restored database brings back some whose slots are destroyed."""
    return slot_number(row.sealed) is None or work.vault.slots.beside(row.sealed) is not None


def _open(work: Work, row: ResultRow) -> Notice:
    content = work.vault.open_small(work.organisation_id, _label(row.id), row.sealed, work.connection)
    return msgspec.json.decode(content, type=Notice)


def _label(notice_id: UUID) -> str:
    return f"notice:{notice_id}"


def _stored(work: Work, row: ResultRow, *, is_expired: bool = False) -> StoredNotice:
    return StoredNotice(_status(row), _open(work, row), is_expired)


def _status(row: ResultRow) -> NoticeStatus:
    return NoticeStatus(
        organisation_id=row.organisation_id,
        id=row.id,
        kind=NoticeKind(row.kind),
        topic=row.topic,
        about=row.about,
        key=row.key or "",
        state=NoticeState(row.state),
        failure=Sentence.from_stored(row.failure),
        asked_at=row.asked_at,
        changed_at=row.changed_at,
    )
