"""Binding a session to its browser, with a rotating secret that reveals a copy of the cookies.

Beside its session's cookie a browser keeps a proof, which is new every few minutes. It is made of the secret in the
session's cookie and a seed that only the database has, so that pages that ask at the same time get the same new proof.
A proof from before holds until the browser has shown the new one, since an answer may be lost on its way, and a little
longer, since other requests are on their way too. Whoever shows one later has a copy, and the session ends.

A new session has no seed: it gets one with the first page that is asked for, and any proof holds until that is shown.

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
"""How long the proof from before holds once the browser has shown the new one."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser shows beside its session's cookie.

    Attributes:
        proof: The proof that it keeps; empty where it has none.
        address: The mark of its network address, as the event log has it.
    """

    proof: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on a proof that a browser has presented.

    Attributes:
        is_copy: Whether it is one that its browser no longer has; the session must end.
        keep: The proof that the browser keeps from now on.
        values: What is to be written about it; mostly nothing.
    """

    is_copy: bool = False
    keep: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def check(row: Row[Any], secret: str, given: str, *, may_rotate: bool) -> Checked:
    """Check the proof that a browser has shown.

    Args:
        row: The session's, with `moment`, the time now.
        secret: Of the session's cookie.
        given: The proof; empty where the browser has none.
        may_rotate: Whether a new one may be made.
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
