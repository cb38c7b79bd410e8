"""A start does not look for garbage, and afterwards the process does again."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from budkavle.starts import keeping


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Tests run without the collector; see the tests' conftest."""
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


def test_garbage_is_looked_for_again_after_a_start_even_if_it_fails() -> None:
    """Otherwise a process would grow without end."""
    gc.enable()
    with keeping():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), keeping():
        1 / 0  # noqa: B018 - for its error
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    """It was somebody else who switched it off."""
    gc.disable()
    with keeping():
        pass
    assert not gc.isenabled()


def test_the_web_keeps_what_its_start_created() -> None:
    """Later collections have only what pages create; the collector is on for these."""
    code = (
        "import gc; from budkavle.web import app, start;"
        "app.from_settings = lambda: gc.isenabled();"
        "print(start.from_settings(), gc.isenabled(), gc.get_freeze_count() > 100_000)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False True True"
