"""Schemas in threads: libxml2 makes its table of built-in types once, and has one loader of imports for all threads."""

import subprocess
import sys

import pytest

AT_ONCE = """
import random
import sys
import threading
import time
import budkavle_schemas as schemas
from lxml import etree

count, wrong = 6, []
together = threading.Barrier(count)
sys.setswitchinterval(1e-5)

def work():
    together.wait()
    time.sleep(random.random() * 0.004)
    try:
        for name in random.sample(schemas.NAMES, len(schemas.NAMES)):
            schema = schemas.load(name)
            for _ in range(20):
                schema.validate(etree.fromstring(b"<a xmlns='urn:x'><b/></a>"))
    except Exception as error:
        wrong.append(repr(error))

threads = [threading.Thread(target=work) for _ in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
raise SystemExit("; ".join(wrong) or 0)
"""
"""Every thread compiles, parses and validates, each a moment later than the others: one process in five failed."""


@pytest.mark.feature("SD1")
def test_threads_may_compile_and_parse_at_once_in_a_fresh_process() -> None:
    """The first messages after a start may come several at a time."""
    for _ in range(20):
        done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
