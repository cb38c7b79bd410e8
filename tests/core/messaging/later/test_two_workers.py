"""Messages that wait for their time, sent by two workers of which one is killed."""

import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from budkavle.messaging.later import sends
from budkavle.messaging.saved_drafts import SavedForm
from budkavle.model.messages import Draft
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import wait_until

MANY = 12


@pytest.mark.slow
@pytest.mark.feature("E13")
def test_each_is_sent_once_though_a_worker_is_killed(
    platform: Platform,
    organisation: SampleOrganisation,
    draft: Callable[..., Draft],
    start: Callable[..., "subprocess.Popen[bytes]"],
) -> None:
    """Really: two workers, one killed and started again; each becomes one message, and none is left."""

    def count(query: str) -> int:
        return int(organisation.rows(query)[0][0])

    def sent() -> int:
        return count("SELECT count(*) FROM messages WHERE direction = 'out'")

    def all_sent() -> bool:
        # What the killed one was at is free when its leases end; here they end when they are no longer renewed.
        held = "state = 'CLAIMED' AND changed_at < now() - interval '5 seconds'"
        organisation.rows(f"UPDATE outbox SET due_at = now() WHERE {held}")
        organisation.rows("UPDATE schedule SET lease_until = now() WHERE lease_until < now() + interval '8 seconds'")
        return sent() == MANY and not count("SELECT count(*) FROM outbox WHERE queue = 'budkavle.later'")

    def all_arrived() -> bool:
        # The leases of these processes last an hour; that of the killed one ends here.
        ended = "state = 'SEND_IN_PROGRESS' AND changed_at < now() - interval '5 seconds'"
        organisation.rows(f"UPDATE deliveries SET due_at = now(), lease_until = now() WHERE {ended} RETURNING id")
        return set(organisation.delivery_states()) == {"ACKNOWLEDGED"}

    at, box = datetime.now(UTC) + timedelta(seconds=2), organisation.mailbox.id
    for number in range(MANY):
        saved = SavedForm(uuid4(), {"subject": [str(number)], "mailbox": [str(box)]})
        in_work(platform, organisation.case_worker, sends.send_later, box, draft(subject=str(number)), at, saved)
    with start("ett") as one:
        try:
            with start("två") as two:
                try:
                    wait_until(lambda: sent() > 0, process=two)
                    one.send_signal(signal.SIGKILL)
                    one.wait()
                    with start("ett") as again:
                        try:
                            wait_until(all_sent, seconds=180, process=again)
                            wait_until(all_arrived, seconds=180, process=again)
                        finally:
                            again.kill()
                finally:
                    two.kill()
        finally:
            one.kill()
    assert sent() == MANY
    assert len(organisation.delivery_states()) == MANY
    assert count("SELECT count(*) FROM kept_drafts") == 0
    assert len(organisation.log_entries("message.sent")) == MANY
