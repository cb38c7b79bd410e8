"""Spans of the event log that a third party time-stamps, and the path from an entry to its stamp.

A stamp is over a short text: the organisation, the first and last entry, the hash of the last, and the root of a Merkle
tree (RFC 6962) over all the hashes. The hash of the last entry covers everything before it. With the root, somebody
who has only one entry can verify that it is in the span, by a few hashes that reveal nothing of the others.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from budkavle.model.errors import Forbidden
from budkavle.model.people import ActorScope
from budkavle.plugins.protocols.log_stamp import LogStamp
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work

LONGEST_SPAN = 65_536
"""The most entries under one stamp; a log that has grown by more gets several."""
HOOK = "budkavle_log_stamps"


class _Queries(QueryFile):
    hashes_between: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class LogSpan:
    """A span of an organisation's event log.

    Attributes:
        hashes: The hash of each entry, from `first` to `last`.
    """

    organisation_id: UUID
    first: int
    last: int
    hashes: Sequence[bytes]

    @property
    def text(self) -> bytes:
        """The text to be stamped; a stamp is over the SHA-256 of these bytes."""
        root = merkle_root(self.hashes)
        lines = (
            "budkavle-log-span-1",
            f"organisation={self.organisation_id}",
            f"first={self.first}",
            f"last={self.last}",
            f"head={self.hashes[-1].hex()}",
            f"root={root.hex()}",
        )
        return "\n".join(lines).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class StampedSpan:
    """A stamp with its text, and the paths to it from some entries.

    Attributes:
        paths: By entry number, the sibling hashes on the path to the root, from the bottom.
    """

    stamp: LogStamp
    text: bytes
    paths: Mapping[int, Sequence[bytes]]


def next_log_span(work: Work, after: int) -> LogSpan | None:
    """Return the part of an organisation's event log that is not stamped yet.

    Args:
        work: In the organisation of the log.
        after: The last stamped entry; 0 for none.

    Returns:
        The next entries, 65,536 at most; None if the log has not grown.

    Raises:
        Forbidden: The actor has no scope READ.

    Example:
        with host.work(host.system(organisation_id, ActorScope.READ)) as work:
            span = next_log_span(work, after=4711)
    """
    _require_reader(work)
    chain_log(work.platform.database, work.organisation_id)
    return _span(work, after + 1, after + LONGEST_SPAN)


def stamped_spans(work: Work, numbers: Sequence[int], *, at_once: bool = False) -> list[StampedSpan]:
    """Return third parties' stamps that cover entries of the event log.

    To time-stamp other bytes, record their SHA-256 as a fact of an entry, and ask for that entry.

    Args:
        work: In the organisation of the log. Its transaction began after the entries were committed.
        numbers: The entries; none asks for the newest stamp.
        at_once: Whether to request a stamp now for entries that have none yet. This takes 5 seconds at most; if the
            authority does not answer, the entry stays without.

    Returns:
        A stamp for each span that contains one of the entries. An entry without a stamp is in no `paths`; a stamp that
        does not match the log is left out.

    Raises:
        Forbidden: The actor has no scope READ.
    """
    _require_reader(work)
    chain_log(work.platform.database, work.organisation_id)
    answers = work.platform.plugins.call_hook(
        HOOK, organisation_id=work.organisation_id, numbers=tuple(numbers), at_once=at_once
    )
    stamps = {(stamp.first, stamp.last): stamp for of in reversed(answers) for stamp in of.thing}
    spans = []
    for first, last in sorted(stamps):
        span, stamp = _span(work, first, last), stamps[first, last]
        if span is not None and span.last == last:
            paths = {number: merkle_path(span.hashes, number - first) for number in numbers if stamp.covers(number)}
            spans.append(StampedSpan(stamp, span.text, paths))
    return spans


def _span(work: Work, first: int, last: int) -> LogSpan | None:
    where = {"organisation": work.organisation_id, "first": first, "last": last}
    rows = QUERIES.hashes_between.all(work.connection, where)
    if not rows:
        return None
    return LogSpan(work.organisation_id, rows[0].number, rows[-1].number, [row.hash for row in rows])


def _require_reader(work: Work) -> None:
    if not work.actor.may(ActorScope.READ):
        raise Forbidden("{name} får inte läsa organisationens händelselogg.", name=work.actor.name)


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the Merkle tree over some hashes (RFC 6962, 2.1)."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    half = _left(len(leaves))
    return hashlib.sha256(b"\1" + merkle_root(leaves[:half]) + merkle_root(leaves[half:])).digest()


def merkle_path(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """Return the sibling hashes on the path from a leaf to the root, from the bottom (RFC 6962, 2.1.1)."""
    if len(leaves) == 1:
        return []
    half = _left(len(leaves))
    if place < half:
        return [*merkle_path(leaves[:half], place), merkle_root(leaves[half:])]
    return [*merkle_path(leaves[half:], place - half), merkle_root(leaves[:half])]


def _left(count: int) -> int:
    """Return how many leaves are in the left half: the largest power of two that leaves some for the right."""
    return 1 << (count - 1).bit_length() - 1
