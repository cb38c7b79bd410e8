"""When and how an organisation's faxes go: the section keeps the contract."""

from collections.abc import Mapping
from typing import Any

import pytest

from budkavle import Platform, SettingsSection
from budkavle.testing.contracts import SettingsSectionContract


class TestRules(SettingsSectionContract):
    """The contract of every section of settings."""

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["fax.rules"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        return {"from_hour": 7, "to_hour": 18, "weekdays": True, "note": "Sekretess!"}

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"from_hour": 24, "to_hour": 0, "weekdays": "ja", "note": "x" * 301}
