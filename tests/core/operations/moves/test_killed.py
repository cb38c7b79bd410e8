"""A move that is killed at any step goes on or back by the same command, and at most one installation sends."""

import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tests.core.operations.moves.looking import OPERATOR, state_of_both

from budkavle.model.states import OrganisationState
from budkavle.operations.moves.moving import Step, go_back, move
from budkavle.testing.working import deliver_due

PROGRAM = Path(__file__).with_name("moving_process.py")
AT_WORK_HERE = {Step.ANNOUNCED, Step.FILES, Step.ROWS}
"""The steps after which it works here."""


@pytest.fixture
def killed_at(organisation, platform, there, tmp_path):
    """Move it in a process that dies at a step."""

    def kill(step: Step) -> None:
        paths = [tmp_path / "here.json", tmp_path / "there.json"]
        for path, one in zip(paths, (platform, there), strict=True):
            path.write_bytes(msgspec.json.encode(msgspec.structs.replace(one.settings, enabled=()), enc_hook=str))
        command = [sys.executable, str(PROGRAM), *map(str, paths), str(organisation.id), step]
        assert subprocess.run(command, check=False, timeout=120).returncode == -signal.SIGKILL

    return kill


@pytest.mark.slow
@pytest.mark.parametrize("step", list(Step))
def test_it_goes_on(step, killed_at, organisation, platform, there, moved, fake_transport, transport_there):
    """After the kill one installation sends at most, and then the other, and each delivery goes once."""
    organisation.send(organisation.case_worker, "Före")
    killed_at(step)
    sent = [deliver_due(platform), deliver_due(there)]
    assert sent == ([1, 0] if step in AT_WORK_HERE else [0, 0])
    move(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState.ACTIVE)
    moved.send(organisation.case_worker, "Efter")
    assert deliver_due(platform) == 0
    assert deliver_due(there) == 2 - sum(sent)
    assert len(fake_transport.tries) + len(transport_there.tries) == 2
    assert moved.rows("SELECT count(*) AS n FROM messages")[0].n == 2


@pytest.mark.slow
@pytest.mark.parametrize("step", [Step.CLOSED, Step.HANDED_OVER])
def test_it_goes_back(step, killed_at, organisation, platform, there, moved, transport_there):
    """It works here as before, with what waited, and nothing of it is left over there."""
    organisation.send(organisation.case_worker, "Före")
    killed_at(step)
    go_back(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.ACTIVE, None)
    assert deliver_due(platform) == 1
    assert (deliver_due(there), transport_there.tries) == (0, [])
    assert moved.rows("SELECT count(*) AS n FROM messages")[0].n == 0
    organisation.arrive("Efter")
