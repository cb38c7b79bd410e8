"""Fixtures of the jobs that send texts."""

import pytest


@pytest.fixture(autouse=True)
def sender(request: pytest.FixtureRequest) -> None:
    """Håbo's sender."""
    if "sms_plugin" in request.fixturenames:
        request.getfixturevalue("sms_plugin").choose(sender="HaboKommun")
