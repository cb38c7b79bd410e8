"""Two releases at one database: the last one works on the tables of this one, whose processes stand beside it."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from uuid import UUID, uuid4

import pytest
from tests.packaging.last_release.releases import (
    Browser,
    Release,
    build_wheel,
    install,
    is_whole,
    last_commit,
    last_version,
)

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.running import Running, installed, until_answers
from budkavle.testing.working import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

PLUGINS = (
    *("addressbook", "sdk", "email_link", "sms", "eid", "adviser", "absence", "proof", "fax", "message_api", "teams"),
    *("case_system", "disclosure", "economy", "files", "log_control", "meetings", "notes", "outlook", "phone"),
    *("records", "scim", "siem", "statistics", "templates", "timestamps"),
)
"""All with tables, and two without; `local` is on by default."""
SECTIONS = """
[plugins.fax]
carrier = "simulator"
[plugins.sms]
gateway = "log"
[plugins.email_link]
host = "outbox"
"""
PATIENCE = 90
"""Seconds after which a message does not arrive at all."""


@pytest.fixture(scope="module")
def last_python(root: Path, missing: Callable[[str], NoReturn], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python in whose environment the last release is installed."""
    commit = last_commit(root)
    if subprocess.run(["git", "cat-file", "-e", commit], cwd=root, capture_output=True, check=False).returncode:
        reason = f"the last release, {commit[:12]}, is not in this clone (git fetch --unshallow)"
        if not is_whole(root):
            pytest.skip(reason)
        missing(reason)
    folder = tmp_path_factory.mktemp("last-release")
    return install(build_wheel(root, commit, folder), folder / "environment")


@pytest.mark.feature("ZO11")
def test_the_last_release_is_the_one_that_is_told(root: Path, last_python: Path, tmp_path: Path) -> None:
    """The commit has the version that stands beside it. Building it takes its time here, and not of the tests below."""
    command = [last_python, "-m", "budkavle", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split()[-1] == last_version(root)


@dataclass
class Pair:
    """An installation whose tables are this release's, with both releases, and two people who write to each other.

    Attributes:
        last: The last release.
        this: This one.
        ada: Who writes first, from the organisation's first mailbox.
        bo: Who answers, from another mailbox.
    """

    running: Running
    last: Release
    this: Release
    organisation: SampleOrganisation
    school: FunctionMailbox
    ada: Browser
    bo: Browser

    def at(self, url: str) -> None:
        """Let both people use the pages there, as soon as they answer."""
        until_answers(f"{url}/readyz")
        self.ada.url = self.bo.url = url

    def correspond(self) -> tuple[UUID, str]:
        """Let a message be sent, received, taken and answered, by pages and worker; return its case and subject."""
        subject, answer = f"Remiss {uuid4().hex}", f"Svar {uuid4().hex}"
        words = {"subject": subject, "body": "Se nedan.", "send": "1"}
        to = {"kind": "secure", "recipients": f"local:{self.school.id}", "loa": "2", "once": str(uuid4())}
        sent = self.ada.post("/compose", {"mailbox": str(self.organisation.mailbox.id), **to, **words})
        sent_case = UUID(sent.removeprefix("/c/").partition("?")[0])
        wait_until(lambda: subject in self.bo.get(f"/m/{self.school.id}"), seconds=PATIENCE)
        (row,) = self.organisation.rows(
            "SELECT case_id FROM messages WHERE mailbox_id = :id ORDER BY created_at DESC LIMIT 1",
            id=self.school.id,
        )
        assert "Se nedan." in self.bo.get(f"/c/{row.case_id}")
        self.bo.post(f"/c/{row.case_id}/take", {})
        form = self.bo.get(f"/c/{row.case_id}/reply")
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        del fields["csrf"]
        words = {"kind": "secure", "subject": f"Sv: {subject}", "body": answer, "loa": "2", "send": "1"}
        self.bo.post(f"/c/{row.case_id}/reply", fields | words)
        wait_until(lambda: answer in self.ada.get(f"/c/{sent_case}"), seconds=PATIENCE)
        return sent_case, answer


@pytest.fixture(scope="module")
def pair(last_python: Path, budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The tables are made by this release."""
    folder = tmp_path_factory.mktemp("both")
    with ExitStack() as opened:
        running = opened.enter_context(installed(budkavle_databases, folder, PLUGINS, SECTIONS))
        organisation = SampleOrganisation.create(running.platform)
        school = organisation.add_mailbox("Elevhälsan", organisation.outsider)
        ada, bo = (Browser(running.platform, one) for one in (organisation.case_worker, organisation.outsider))
        opened.callback(ada.close)
        opened.callback(bo.close)
        settings = folder / "budkavle.toml"
        last, this = Release(last_python, settings, "last"), Release(Path(sys.executable), settings, "this")
        yield Pair(running, last, this, organisation, school, ada, bo)


@pytest.mark.feature("ZO11")
def test_the_last_release_works_on_these_tables_beside_this_one(pair: Pair) -> None:
    """A message is sent, received, taken and answered by its pages and worker; those of this release read it."""
    with pair.last.web() as old, pair.this.web() as new:
        with pair.last.worker():
            pair.at(old)
            case_id, answer = pair.correspond()
            pair.at(new)
            assert answer in pair.ada.get(f"/c/{case_id}")
        with pair.this.worker():
            pair.at(old)
            pair.correspond()
    assert pair.last.faults() == []
    assert pair.this.faults() == []


@pytest.mark.feature("ZO11")
def test_one_goes_back_to_the_last_release_without_a_restore(pair: Pair) -> None:
    """When this release has worked, the last one starts on its tables and works, and both are read there.

    That this one works where the last one has is shown above, where it stands beside it.
    """
    cases = {}
    for release in (pair.this, pair.last):
        with release.worker(), release.web() as url:
            pair.at(url)
            case_id, answer = pair.correspond()
            cases[case_id] = answer
            for earlier, text in cases.items():
                assert text in pair.ada.get(f"/c/{earlier}")
        assert release.faults() == []
    checked = pair.last.run("migrate", "--check")
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
