"""How leases are renewed: by one thread, at every third of their length, until they are released."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from budkavle.operations.leases import Leases
from budkavle.testing.working import wait_until


class Ticks:
    """Takes the place of the event that ends the thread: each pause ends at once, with what happens after it."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        self._happens = iter(happens)
        self.pauses: list[float] = []

    def wait(self, pause: float) -> bool:
        """Tell whether the thread is to end: after all that happens."""
        self.pauses.append(pause)
        happens = next(self._happens, None)
        if happens is not None:
            happens()
        return happens is None


def run(leases: Leases, *happens: Callable[[], object]) -> list[float]:
    """Run the thread's loop here, with what happens after each of its pauses; returns the pauses in seconds."""
    leases._thread = threading.current_thread()  # so that `hold` starts no thread beside this one
    leases._closed = ticks = Ticks(*happens)  # type: ignore[assignment]
    leases._run()
    return ticks.pauses


@pytest.mark.feature("ZO2")
def test_a_lease_is_renewed_from_its_second_third_until_it_is_released() -> None:
    leases, renewed = Leases(timedelta(seconds=30)), Counter[str]()
    counts: list[int] = []
    lease = leases.hold(lambda: renewed.update(["one"]))

    def note() -> None:
        counts.append(renewed["one"])

    pauses = run(leases, lease.__enter__, note, note, lambda: lease.__exit__(None, None, None), note)
    assert pauses == [10] * 6
    assert counts == [0, 1, 2]
    assert renewed["one"] == 2


@pytest.mark.feature("ZO2")
def test_a_lease_that_cannot_be_renewed_keeps_no_other_from_it() -> None:
    leases, renewed = Leases(timedelta(seconds=30)), Counter[str]()

    def breaks() -> None:
        renewed.update(["broken"])
        raise OSError("the database is away")

    def works() -> None:
        renewed.update(["other"])

    with capture_logs() as logs:
        leases._thread = threading.current_thread()
        with leases.hold(breaks), leases.hold(works), leases.hold(breaks):
            run(leases, int, int, int)
    assert renewed == {"broken": 4, "other": 2}
    assert [entry["event"] for entry in logs] == ["lease.not_renewed"] * 4


def test_one_thread_renews_all_and_ends_with_them() -> None:
    """A thread that outlived its worker would go on renewing what nobody does."""
    leases, renewed = Leases(timedelta(seconds=0.06)), Counter[str]()
    leases.close()  # nothing has begun
    leases = Leases(timedelta(seconds=0.06))
    with leases.hold(lambda: renewed.update(["one"])):
        thread = leases._thread
        with leases.hold(lambda: renewed.update(["other"])):
            assert leases._thread is thread
            wait_until(lambda: min(renewed["one"], renewed["other"]) >= 2)
    assert thread is not None
    assert thread.is_alive()
    assert thread.daemon
    assert thread.name == "budkavle-leases"
    leases.close()
    assert not thread.is_alive()
