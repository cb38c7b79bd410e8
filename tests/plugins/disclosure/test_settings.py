"""The section Allmänna handlingar keeps what the core promises of sections."""

from collections.abc import Mapping
from typing import Any

import pytest

from budkavle import Platform, SettingsSection
from budkavle.testing import SettingsSectionContract


class TestDisclosureSettings(SettingsSectionContract):
    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["disclosure.desk"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        texts = ("purposes", "recipients", "retention", "source", "decisions", "transfers", "contact")
        numbers = {"package_days": 7, "package_downloads": 1, "keep_days": 30}
        return {"desk": "eva@habo.example", **numbers, **dict.fromkeys(texts, "Eget")}

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"desk": "ingen adress", "package_days": 31, "package_downloads": 0, "keep_days": 0}
