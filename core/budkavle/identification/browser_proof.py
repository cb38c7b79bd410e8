"""Binding a session to its browser, with a rotating secret that reveals a copy of the cookies.

In addition to its session cookie, a browser keeps a proof, which is renewed every few minutes. It is derived from the
secret in the session cookie and a seed that only the database has, so that concurrent requests get the same new proof.

The previous proof is valid until the browser has shown the new one, since a response may be lost, and a little longer,
since other requests may be in flight. A browser that shows it later has a copy, and the session ends.

A new session has no seed: it gets one with its first page, and any proof is valid until that one is shown.

Source: RFC 9700, section 4.14.2 (rotation of refresh tokens), whose idea this is.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, func

ROTATE_EVERY = timedelta(minutes=5)
OVERLAP = timedelta(minutes=2)
"""How long the previous proof is valid after the browser has shown the new one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser sends in addition to its session cookie.

    Attributes:
        proof: Its proof; empty if it has none.
        address: The keyed mark of its network address, as in the event log.
    """

    proof: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on a proof that a browser has presented.

    Attributes:
        is_copy: Whether the original browser no longer has this proof; then the session must end.
        keep: The proof that the browser keeps from now on.
        values: The columns to update; usually none.
    """

    is_copy: bool = False
    keep: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def check(row: Row[Any], secret: str, given: str, *, may_rotate: bool) -> Checked:
    """Check the proof that a browser has shown.

    Args:
        row: The row of the session, with `moment`, the current time.
        secret: The secret in the session cookie.
        given: The proof; empty if the browser has none.
        may_rotate: Whether the proof may be renewed.
    """
    if _holds(given, secret, row.proof_seed):
        if may_rotate and (row.proof_seed is None or row.moment - row.proof_rotated_at >= ROTATE_EVERY):
            return _rotated(row, secret)
        is_first = row.proof_seed is not None and row.proof_shown_at is None
        return Checked(keep=given, values={"proof_shown_at": func.now()} if is_first else {})
    if _holds(given, secret, row.proof_seed_before):
        if row.proof_shown_at is None:
            return Checked(keep=_proof(secret, row.proof_seed))
        if row.moment - row.proof_shown_at < OVERLAP:
            return Checked(keep=given)
    return Checked(is_copy=True)


def unchanged(table: Table, row: Row[Any]) -> ColumnElement[bool]:
    """Return the condition that the secret of this row has not been rotated meanwhile."""
    return table.c.proof_seed.is_not_distinct_from(row.proof_seed)


def _rotated(row: Row[Any], secret: str) -> Checked:
    seed = secrets.token_bytes(16)
    values = {
        "proof_seed": seed,
        "proof_seed_before": row.proof_seed,
        "proof_rotated_at": func.now(),
        "proof_shown_at": None,
    }
    return Checked(keep=_proof(secret, seed), values=values)


def _holds(given: str, secret: str, seed: bytes | None) -> bool:
    return seed is None or hmac.compare_digest(given.encode(), _proof(secret, seed).encode())


def _proof(secret: str, seed: bytes) -> str:
    return hmac.digest(secret.encode(), b"budkavle browser proof" + seed, "sha256").hex()
