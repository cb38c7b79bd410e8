"""A separate process for a delivery that may have crashed a worker, so that it can take nothing else down with it."""

import subprocess
import threading
from collections.abc import Sequence
from time import monotonic
from uuid import UUID

import structlog

from budkavle.deliveries.queue import Claim

CHECK_SECONDS = 0.5
"""Seconds between two checks whether the worker should stop."""
STOP_GRACE_SECONDS = 15.0
"""Seconds for which a stopping worker waits; after that the process is left to itself."""
log = structlog.get_logger("budkavle.operations.worker")


class Alone:
    """Starts the process and waits for it.

    If the process is killed, the delivery is left as if a worker had been killed during the attempt: its lease expires,
    and the next claim counts the crash.

    Args:
        command: The command that starts it; the claim is its last argument.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    def __call__(self, lane: str, claim: Claim, stop: threading.Event | None) -> None:
        """Let the process attempt the delivery.

        Args:
            lane: The transport's name.
            claim: The delivery, and the lease it was claimed under.
            stop: Set when the worker is asked to stop.
        """
        child = subprocess.Popen([*self._command, as_text(lane, claim)])  # noqa: S603 - ids and names of ours
        end: float | None = None
        while True:
            try:
                code = child.wait(CHECK_SECONDS)
            except subprocess.TimeoutExpired:
                if end is None and stop is not None and stop.is_set():
                    end = monotonic() + STOP_GRACE_SECONDS
                if end is not None and monotonic() > end:
                    return
            else:
                if code:
                    log.error("delivery.ended_its_process", delivery=str(claim.id), transport=lane, status=code)
                return


def as_text(lane: str, claim: Claim) -> str:
    """Return a claim as a command-line argument.

    Args:
        lane: The transport's name.
        claim: The delivery, and the lease it was claimed under.
    """
    values = (lane, claim.organisation_id, claim.id, claim.fence, int(claim.has_wire), claim.destination)
    return "/".join(str(value) for value in values)


def from_text(text: str) -> tuple[str, Claim]:
    """Return the lane and the claim, without its crashes, since these are already reported.

    Args:
        text: The text from `as_text`.
    """
    lane, organisation_id, delivery_id, fence, has_wire, destination = text.split("/")
    claim = Claim(
        UUID(organisation_id),
        UUID(delivery_id),
        int(fence),
        has_wire=bool(int(has_wire)),
        destination=int(destination),
    )
    return lane, claim
