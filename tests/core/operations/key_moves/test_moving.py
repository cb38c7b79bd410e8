"""The keys move to another provider while processes run: nothing waits, nothing is lost, and it can be gone on with."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.core.operations.key_moves.moves import SYSTEM, Content, end, move, place, providers

from budkavle.accounts import organisations
from budkavle.model.errors import Conflict, Damaged, Misconfigured, Unavailable
from budkavle.model.people import INSTALLATION
from budkavle.operations.backup.making import make_backup
from budkavle.operations.health import check_all
from budkavle.operations.key_moves.moving import Left, move_keys
from budkavle.operations.nodes import Heartbeat, NodeKind
from budkavle.storage import corruption
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.key_wrapping import keeper, renewing
from budkavle.storage.keys import KeeperUnknown, KeysUnavailable
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor


def announced(platform: Platform, heart: Heartbeat) -> Any:
    """Begin a move to the safe that is announced, and goes on: a process runs, and has just opened the new provider."""
    heart.beat()
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM)
    assert next(run).processes
    heart.beat()
    heart.beat()
    return run


@pytest.mark.feature("ZS8")
def test_keys_move_while_a_process_runs_and_makes_an_organisation(opens: Callable[..., Platform]) -> None:
    """Nothing moves before it opens the new provider; then it reads and writes at each step, without a restart."""
    command, running = opens("file"), opens("file", node="webb")
    content, heart = Content(command, 3), Heartbeat(running, NodeKind.WEB)
    heart.beat()
    run = move_keys(command, command.keys.of("safe"), SYSTEM)
    waiting = next(run)
    assert waiting.processes[0].startswith("webb (web ")
    with command.database.transaction(None) as connection:
        assert keeper.current(connection) == "file"
    content.check(running)
    heart.beat()
    assert heart._wake.is_set()
    heart.beat()
    lefts: list[int] = []
    made: list[UUID] = []
    for left in run:
        lefts.append(left.organisations)
        content.check(running)
        if left == Left(2):
            made.append(organisations.create_organisation(running, system_actor(), "Ny ort").id)
            assert providers(running, made[0]) == ["safe"]
    assert lefts == [3, 2, 1]
    assert {tuple(providers(command, id_)) for id_ in (*content.sealed, *made)} == {("safe",)}
    command.settings.key_file.unlink()
    content.check(running)
    content.check(opens("safe"))


def test_it_can_be_moved_back_and_settings_may_be_changed_at_any_time(opens: Callable[..., Platform]) -> None:
    """A process finds the keys where the database says that they are, whichever of the two its settings name."""
    platform = opens("file")
    content = Content(platform, 2)
    heart = Heartbeat(opens("file"), NodeKind.WEB)
    run = announced(platform, heart)
    content.check(opens("safe"))
    assert next(run) == Left(2)
    content.check(opens("file"))
    content.check(opens("safe"))
    list(run)
    content.check(opens("file"))
    content.check(opens("safe"))
    with pytest.raises(Conflict, match="redan hos safe"):
        move(platform, "safe")
    end(heart)
    assert move(opens("safe"), "file") == 2
    content.check(opens("file", plugin=False))
    content.check(opens("safe"))


def test_a_process_that_cannot_follow_stops_the_move_before_anything_is_moved(opens: Callable[..., Platform]) -> None:
    """It is named, with what to do; afterwards everything is as before, and others start as before."""
    platform, behind = opens("file"), opens("file", plugin=False, node="gammal")
    content, heart = Content(platform), Heartbeat(behind, NodeKind.WORKER)
    heart.beat()
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM, patience=0.01)
    next(run)
    heart.beat()
    with pytest.raises(Conflict, match=r"gammal \(worker \d+\)") as told:
        list(run)
    assert "keys rewrap safe" in str(told.value)
    with platform.database.transaction(None) as connection:
        assert (keeper.current(connection), keeper.move(connection)) == ("file", None)
    assert {tuple(providers(platform, id_)) for id_ in content.sealed} == {("file",)}
    content.check(behind)
    content.check(opens("file", plugin=False))


def test_another_key_behind_the_same_name_is_not_followed(opens: Callable[..., Platform], safe: Any) -> None:
    """A process whose token is another one, or that has another key file, does not say that it opens the new one."""
    platform, other = opens("file"), opens("file", node="webb")
    Content(platform)
    heart = Heartbeat(other, NodeKind.WEB)
    heart.beat()
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM, patience=0.01)
    next(run)
    right, safe.key = safe.key, b"o" * 32
    heart.beat()
    heart.beat()
    safe.key = right
    with pytest.raises(Conflict, match="webb"):
        list(run)


def test_who_knows_the_old_provider_alone_says_so_and_parks_nothing(opens: Callable[..., Platform]) -> None:
    """One that was not there when it was announced: it is its own fault and no row's, and the next start is refused."""
    platform = opens("file")
    content, late = Content(platform), opens("file", plugin=False)
    (organisation_id,) = content.sealed
    late.vault.forget()
    move(platform, "safe")
    with pytest.raises(KeeperUnknown, match="hos nyckelleverantören safe") as told:
        late.vault.open_small(organisation_id, "x", content.sealed[organisation_id])
    assert corruption.cause(late, organisation_id, told.value) == corruption.KEYS
    assert corruption.cause(late, organisation_id, Damaged("x")) == corruption.KEYS
    with pytest.raises(Misconfigured, match="hos nyckelleverantören safe"):
        organisations.create_organisation(late, system_actor(), "Ingen ort")
    with pytest.raises(KeysUnavailable):
        late.vault.installation_key()
    (health,) = [answer for answer in check_all(late, None) if answer.name == "Nycklarna"]
    assert not health.ok
    with pytest.raises(Misconfigured, match="hos nyckelleverantören safe"):
        opens("file", plugin=False)


