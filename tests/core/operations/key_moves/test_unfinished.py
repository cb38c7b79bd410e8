"""A move that died goes on or is taken back, and says so until then."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.core.operations.key_moves.moves import SYSTEM, Content, end, move, place, providers

from budkavle.model.errors import Conflict, Unavailable
from budkavle.operations.key_moves.moving import Left, move_keys
from budkavle.operations.nodes import Heartbeat, NodeKind
from budkavle.storage.key_wrapping import keeper, renewing
from budkavle.storage.keys import KeysUnavailable
from budkavle.storage.platform import Platform


def stopped_halfway(opens: Callable[..., Platform]) -> tuple[Platform, Content, Heartbeat]:
    """Let a move to the safe die when the keys of one of two organisations lie there, and another process run."""
    platform = opens("file")
    content = Content(platform, 2)
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM)
    assert [next(run), next(run)] == [Left(2), Left(1)]
    run.close()
    heart = Heartbeat(opens("safe", node="webb"), NodeKind.WEB)
    heart.beat()
    return platform, content, heart


def test_a_move_that_died_goes_on_and_says_so(opens: Callable[..., Platform], safe: Any) -> None:
    """Also where the new provider falls silent; both open meanwhile, and what has been moved is not moved again."""
    platform = opens("file")
    content = Content(platform, 3)
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM)
    assert [next(run), next(run)] == [Left(3), Left(2)]
    assert [(answer.ok, answer.notable) for answer in place(platform)] == [(True, True)]
    safe.fault = Unavailable("Modulen är låst.")
    with pytest.raises(KeysUnavailable):
        list(run)
    safe.fault = None
    content.check(opens("file"))
    (answer,) = place(platform)
    assert not answer.ok
    assert "har stannat. Organisationer som är kvar: 2" in str(answer)
    assert "keys rewrap" in answer.remedy
    list(renewing.renew(platform, datetime.now(UTC)))  # a renewal in between wraps by the new one
    assert [left.organisations for left in move_keys(platform, platform.keys.of("safe"), SYSTEM)] == []
    content.check(opens("safe"))
    assert "Nycklarna ligger hos safe sedan" in str(place(platform)[0])


@pytest.mark.parametrize("moved", [1, 2])
def test_a_move_that_died_is_taken_back(opens: Callable[..., Platform], moved: int) -> None:
    """From wherever it stopped, to the provider that it came from."""
    platform = opens("file")
    content = Content(platform, 2)
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM)
    for _ in range(moved):
        next(run)
    run.close()
    assert move(platform, "file") == moved - 1
    content.check(opens("file", plugin=False))


def test_a_move_that_stopped_is_unfinished_also_where_another_is_given_up(opens: Callable[..., Platform]) -> None:
    """Keys lie with both providers, so health goes on saying so, and the first move can be ended."""
    platform, content, heart = stopped_halfway(opens)
    with pytest.raises(Conflict, match="webb"):
        move(platform, "file", patience=0.01)
    assert "har stannat. Organisationer som är kvar: 1" in str(place(platform)[0])
    end(heart)
    assert move(platform, "safe") == 1
    platform.settings.key_file.unlink()
    content.check(opens("safe"))


def test_an_announcement_that_died_does_not_hide_the_move_before_it(opens: Callable[..., Platform]) -> None:
    """Two commands were killed one after the other, and a third gives up: keys still lie with both of the first."""
    platform, content, heart = stopped_halfway(opens)
    run = move_keys(platform, platform.keys.of("file"), SYSTEM)
    assert next(run).processes
    run.close()
    with pytest.raises(Conflict, match="webb"):
        move(platform, "file", patience=0.01)
    assert "har stannat. Organisationer som är kvar: 1" in str(place(platform)[0])
    end(heart)
    assert move(platform, "safe") == 1
    platform.settings.key_file.unlink()
    content.check(opens("safe"))


def test_nothing_is_unfinished_where_only_an_announcement_died_and_the_way_back_is_given_up(
    opens: Callable[..., Platform],
) -> None:
    """No key has left, so the note of it goes, and health says nothing of a move."""
    platform = opens("file")
    content, heart = Content(platform), Heartbeat(opens("file", node="webb"), NodeKind.WEB)
    heart.beat()
    run = move_keys(platform, platform.keys.of("safe"), SYSTEM)
    assert next(run).processes
    run.close()
    with pytest.raises(Conflict, match="webb"):
        move(platform, "file", patience=0.01)
    with platform.database.transaction(None) as connection:
        assert (keeper.current(connection), keeper.move(connection)) == ("file", None)
    assert {tuple(providers(platform, id_)) for id_ in content.sealed} == {("file",)}
    end(heart)
    content.check(opens("file"))
