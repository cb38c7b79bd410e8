"""Who reads the key file: others are warned of, and a pod's own secret is not others."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from budkavle.storage.keys import FileKeys, is_read_by_others

US, OURS, ROOT = 10001, 10001, 0


@pytest.mark.parametrize(
    ("owner", "group", "mode", "others"),
    [
        (US, OURS, 0o600, False),
        (US, OURS, 0o400, False),
        (US, OURS, 0o640, True),
        (US, OURS, 0o604, True),
        (ROOT, OURS, 0o440, False),
        (ROOT, OURS, 0o640, False),
        (ROOT, OURS, 0o444, True),
        (ROOT, 50, 0o440, True),
        (50, OURS, 0o440, True),
    ],
)
def test_a_secret_that_is_mounted_for_us_alone_is_not_read_by_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, owner: int, group: int, mode: int, others: bool
) -> None:
    """Kubernetes gives root's file to the pod's own group (mode 0440); every other group may have others in it."""
    path = tmp_path / "master.key"
    FileKeys.make(path)
    real = path.stat()
    monkeypatch.setattr(os, "geteuid", lambda: US)
    monkeypatch.setattr(os, "getegid", lambda: OURS)
    told = os.stat_result((real.st_mode & ~0o777 | mode, 1, 1, 1, owner, group, real.st_size, 0, 0, 0))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", lambda self, **_: told)
        with capture_logs() as logs:
            FileKeys(path)
        assert is_read_by_others(path) is others
    assert [entry["event"] for entry in logs] == (["keys.readable-by-others"] if others else [])