def test_a_start_is_refused_while_keys_are_moved_to_what_is_not_there(opens: Callable[..., Platform]) -> None:
    """It would be left behind in a moment."""
    platform = opens("file")
    content, running = Content(platform), opens("file")
    run = announced(platform, Heartbeat(running, NodeKind.WEB))
    with pytest.raises(Misconfigured, match="nyckelleverantören safe"):
        opens("file", plugin=False)
    list(run)
    content.check(platform)


def test_a_provider_that_does_not_open_what_it_wraps_gets_nothing(opens: Callable[..., Platform], safe: Any) -> None:
    """Neither at the probe nor later: the old wrapping stays."""
    platform = opens("file")
    content = Content(platform)
    safe.last = 0
    with pytest.raises(Misconfigured, match="öppnar inte det som den själv"):
        move(platform, "safe")
    assert place(platform) == []
    safe.last = 2
    with pytest.raises(Misconfigured):
        move(platform, "safe")
    safe.last = 1_000
    content.check(opens("file"))


def test_while_keys_are_moved_nobody_renews_and_the_other_way_round(opens: Callable[..., Platform]) -> None:
    """Who comes second is told so, and changes nothing."""
    platform, other = opens("file"), opens("file")
    Content(platform)
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM)
    next(run)
    with pytest.raises(Conflict, match="redan av ett annat"):
        next(move_keys(other, other.keys.of("safe"), SYSTEM))
    with pytest.raises(Conflict, match="redan av ett annat"):
        next(renewing.renew(other, datetime.now(UTC)))
    list(run)


def test_a_key_that_is_being_made_is_committed_before_the_keeper_changes(opens: Callable[..., Platform]) -> None:
    """Or it would lie with the old provider after the last look."""
    platform = opens("file")
    Content(platform)
    with platform.database.transaction(None) as making:
        assert keeper.held(making) is None
        with pytest.raises(Unavailable, match="hann inte svara"):
            _change_impatiently(platform)


def _change_impatiently(platform: Platform) -> None:
    with platform.database.transaction(None) as connection:
        connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        keeper.change(connection, "safe")


def test_keys_of_before_are_opened_by_whoever_opens_them(opens: Callable[..., Platform], safe: Any) -> None:
    """Rows of the last release do not say who wrapped them; they are moved as the others are."""
    platform = opens("file")
    content = Content(platform)
    (organisation_id,) = content.sealed
    with platform.database.transaction(organisation_id) as connection:
        connection.execute(text("UPDATE organisation_keys SET provider = NULL"))
    run = announced(platform, Heartbeat(opens("file"), NodeKind.WEB))
    content.check(platform)
    content.check(opens("safe"))
    safe.fault = Unavailable("Modulen är låst.")
    other = opens("safe").vault
    assert other.open_small(organisation_id, "x", content.sealed[organisation_id]) == b"ours"
    safe.fault = None
    list(run)
    assert providers(platform, organisation_id) == ["safe"]
    with platform.database.transaction(organisation_id) as connection:
        connection.execute(text("UPDATE organisation_keys SET provider = NULL, wrapped = wrapped || 'x'"))
    with pytest.raises(Damaged):
        content.check(opens("safe"))
    safe.fault = Unavailable("Modulen är låst.")
    with pytest.raises(KeysUnavailable):
        platform.keys.unwrap(b"x" * 60, b"")


def test_health_names_the_processes_whose_settings_are_of_before(opens: Callable[..., Platform]) -> None:
    """Until they are started anew the old provider stays; then it is needed for old backups alone."""
    platform, running = opens("file"), opens("file", node="webb")
    Content(platform)
    assert place(platform) == []
    heart = Heartbeat(running, NodeKind.WEB)
    heart.beat()
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM)
    next(run)
    assert "som de här processerna inte öppnar: webb (web" in str(place(platform)[1])
    heart.beat()
    heart.beat()
    list(run)
    (answer,) = place(platform)
    assert not answer.ok
    assert f"webb (web {os.getpid()}: file)" in str(answer)
    end(heart)
    Heartbeat(opens("safe", node="webb"), NodeKind.WEB).beat()
    (answer,) = place(platform)
    assert answer.ok
    assert "file behövs bara för säkerhetskopior från före dess" in str(answer)


def test_a_move_stands_in_the_event_log(opens: Callable[..., Platform], safe: Any) -> None:
    """Its beginning and its end, with names and counts, and nothing of a key."""
    platform = opens("file")
    Content(platform)
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM)
    next(run)
    run.close()
    move(platform, "safe")
    chain_log(platform.database, INSTALLATION)
    with platform.database.transaction(INSTALLATION) as connection:
        stored = connection.execute(text("SELECT entry FROM audit_log WHERE kind LIKE 'keys.%' ORDER BY number"))
        entries = [json.loads(entry) for entry in stored.scalars()]
    names = {"source": "file", "target": "safe"}
    assert [(entry["kind"], entry["facts"]) for entry in entries] == [
        ("keys.move-begun", names),
        ("keys.move-stopped", {**names, "count": 0}),
        ("keys.move-begun", names),
        ("keys.moved", {**names, "count": 1}),
    ]
    assert {entry["actor"]["name"] for entry in entries} == {"Kommandoraden"}


def test_a_backup_names_who_keeps_the_keys(opens: Callable[..., Platform], tmp_path: Path) -> None:
    """Whoever restores it needs that provider, whatever the settings named when it was made."""
    platform = opens("file")
    Content(platform)
    move(platform, "safe")
    assert make_backup(platform, tmp_path / "backup").keys.provider == "safe"
