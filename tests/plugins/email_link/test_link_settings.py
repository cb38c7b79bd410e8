"""What an organisation decides about its links: reminders, how long they live, and the words of the mails."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from budkavle import SettingsSection, Terms
from budkavle.accounts import write_settings
from budkavle.storage.platform import Platform
from budkavle.testing import SettingsSectionContract
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job
from budkavle_email_link.link_settings import LinkRules
from budkavle_email_link.links import Links

MARIA = "maria@exempel.example"


def choose(email_link: Any, **values: object) -> None:
    in_work(email_link.platform, email_link.organisation.administrator, write_settings, LinkRules, values)


def pass_days(email_link: Any, days: int) -> None:
    email_link.organisation.rows(f"UPDATE email_link_links SET remind_at = remind_at - interval '{days} days'")
    do_job(email_link.platform, "email_link.due")


@pytest.mark.feature("O7")
def test_reminders_are_as_many_and_as_late_as_the_organisation_says(email_link: Any, handler: Any) -> None:
    """One after three days; none for an organisation that wants none."""
    choose(email_link, remind_days=3, reminders=1)
    email_link.write()
    for expected in (1, 2, 2):
        assert len(handler.got) == expected
        pass_days(email_link, 3)
    choose(email_link, remind_days=0)
    email_link.write()
    for _ in range(3):
        pass_days(email_link, 400)
    assert len(handler.got) == 3


@pytest.mark.feature("O7")
def test_a_link_lives_as_long_as_the_organisation_says(email_link: Any, handler: Any) -> None:
    """From when it is sent."""
    choose(email_link, link_days=3)
    message = email_link.write()
    link = Links(email_link.host).of(message.organisation_id, email_link.delivery(message).id)
    assert link is not None
    assert timedelta(days=2.9) < link.expires_at - datetime.now(UTC) < timedelta(days=3)
    assert len(handler.got) == 1


@pytest.mark.feature("O7", "X6")
def test_the_mail_has_the_organisations_words(email_link: Any, handler: Any) -> None:
    """The notice's text in each mail; the open text where the sender writes none; each in the reader's language."""
    choose(
        email_link,
        notice_sv="Från oss på Håbo.",
        notice_en="From us at Håbo.",
        open_text_sv="Ring <0171-100> vid frågor.",
        open_text_en="Call us.",
    )
    email_link.write()
    email_link.write(open_text="Vi har skrivit till dig.")
    email_link.write(terms={MARIA: Terms(language="en")})
    standard, own, english = (got.body("plain").replace("\r", "") for got in handler.got)
    assert "Från oss på Håbo. Meddelandet visas" in standard
    assert "Håbo kommun skriver:\n\nRing <0171-100> vid frågor." in standard
    assert "Ring &lt;0171-100&gt; vid frågor." in handler.got[0].body("html")
    assert "Avsändaren skriver:\n\nVi har skrivit till dig." in own
    assert "Ring" not in own
    assert "From us at Håbo." in english
    assert "Call us." in english


class TestLinkRules(SettingsSectionContract):
    """The section keeps its promise."""

    @pytest.fixture
    def platform(self, email_link: Any) -> Platform:
        platform: Platform = email_link.platform
        return platform

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["email_link.links"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        texts = dict.fromkeys(("notice_sv", "notice_en", "open_text_sv", "open_text_en"), "Hej!")
        return {"link_days": 3, "remind_days": 1, "reminders": 5, **texts}

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"link_days": 0, "remind_days": 366, "reminders": -1, "notice_sv": "x" * 501}
