"""Senders that the installation has assigned: an organisation sends under its own ones and under no others."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from budkavle import Invalid, Misconfigured, Platform
from budkavle.accounts import create_organisation
from budkavle.notices import Notice, NoticeKind, notify
from budkavle.operations.health import check_all
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import browsing
from budkavle_sms import health
from budkavle_sms.parts import parts

SETTINGS = "/organisation/settings/sms.notices"
SENDERS = {"Habo": "habo", "+46701234567": "habo", "RegionUpp": "uppsala"}


@pytest.fixture
def open_with(budkavle_open: Callable[..., Platform]) -> Callable[..., Platform]:
    def opened(senders: Mapping[str, str], **settings: Any) -> Platform:
        section = {"senders": senders, "sender": "Kommuner"}
        return budkavle_open(enabled=("sms",), base_url="https://sakert.habo.se", plugins={"sms": section}, **settings)

    return opened


@pytest.fixture
def habo(open_with: Callable[..., Platform], sms_plugin_of: Callable[..., Any]) -> Any:
    return assigned(sms_plugin_of(open_with(SENDERS)))


def assigned(sms_plugin: Any, slug: str = "habo") -> Any:
    sms_plugin.organisation.rows(f"UPDATE organisations SET slug = '{slug}'")
    return sms_plugin


def unassigned(sms_plugin: Any) -> None:
    """Let what the installation has assigned become another organisation's."""
    sms_plugin.organisation.rows("UPDATE organisations SET slug = 'other'")


def sent(sms_plugin: Any) -> str:
    asked = Notice(NoticeKind.SMS, "+46701234512", "sms.code", text="Hej.", is_urgent=True)
    in_work(sms_plugin.platform, sms_plugin.organisation.system, notify, asked)
    assert sms_plugin.send() == 1
    sender: str = sms_plugin.gateway.taken[-1].sender
    return sender


@pytest.mark.parametrize("sender", ["Habo", "070-123 45 67", "Kommuner", ""])
def test_an_organisation_chooses_among_its_own(habo: Any, sender: str) -> None:
    """A name, a number however it is written, or the installation's."""
    habo.choose(sender=sender)
    assert sent(habo) == {"070-123 45 67": "+46701234567", "": "Kommuner"}.get(sender, sender)


@pytest.mark.parametrize("sender", ["RegionUpp", "Polisen", "HABO", "+46701234568"])
def test_another_sender_is_refused(habo: Any, sender: str) -> None:
    """Another organisation's, and what is nobody's: the page says so at the field, and nothing is saved."""
    with pytest.raises(Invalid) as refused:
        habo.choose(sender=sender)
    assert str(refused.value.fields["sender"]).startswith("Avsändaren är inte er.")
    assert sent(habo) == "Kommuner"


def test_the_page_offers_what_may_be_chosen(habo: Any) -> None:
    """And never another organisation's."""
    with browsing(habo.platform) as browser:
        page = browser(habo.organisation.administrator).get(SETTINGS).text
        assert "Ni kan använda Kommuner, Habo, +46701234567." in page
        assert "RegionUpp" not in page
        refused = browser(habo.organisation.administrator).post(SETTINGS, sender="Polisen", text_sv="", text_en="")
    assert refused.status_code == 422
    assert "Avsändaren är inte er." in refused.text


def test_what_is_no_longer_assigned_is_not_sent_under(habo: Any) -> None:
    """The message goes all the same, from the installation's sender, and the organisation's health says what to do."""
    habo.choose(sender="Habo")
    assert told(habo, habo.organisation.id) == []
    unassigned(habo)
    assert sent(habo) == "Kommuner"
    (one,) = told(habo, habo.organisation.id)
    assert (one.ok, str(one)) == (
        False,
        "Avsändaren Habo är inte organisationens, så SMS går från Kommuner i stället.",
    )
    assert "senders" in one.remedy


def test_what_the_installation_fixes_is_assigned(
    open_with: Callable[..., Platform], sms_plugin_of: Callable[..., Any]
) -> None:
    """Nobody is held to change what no page changes."""
    fixed = {"sms": {"notices": {"sender": "Gemensam"}}}
    sms_plugin = assigned(sms_plugin_of(open_with(SENDERS, fixed=fixed)))
    sms_plugin.choose(notices=True)
    assert sent(sms_plugin) == "Gemensam"
    assert told(sms_plugin, sms_plugin.organisation.id) == []


@pytest.mark.parametrize("senders", [{"Håbo kommun": "habo"}, {"070-123 45 67": "habo", "+46701234567": "uppsala"}])
def test_what_is_no_sender_stops_the_start(open_with: Callable[..., Platform], senders: Mapping[str, str]) -> None:
    """As does one number that two organisations would have."""
    with pytest.raises(Misconfigured, match=r"senders i \[plugins\.sms\]"):
        parts(open_with(senders).plugins.host("sms"))


def told(sms_plugin: Any, organisation_id: Any = None) -> list[Any]:
    return list(health.senders(sms_plugin.host, sms_plugin.gateway, organisation_id))


def test_health_says_that_nothing_is_assigned(sms_plugin: Any) -> None:
    """Where real messages go out; the organisations then choose freely, as before."""
    (one,) = told(sms_plugin)
    assert (one.ok, one.notable) == (True, True)
    assert "väljer själva" in str(one)
    sms_plugin.choose(sender="Polisen")
    assert sent(sms_plugin) == "Polisen"
    assert told(sms_plugin, sms_plugin.organisation.id) == []
    sms_plugin.gateway = replace(sms_plugin.gateway, name="log")
    assert told(sms_plugin) == []


def test_health_is_silent_where_senders_are_assigned(habo: Any) -> None:
    """The installation has decided; its page asks this among the rest."""
    create_organisation(habo.platform, system_actor(), "Uppsala")
    assert told(habo) == []
    assert [one for one in check_all(habo.platform, None) if "väljer själva" in str(one)] == []


def test_health_names_organisations_that_there_are_not(habo: Any) -> None:
    """A short name that is spelled wrong gives a sender to nobody."""
    (one,) = told(habo)
    assert (one.ok, "organisationer som inte finns: uppsala." in str(one)) == (False, True)
