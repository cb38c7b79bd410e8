"""The keys move to a key service while a process reads and writes; with a stand-in for the service."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle import Platform
from budkavle.messaging import read_case
from budkavle.model.people import INSTALLATION
from budkavle.operations.key_moves import moving
from budkavle.operations.key_moves.moving import move_keys
from budkavle.operations.nodes import Heartbeat, NodeKind
from budkavle.storage.keys import KeysUnavailable
from budkavle.testing import SampleOrganisation, in_work, system_actor
from budkavle_transit.settings import TransitSettings


@pytest.mark.feature("ZS8")
def test_the_keys_move_to_the_service_and_a_service_that_is_sealed_in_the_middle_loses_nothing(
    budkavle_open: Callable[..., Platform], settings: TransitSettings, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages come and are read by another process at each step; the move goes on when the service is back."""
    monkeypatch.setattr(moving, "ASKING", 0.001)
    section = {
        "url": settings.url,
        "ca": str(settings.ca),
        "role_id": settings.role_id,
        "secret_id_file": str(settings.secret_id_file),
    }
    command, running = (budkavle_open(enabled=("transit",), plugins={"transit": section}) for _ in range(2))
    sampled = [SampleOrganisation.create(command, name).staffed() for name in ("Habo", "Kisa", "Ydre")]
    heart = Heartbeat(running, NodeKind.WEB)

    def check() -> None:
        for organisation in sampled:
            case_id = organisation.arrive("Fråga")
            running.vault.forget()
            assert "Fråga" in repr(in_work(running, organisation.case_worker, read_case, case_id))

    heart.beat()
    run = move_keys(command, command.keys.of("transit"), system_actor(INSTALLATION))
    assert next(run).processes
    check()
    heart.beat()
    heart.beat()
    assert next(run).organisations == 3
    check()
    assert next(run).organisations == 2
    check()
    service.status = 503
    with pytest.raises(KeysUnavailable):
        next(run)
    service.status = None
    check()
    lefts = []
    for left in move_keys(command, command.keys.of("transit"), system_actor(INSTALLATION)):
        lefts.append(left.organisations)
        check()
    assert lefts == [2, 1]
    command.settings.key_file.unlink()
    check()
