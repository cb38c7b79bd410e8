"""Choosing a time to send at: what is proposed, and what no clock shows."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from budkavle.model.errors import Invalid
from budkavle.model.times import ZONE
from budkavle.web.http.forms import Form
from budkavle.web.pages.compose.later import chosen_time, is_later, proposals

VISITOR: Any = SimpleNamespace(language="sv", say=lambda sentence, **facts: sentence.format(**facts))


def labels(*at: int) -> list[tuple[str, str]]:
    return proposals(VISITOR, datetime(*at, tzinfo=ZONE))


@pytest.mark.feature("E13")
def test_working_days_are_proposed() -> None:
    """The next one, and the Monday after it; a holiday is none."""
    assert labels(2026, 11, 24, 9) == [
        ("later 2026-11-25T08:00", "I morgon 08.00"),
        ("later 2026-11-30T08:00", "Måndag 30 nov. 08.00"),
    ]
    assert labels(2026, 11, 27, 16) == [("later 2026-11-30T08:00", "Måndag 30 nov. 08.00")]
    assert labels(2026, 12, 23, 9)[0][0] == "later 2026-12-28T08:00"


@pytest.mark.feature("E13")
def test_the_time_is_that_of_the_clock_on_the_wall() -> None:
    """Summer and winter; an hour that the clock leaps over is no time, and neither is nonsense."""
    winter = Form({"send": ["later"], "later": ["2026-11-30T08:00"]})
    assert is_later(winter)
    assert not is_later(Form({"send": ["1"]}))
    assert chosen_time(winter) == datetime(2026, 11, 30, 7, tzinfo=UTC)
    assert chosen_time(Form({"send": ["later 2027-06-01T08:00"]})) == datetime(2027, 6, 1, 6, tzinfo=UTC)
    assert chosen_time(Form({"send": ["later"], "later": ["2027-06-01 8.00"]})) == datetime(2027, 6, 1, 6, tzinfo=UTC)
    for wrong in (
        "2027-03-28T02:30",
        "",
        "i morgon",
        "0001-01-01T00:00",
        "2027-06-01",
        "2027-W22-2T08:00",
        "2027-06-01T08:00+09:00",
    ):
        with pytest.raises(Invalid) as refused:
            chosen_time(Form({"send": ["later"], "later": [wrong]}))
        assert "later" in refused.value.fields
