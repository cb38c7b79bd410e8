"""The locks of WebDAV clients, as rows, so that every web process sees the same.

A lock is stored under the ids from the top of the tree down to the locked entry, so a client that reaches the entry by
another path meets the same lock. Locks do not affect the pages of Filer: there, each change is a version of its own.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from wsgidav.dav_error import DAVError

from budkavle import Host, Work
from budkavle_files.webdav.tables import locks
from budkavle_files.webdav.visits import visit_now

LONGEST: Final = 3600
"""Seconds until a lock expires unless it is refreshed."""
MOST_OWNER: Final = 2000
"""The most bytes of the lock's owner, as given by the client."""
FORBIDDEN, TOO_LARGE, LOCKED = 403, 413, 423


class LockRows:
    """The lock storage of wsgidav's `LockManager`; its methods are those that the manager calls."""

    def open(self) -> None:
        """Do nothing: rows are always open."""

    def close(self) -> None:
        """Do nothing."""

    def get(self, token: str) -> dict[str, Any] | None:
        """Return the lock with a token; None if it has expired."""
        return next((lock for lock in _all() if lock["token"] == token), None)

    def create(self, path: str, lock: dict[str, Any]) -> dict[str, Any]:
        """Store a new lock, unless another process has stored a conflicting one meanwhile.

        Raises:
            DAVError: It is locked already, or the client's owner value is too long.
        """
        visit = visit_now()
        if len(lock["owner"]) > MOST_OWNER:
            raise DAVError(TOO_LARGE)
        token, seconds = f"opaquelocktoken:{secrets.token_hex(32)}", _seconds(lock["timeout"])
        root = "/" + path.strip("/")
        with visit.work() as work:
            sealed = work.vault.seal_small(work.organisation_id, _label(token), lock["owner"], work.connection)
            with visit.host.tables(work) as connection:
                name = f"files_locks {work.organisation_id}"
                connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))
                if connection.execute(_conflicting(work, root, lock)).first() is not None:
                    raise DAVError(LOCKED)
                row = {
                    "organisation_id": work.organisation_id,
                    "token": token,
                    "root": root,
                    "user_id": visit.actor.user_id,
                    "scope": lock["scope"],
                    "depth": lock["depth"],
                    "owner": sealed,
                    "seconds": seconds,
                    "expires_at": func.now() + timedelta(seconds=seconds),
                }
                connection.execute(insert(locks).values(row))
        visit.locks = None
        lock.update(root=root, token=token, timeout=seconds, expire=datetime.now(UTC).timestamp() + seconds)
        return lock

    def refresh(self, token: str, *, timeout: float) -> dict[str, Any]:
        """Extend one of the visitor's locks.

        Raises:
            DAVError: It belongs to another user.
        """
        visit, seconds = visit_now(), _seconds(timeout)
        own_lock = (locks.c.token == token, locks.c.user_id == visit.actor.user_id)
        with visit.work() as work, visit.host.tables(work) as connection:
            until = {"seconds": seconds, "expires_at": func.now() + timedelta(seconds=seconds)}
            statement = update(locks).where(locks.c.organisation_id == work.organisation_id, *own_lock).values(until)
            if not connection.execute(statement).rowcount:
                raise DAVError(FORBIDDEN)
        visit.locks = None
        lock = self.get(token)
        if lock is None:
            raise DAVError(FORBIDDEN)
        return lock

    def delete(self, token: str) -> bool:
        """Delete a lock; the caller has checked the visitor's rights."""
        visit = visit_now()
        with visit.work() as work, visit.host.tables(work) as connection:
            statement = delete(locks).where(locks.c.organisation_id == work.organisation_id, locks.c.token == token)
            count = connection.execute(statement).rowcount
        visit.locks = None
        return bool(count)

    def get_lock_list(
        self, path: str, *, include_root: bool, include_children: bool, token_only: bool
    ) -> list[dict[str, Any]] | list[str]:
        """Return the locks of an entry, and of everything below it."""
        root = "/" + path.strip("/")
        below = f"{root.rstrip('/')}/"
        chosen = [
            lock
            for lock in _all()
            if (include_root and lock["root"] == root) or (include_children and lock["root"].startswith(below))
        ]
        return [lock["token"] for lock in chosen] if token_only else chosen


def sweep(host: Host, work: Work) -> int:
    """Delete the expired locks; return how many."""
    over = (locks.c.organisation_id == work.organisation_id, locks.c.expires_at <= func.now())
    with host.tables(work) as connection:
        return connection.execute(delete(locks).where(*over)).rowcount


def _all() -> list[dict[str, Any]]:
    """Return the locks of the visitor's organisation, read once for a request that locks nothing itself."""
    visit = visit_now()
    if visit.locks is None:
        with visit.work() as work:
            query = select(locks).where(
                locks.c.organisation_id == work.organisation_id, locks.c.expires_at > func.now()
            )
            with visit.host.tables(work) as connection:
                rows = connection.execute(query.order_by(locks.c.expires_at, locks.c.token)).all()
            visit.locks = [_lock(work, row) for row in rows]
    return visit.locks


def _lock(work: Work, row: Any) -> dict[str, Any]:
    return {
        "root": row.root,
        "type": "write",
        "scope": row.scope,
        "depth": row.depth,
        "owner": work.vault.open_small(work.organisation_id, _label(row.token), row.owner, work.connection),
        "timeout": row.seconds,
        "expire": row.expires_at.timestamp(),
        "principal": str(row.user_id),
        "token": row.token,
    }


def _conflicting(work: Work, root: str, lock: dict[str, Any]) -> Any:
    """Return a query for the locks that conflict with a new one, as RFC 4918 section 6.2 says."""
    parts = root.strip("/").split("/")
    above = ["/" + "/".join(parts[:count]) for count in range(1, len(parts))]
    near: list[ColumnElement[bool]] = [
        locks.c.root == root,
        locks.c.root.in_(above) & (locks.c.depth == "infinity"),
    ]
    if lock["depth"] == "infinity":
        near.append(locks.c.root.startswith(f"{root}/", autoescape=True))
    query = select(locks.c.token).where(
        locks.c.organisation_id == work.organisation_id, locks.c.expires_at > func.now(), or_(*near)
    )
    return query if lock["scope"] == "exclusive" else query.where(locks.c.scope == "exclusive")


def _seconds(timeout: float) -> int:
    """Return the seconds until a lock expires: as long as its client asks for, and an hour at most."""
    return LONGEST if timeout < 0 else min(int(timeout), LONGEST)


def _label(token: str) -> str:
    return f"files-lock:{token}"
