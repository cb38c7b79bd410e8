"""What tests start beside themselves: ports that nobody else was given, and the web server."""

import os
import socket
import subprocess
import sys
from itertools import count
from pathlib import Path

import httpx
import psutil
import pytest

from budkavle.testing import running
from budkavle.testing.databases import Databases


def test_each_call_gives_other_ports() -> None:
    """And none is among those that Linux gives to clients."""
    ranges = [range(first, first + 4) for first in (running.free_ports(4) for _ in range(20))]
    ports = {port for several in ranges for port in several}
    assert len(ports) == 80
    assert max(ports) < 32_768


def test_what_is_bound_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot of which one port is taken is not given, even where the count begins anew."""
    first = running.free_ports(3)
    monkeypatch.setattr(running, "_slots", count((first - 12_000) // running.SLOT))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first + 2))
        assert running.free_ports(3) != first


def test_a_server_has_what_was_set_before_it_began_and_ends_with_its_block(
    budkavle_databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has the environment of its time, though all may be copies of one process; what it says is in its log."""
    with running.installed(budkavle_databases, tmp_path, []) as made:
        url = f"{made.url}/sign-in"
        with made.serving():
            assert httpx.get(url, trust_env=False).status_code == 200
        monkeypatch.setenv("BUDKAVLE__BASE_URL", "https://budkavle.habo.example")
        with made.serving():
            assert "strict-transport-security" in httpx.get(url, trust_env=False).headers
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)
    assert "Granian shutdown completed" in (tmp_path / "web.log").read_text("utf-8")
    assert os.environ.get("BUDKAVLE_CONFIG") is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each server is a new process")
def test_what_servers_are_copied_from_has_begun_nothing(budkavle_databases: Databases, tmp_path: Path) -> None:
    """A copy of a process with threads may wait for ever for what they held."""
    with running.installed(budkavle_databases, tmp_path, []) as made, made.serving():
        children = psutil.Process().children()
        (original,) = (child for child in children if "forkserver" in " ".join(child.cmdline()))
        assert original.num_threads() == 1
        assert original.children()


def test_the_original_has_imported_what_the_plugins_pages_need() -> None:
    """Otherwise each copy would import it; a plugin that fails there would be left out without a word."""
    code = (
        "import sys, threading, budkavle.testing.forks.preloaded;"
        "wanted = {'budkavle_scim.server.routes', 'budkavle_files.pages.parts'};"
        "print(wanted <= set(sys.modules), threading.active_count())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True 1"
