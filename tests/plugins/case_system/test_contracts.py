"""The contracts that the plugin keeps: its settings, its outbox, its health."""

from collections.abc import Mapping
from typing import Any

import pytest

from budkavle import Platform, SettingsSection
from budkavle.testing import SettingsSectionContract

SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODk="


class TestDeliverySettings(SettingsSectionContract):
    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["case_system.delivery"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        told = dict.fromkeys(
            ("tells_opened", "tells_received", "tells_sent", "tells_closed", "tells_registration"), False
        )
        return {
            "webhook": True,
            "url": "https://platina.habo.se/webhooks",
            "secret": SECRET,
            "former_secret": SECRET,
            "folder": True,
            "folder_name": "platina",
            "folder_when": "both",
            "folder_format": "json",
            "folder_level": 3,
            "folder_confidential": True,
            **told,
        }

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {
            "secret": "hemligt",
            "former_secret": "whsec_AAAA",
            "folder_when": "never",
            "folder_format": "pdf",
            "folder_level": 4,
        }


LEADING_NOWHERE: list[tuple[dict[str, Any], str]] = [
    ({"webhook": True, "secret": SECRET}, "url"),
    ({"webhook": True, "secret": SECRET, "url": "ftp://x"}, "url"),
    ({"webhook": True, "url": "https://x"}, "secret"),
    ({"folder": True, "folder_name": ".."}, "folder_name"),
    ({"folder": True, "folder_name": "a/b"}, "folder_name"),
]


def test_settings_that_lead_nowhere(platform: Platform, organisation: Any) -> None:
    """Each fault stands at its field."""
    section = platform.plugins.settings_sections["case_system.delivery"]
    assert section.check is not None
    for values, field in LEADING_NOWHERE:
        assert set(section.check(section.type(**values), organisation.organisation)) == {field}, values


def test_health_names_what_was_given_up(by_webhook: Any, organisation: Any) -> None:
    """Nothing where nothing was delivered, then well, then not."""
    check = by_webhook.platform.plugins.health_checks["case_system.deliveries"]
    assert list(check.check(organisation.id)) == []
    organisation.arrive()
    by_webhook.read()
    assert [each.ok for each in check.check(organisation.id)] == [True]
    by_webhook.system.statuses = [410]
    by_webhook.deliver()
    assert [each.ok for each in check.check(organisation.id)] == [False]
