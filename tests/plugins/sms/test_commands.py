from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from budkavle import Invalid, Misconfigured, Platform
from budkavle_sms.commands import group


def test_a_trial_says_what_the_gateway_answers(platform: Platform) -> None:
    """And what it calls the message; the number is not repeated."""
    done = CliRunner().invoke(group(platform.plugins.host("sms")), ["try", "070-123 45 12"])
    assert done.exit_code == 0, done.exception
    assert done.output.startswith("log tog emot meddelandet och kallar det ")
    assert "1234512" not in done.output


@pytest.mark.parametrize(("number", "error"), [("08-123", Invalid), ("070-123 45 12", Misconfigured)])
def test_what_cannot_be_tried_is_told(platform: Platform, number: str, error: Any) -> None:
    """A number that is none; a plugin that is not on."""
    host = platform.plugins.host("sms") if error is Invalid else None
    assert isinstance(CliRunner().invoke(group(host), ["try", number]).exception, error)


def test_a_sender_that_is_none_is_told_at_the_start(budkavle_open: Callable[..., Platform]) -> None:
    """Before an operator drops the first message; in words that say what would do."""
    with pytest.raises(Misconfigured, match="Prova HaboKommun"):
        budkavle_open(enabled=("sms",), plugins={"sms": {"sender": "Håbo kommun"}})
