"""The latest notes of a process: exact for pages that were made a moment ago, honest about older ones."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from budkavle.model import sources
from budkavle.web.http.live import recent_changes as module
from budkavle.web.http.live.recent_changes import RecentChanges

HOME, OTHER = uuid4(), uuid4()


@pytest.fixture
def recent(monkeypatch: pytest.MonkeyPatch) -> RecentChanges:
    """Those of a process that listens since 1,000 ms."""
    monkeypatch.setattr(sources, "now", lambda: datetime.fromtimestamp(1, UTC))
    changes = RecentChanges()
    changes.begin()
    return changes


def test_what_was_committed_later_is_repeated_in_the_order_in_which_it_came(recent: RecentChanges) -> None:
    """Of the organisation alone, by the time of the commit; notes may come a little out of order."""
    for committed, owner in ((1_400, HOME), (1_200, HOME), (1_300, OTHER), (1_250, HOME)):
        recent.add(owner, {"t": committed})
    assert recent.since(HOME, 1_200) == [{"t": 1_400}, {"t": 1_250}]
    assert recent.since(HOME, 1_400) == []
    assert recent.since(OTHER, 1_000) == [{"t": 1_300}]


def test_a_page_from_before_it_listened_may_miss_something(recent: RecentChanges) -> None:
    """Also from before it lost its connection; and before it listens at all nothing is known."""
    recent.add(HOME, {"t": 1_100})
    assert recent.since(HOME, 999) is None
    assert recent.since(HOME, 1_000) == [{"t": 1_100}]
    recent.begin()
    assert recent.since(HOME, 1_000) == []
    assert RecentChanges().since(HOME, 1_000) is None


@pytest.mark.usefixtures("recent")
def test_what_no_longer_is_kept_may_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest gives way; who asks from before its commit is told so."""
    monkeypatch.setattr(module, "MOST", 2)
    recent = RecentChanges()
    recent.begin()
    for committed in (1_100, 1_200, 1_300):
        recent.add(HOME, {"t": committed})
    assert recent.since(HOME, 1_050) is None
    assert recent.since(HOME, 1_100) == [{"t": 1_200}, {"t": 1_300}]


def test_a_note_of_an_earlier_release_counts_from_now(recent: RecentChanges) -> None:
    """It has no time of its commit."""
    recent.add(HOME, {"k": "state"})
    assert recent.since(HOME, 1_000) == []
    assert recent.since(OTHER, 1_000) == []
    recent.add(HOME, {"k": "joined", "t": 1_001})
    assert recent.since(HOME, 1_000) == [{"k": "joined", "t": 1_001}]
