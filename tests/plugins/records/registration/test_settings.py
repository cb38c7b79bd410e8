"""What an organisation chooses about registration."""

from collections.abc import Mapping
from typing import Any

import pytest

from budkavle import Platform, SettingsSection
from budkavle.testing import SettingsSectionContract


class TestRegistrationSettings(SettingsSectionContract):
    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["records.registration"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        return {
            "on": True,
            "days": 2,
            "closed": "2027-05-07\n2027-12-27",
            "personal": True,
            "remind": False,
            "remind_at": 8,
        }

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"days": 0, "closed": "7 maj", "remind_at": 24}
