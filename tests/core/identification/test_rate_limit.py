"""Who hits a limit leaves a line in the service log, without a word of who it is."""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from budkavle.identification.rate_limit import Limit, may_ask, within
from budkavle.storage.platform import Platform

SEVERAL = Limit(3, timedelta(minutes=15))


def limits_in(lines: list[Any]) -> list[tuple[str, int]]:
    return [(line["kind"], line["count"]) for line in lines if line["event"] == "limit.reached"]


@pytest.mark.feature("ZS4")
def test_a_limit_that_is_hit_is_told_once(platform: Platform) -> None:
    """At the first try above it and not at each one after, so that nobody fills the log."""
    with capture_logs() as lines:
        answers = [within(platform, SEVERAL, "code", "+46701234567") for _ in range(6)]
    assert answers == [True] * 3 + [False] * 3
    assert limits_in(lines) == [("code", 3)]
    assert "4670" not in str(lines)


@pytest.mark.feature("ZS4")
def test_what_is_asked_for_too_often_is_told(platform: Platform) -> None:
    """As a new password, for one address over and over."""
    with capture_logs() as lines:
        answers = [may_ask(platform, "new password", "eva@habo.se", "192.0.2.1") for _ in range(7)]
    assert answers == [True] * 5 + [False] * 2
    assert limits_in(lines) == [("new password", 5)]
    assert "habo" not in str(lines)


def test_a_mark_that_something_is_done_is_no_limit(platform: Platform) -> None:
    """What may happen once is looked up by the same counts, and is nobody's to hit."""
    with capture_logs() as lines:
        answers = [within(platform, Limit(1, timedelta(hours=1)), "told", "x") for _ in range(3)]
    assert answers == [True, False, False]
    assert limits_in(lines) == []
