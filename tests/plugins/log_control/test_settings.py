"""The section Loggkontroll keeps what the core promises of sections."""

from collections.abc import Mapping
from typing import Any

import pytest

from budkavle import Platform, SettingsSection
from budkavle.testing import SettingsSectionContract


class TestLogControlSettings(SettingsSectionContract):
    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["log_control.control"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        switches = ("relatives", "own_case", "protected", "hours", "unusual")
        numbers = {"sample": 5, "most": 20, "many": 50, "many_minutes": 30, "day_from": 7, "day_to": 18}
        others = {"reviewers": "eva@habo.example", "per": "mailbox", "names": "name", "own_number": True}
        return {**dict.fromkeys(switches, False), **numbers, **others, "unusual_days": 60, "keep_years": 6}

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"reviewers": "ingen adress", "sample": 501, "per": "alla", "day_to": 3, "keep_years": 0}
