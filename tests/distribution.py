"""How the tests are spread over the processes that run them (`--dist loadgroup`)."""

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling

ROOT = Path(__file__).parent.parent


@cache
def _browser_group(file: str) -> str:
    """Return the group of a file of browser tests; each is some eight minutes of tests, on one worker.

    Files and folders with an installation of their own go together, the others' halves each have one that they share.
    """
    has_folder = Path(file).parent != Path("tests/browser")
    if has_folder or "installed(budkavle_databases" in "".join((ROOT / file).read_text("utf-8").split()):
        return "browser, own"
    return "browser, a-k" if Path(file).stem < "test_l" else "browser, l-z"


@cache
def _shares(file: Path) -> bool:
    """Whether a file has something made for all of its tests, such as a server, or gets it from its folder."""
    beside = file.with_name("conftest.py")
    sources = [file.read_text("utf-8"), beside.read_text("utf-8") if beside.is_file() else ""]
    return any(re.search(r'scope="(module|session)"', source) for source in sources)


class Together(LoadGroupScheduling):
    """Gives the tests of such a folder to one worker, and those of a file that share a fixture: it is made once.

    xdist 3.8 writes a test's group into its id, where pytest 9.2 no longer lets it. It keeps what a worker has done:
    all of it is counted again after each test, and given to others when the worker dies. So a group that is done is
    removed here. And a worker that has nothing left of its group to do, or got one test alone, would wait for ever.
    """

    FOLDERS = ("tests/deploy/", "tests/load/", "tests/packaging/", "tests/peers/")
    MODEMS = ("tests/browser/test_fax.py", "tests/plugins/fax/carriers/test_hylafax.py")
    """They wait for calls most of the time, and start the same servers."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in self.MODEMS:
            return "modems"
        if file.startswith("tests/browser/"):
            return _browser_group(file)
        folder = next((one for one in self.FOLDERS if nodeid.startswith(one)), None)
        shared = file if _shares(self.config.rootpath / file) else None
        return folder or shared or str(super()._split_scope(nodeid))

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        super().mark_test_complete(node, item_index, duration)
        group = self._split_scope(self.registered_collections[node][item_index])
        if all(self.assigned_work[node][group].values()):
            del self.assigned_work[node][group]

    def _reschedule(self, node: Any) -> None:
        super()._reschedule(node)
        while not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    """Spread the tests over the workers (`--dist loadgroup`)."""
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """Tell how a worker died, by its exit status: -9 is a kill, -15 a request, 1 may be execnet's own giving up."""
    if error:
        status = node.gateway._io.popen.wait(20)
        print(f"\n{node.gateway.id} ended with status {status}", file=sys.stderr)
