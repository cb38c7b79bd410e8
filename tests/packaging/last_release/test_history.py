"""Which release is the last, as the history of this clone has it, and clones that have only a part of theirs."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.packaging.last_release.releases import is_whole, last_version, newest_tag

Git = Callable[..., None]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Git in a project that has two commits so far."""
    project = tmp_path / "project"
    project.mkdir()

    def run(*words: str | Path) -> None:
        settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *settings, *words], cwd=project, check=True, capture_output=True)

    run("init", "--quiet")
    for message in ("one", "two"):
        run("commit", "--quiet", "--allow-empty", "--message", message)
    return run


def test_the_last_release_is_the_newest_tag(root: Path) -> None:
    """Where a clone has the tags of releases, the newest of this history is the one that is kept as the last."""
    assert newest_tag(root) in {"", f"v{last_version(root)}"}


def test_a_release_is_not_the_last_one_of_its_own(git: Git, tmp_path: Path) -> None:
    """At its own tag the last release is still the one before; the next commit says that it is this one."""
    project = tmp_path / "project"
    assert newest_tag(project) == ""
    git("tag", "v0.1.0")
    assert newest_tag(project) == ""
    git("commit", "--quiet", "--allow-empty", "--message", "the last release is 0.1.0")
    assert newest_tag(project) == "v0.1.0"
    git("tag", "v0.2.0")
    assert newest_tag(project) == "v0.1.0"


def test_a_clone_with_a_part_of_its_history_is_known(git: Git, tmp_path: Path) -> None:
    """CI may make one: what needs an older commit is skipped there, and fails where the whole history lacks it."""
    project, part = tmp_path / "project", tmp_path / "part"
    git("clone", "--quiet", "--depth", "1", project.as_uri(), part)
    assert (is_whole(project), is_whole(part)) == (True, False)
    assert newest_tag(part) == ""
