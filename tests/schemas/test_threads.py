"""Schemas in threads: libxml2 makes its table of built-in types at the first compilation, and must not do so twice."""

import subprocess
import sys

import pytest

AT_ONCE = """
import threading
import budkavle_schemas as schemas

count, wrong = 8, []
together = threading.Barrier(count)

def compile_one(number):
    together.wait()
    try:
        schemas.load(schemas.NAMES[number % len(schemas.NAMES)])
    except Exception as error:
        wrong.append(repr(error))

threads = [threading.Thread(target=compile_one, args=(number,)) for number in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
raise SystemExit("; ".join(wrong) or 0)
"""


@pytest.mark.feature("SD1")
def test_threads_may_compile_at_once_in_a_fresh_process() -> None:
    """The first messages after a start may come several at a time."""
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
