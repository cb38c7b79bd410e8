"""The pages of administrators: the organisation's words with what they become, and what has been sent."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from budkavle import Permanent, Platform, SettingsSection, Temporary
from budkavle.accounts import find_organisation
from budkavle.notices import Notice, NoticeKind, notify
from budkavle.operations.health import check_all
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import browsing
from budkavle.testing.contracts import SettingsSectionContract
from budkavle_sms import health, section
from budkavle_sms.parts import parts
from budkavle_sms.texts import NOTICES

SETTINGS, OUTBOX = "/organisation/settings/sms.notices", "/plugin/sms/outbox"
TEST = f"{SETTINGS}/test"
STANDARD = "Du har ett säkert meddelande från {organisation}. Se din e-post."


def test_an_administrator_chooses_the_words(
    sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """Sender, whether to send, and the texts; saved, shown again, and written in the event log without the texts."""
    browser = browse(administrator)
    page = browser.get(SETTINGS)
    assert page.status_code == 200
    assert 'value="Budkavle"' in page.text
    assert "HaboKommun" in page.text
    saved = browser.post(SETTINGS, sender="Habo", notices="1", text_sv="Hej från {organisation}.", text_en="")
    assert saved.headers["location"] == f"{SETTINGS}?said=saved"
    kept = sms_plugin.chosen()
    assert (kept.sender, kept.notices, kept.text("sv")) == ("Habo", True, "Hej från {organisation}.")
    assert kept.text("en").startswith("You have a secure message")
    page = browser.get(f"{SETTINGS}?said=saved").text
    assert "Ändringarna är sparade." in page
    assert 'value="Habo"' in page


def test_the_standard_text_is_not_kept_as_ones_own(
    sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """So that a better one comes with a new version."""
    browse(administrator).post(SETTINGS, sender="Habo", text_sv=STANDARD, text_en=NOTICES["en"])
    assert sms_plugin.organisation.rows("SELECT chosen FROM settings WHERE section = 'sms.notices'")[0].chosen == {
        "sender": "Habo"
    }


LENGTHS: list[tuple[str, str]] = [
    (STANDARD, "Det blir ett SMS; 99 tecken till får plats."),
    ("å" * 161, "Det blir 2 SMS; 145 tecken till får plats i det sista."),
    ("Se din e-post – nu", "Tecknet – gör att bara 70 får plats"),
    ("🔒" * 36, "Det blir 2 SMS; 61 tecken"),
]


def test_an_administrator_sees_how_many_sms_a_text_becomes(
    sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """Before it is saved, with the organisation's own name filled in; nothing is kept by counting."""
    for text, says in LENGTHS:
        page = browse(administrator).post(SETTINGS, sender="Habo", text_sv=text, text_en="", preview="1")
        assert page.status_code == 200, text
        assert says in page.text, text
        assert sms_plugin.chosen().sender == "Budkavle", text


FAULTS: list[tuple[str, str, str]] = [
    ("sender", "Håbo kommun", "Prova HaboKommun"),
    ("text_sv", "Hej {name}", "bara ha platsen"),
    ("text_sv", "Läs på https://habo.se/x", "får inte ha länkar"),
    ("text_en", "See www.habo.se", "får inte ha länkar"),
    ("text_sv", "å" * 460, "Texten blir 4 SMS"),
]


def test_a_fault_stands_at_its_field(sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any]) -> None:
    """With what was typed still there, as text and no markup."""
    for field, typed, says in FAULTS:
        fields = {"sender": "Habo", "text_sv": "", "text_en": "", field: typed}
        page = browse(administrator).post(SETTINGS, **fields)
        assert page.status_code == 422, field
        assert says in page.text, field
        assert f'href="#{field}"' in page.text, field
        assert sms_plugin.chosen().sender == "Budkavle", field


def test_they_are_for_administrators_only(
    case_worker: SampleUser, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """Others have no way there in their menu either; nobody without a session gets in."""
    anna = browse(case_worker)
    for path in (SETTINGS, OUTBOX):
        assert anna.get(path).status_code == 403
        assert browse().get(path).status_code != 200
    assert anna.post(SETTINGS, sender="Habo").status_code == 403
    assert OUTBOX not in anna.get("/account").text
    assert OUTBOX in browse(administrator).get("/account").text


def test_the_old_address_leads_to_the_settings(
    case_worker: SampleUser, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """For those who may see them."""
    assert browse(administrator).get("/plugin/sms/settings").headers["location"] == SETTINGS
    assert browse(case_worker).get("/plugin/sms/settings").status_code == 403


def test_a_form_of_another_page_changes_nothing(administrator: SampleUser, browse: Callable[..., Any]) -> None:
    """The token belongs to the session."""
    assert browse(administrator).post(SETTINGS, csrf="other", sender="Habo").status_code == 403


def test_one_organisation_does_not_see_another(
    platform: Platform, administrator: SampleUser, sms_plugin_of: Callable[..., Any], browse: Any
) -> None:
    """Neither its words nor what it has sent."""
    other = sms_plugin_of(platform, "Region Uppsala")
    queue(other, "Region Uppsala: koden är 999999.")
    other.choose(sender="Region")
    browser = browse(administrator)
    assert "Region" not in browser.get(SETTINGS).text
    assert "999999" not in browser.get(OUTBOX).text
    assert in_work(platform, administrator, find_organisation).name in browser.get(SETTINGS).text


def queue(sms_plugin: Any, text: str = "Håbo kommun: koden är 012345.") -> None:
    asked = Notice(NoticeKind.SMS, "+46701234512", "sms.code", text=text, is_urgent=True, is_secret=True)
    in_work(sms_plugin.platform, sms_plugin.organisation.administrator, notify, asked)


def test_in_development_the_texts_are_shown(
    sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """So that somebody can try the way of a code without a phone; once the worker has taken it, the number masked."""
    browser = browse(administrator)
    assert "Inga SMS har skickats" in browser.get(OUTBOX).text
    queue(sms_plugin)
    assert "012345" not in browser.get(OUTBOX).text
    sms_plugin.use_own_gateway()
    sms_plugin.send()
    page = browser.get(OUTBOX).text
    assert "koden är 012345" in page
    assert "+46 70 *** ** 12".replace(" ", "\u00a0") in page
    assert "701234512" not in page


def test_with_a_real_gateway_no_text_is_shown(
    budkavle_open: Callable[..., Platform], sms_plugin_of: Callable[..., Any]
) -> None:
    """Not even while it waits; the reason of a fault is."""
    section = {"gateway": "http", "http": {"url": "http://127.0.0.1:1/send"}}
    platform = budkavle_open(enabled=("sms",), base_url="https://sakert.habo.se", plugins={"sms": section})
    sms_plugin = sms_plugin_of(platform)
    sms_plugin.use_own_gateway()
    queue(sms_plugin)
    sms_plugin.send()
    with browsing(platform) as browser:
        page = browser(sms_plugin.organisation.administrator).get(OUTBOX).text
    assert "012345" not in page
    assert "SMS-tjänsten svarar inte" in page


# A test of the service


@pytest.fixture
def fake(sms_plugin: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page asks the gateway in memory."""
    monkeypatch.setattr(section, "parts", lambda host: replace(parts(host), gateway=sms_plugin.gateway))
    return sms_plugin.gateway


def kinds(sms_plugin: Any) -> list[str]:
    return [row.kind for row in sms_plugin.organisation.rows("SELECT kind FROM audit_log ORDER BY number")]


def test_the_service_is_asked_without_sending(
    sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any], fake: Any
) -> None:
    """It answers, or its fault is told; nobody gets a message."""
    browser = browse(administrator)
    assert "SMS-tjänsten (fake) svarar." in browser.post(TEST, typed="").text
    fake.failures = [Temporary("Den godtar inte uppgifterna.")]
    page = browser.post(TEST, typed="").text
    assert "Den godtar inte uppgifterna." in page
    assert "SMS-tjänsten (fake) svarar." not in page
    assert fake.taken == []
    assert kinds(sms_plugin)[-2:] == ["settings.tested", "settings.test-failed"]


def test_a_test_goes_to_a_number(
    sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any], fake: Any
) -> None:
    """From the organisation's sender; it counts as an SMS, and its number stands neither on the page nor in the log."""
    sms_plugin.choose(sender="Habo")
    browser = browse(administrator)
    page = browser.post(TEST, typed="070-123 45 12").text
    assert "tog emot provet" in page
    (sms,) = fake.taken
    assert (sms.to, sms.sender) == ("+46701234512", "Habo")
    assert "1234512" not in page.replace("-", "").replace(" ", "")
    assert kinds(sms_plugin)[-2:] == ["sms.sent", "settings.tested"]
    page = browser.post(TEST, typed="08-123")
    assert page.status_code == 422
    assert "inte ett svenskt mobilnummer" in page.text
    assert len(fake.taken) == 1


def test_tests_have_an_end(administrator: SampleUser, browse: Callable[..., Any], fake: Any) -> None:
    """Ten an hour for an organisation: each costs money, and rings at somebody's."""
    browser = browse(administrator)
    for _ in range(section.TESTS.failures):
        browser.post(TEST, typed="070-123 45 12")
    assert "Många prov" in browser.post(TEST, typed="070-123 45 12").text
    assert len(fake.taken) == section.TESTS.failures


def test_a_test_says_what_cannot_be_asked(administrator: SampleUser, browse: Callable[..., Any], fake: Any) -> None:
    """Development sends nothing; a service of templates has no question; a login by SMPP is not tried by a question."""
    browser = browse(administrator)
    for name, sentence in (("log", "skickar inga SMS"), ("http", "bara prövas med ett SMS"), ("smpp", "Inloggningen")):
        fake.name = name
        assert sentence in browser.post(TEST, typed="").text
    assert fake.taken == []


def test_only_administrators_test(case_worker: SampleUser, browse: Callable[..., Any], fake: Any) -> None:
    """Nobody else sends by it."""
    assert browse(case_worker).post(TEST, typed="070-123 45 12").status_code == 403
    assert fake.taken == []


# Health


def answers(sms_plugin: Any, organisation_id: Any = None) -> list[Any]:
    return list(health.check(sms_plugin.host, sms_plugin.parts.register, sms_plugin.gateway, organisation_id))


def test_development_is_told_where_it_would_surprise(
    platform: Platform, sms_plugin: Any, budkavle_open: Callable[..., Platform]
) -> None:
    """An installation that others reach is told that nothing is sent; one of a developer is well."""
    (told,) = [one for one in check_all(platform, None) if one.name == "SMS"]
    assert (told.ok, str(told)) == (False, "Inga SMS skickas: de visas bara för administratörer.")
    local = budkavle_open(enabled=("sms",))
    assert [one.ok for one in check_all(local, None) if one.name == "SMS"] == [True]


def test_a_gateway_that_answers_is_well(sms_plugin: Any) -> None:
    """Until the latest try has failed; and again when one has gone well."""
    assert [(one.ok, str(one)) for one in answers(sms_plugin)] == [(True, "SMS-tjänsten (fake) svarar.")]
    queue(sms_plugin)
    sms_plugin.gateway.failures = [Temporary("Fyll på kontot.")]
    sms_plugin.send()
    (told,) = answers(sms_plugin)
    assert (told.ok, str(told)) == (False, "Senaste försöket att skicka SMS misslyckades: Fyll på kontot.")
    sms_plugin.parts.register.note_gateway("fake")
    assert answers(sms_plugin)[0].ok


def test_a_gateway_that_does_not_answer_is_told(sms_plugin: Any) -> None:
    """With its reason and what to look at."""
    sms_plugin.gateway.failures = [Temporary("Den är nere.")]
    (told,) = answers(sms_plugin)
    assert (told.ok, str(told)) == (False, "SMS-tjänsten (fake) svarar inte som den ska: Den är nere.")
    assert "[plugins.sms]" in told.remedy


def test_an_organisation_is_told_what_did_not_arrive(sms_plugin: Any) -> None:
    """How many, and where the reasons stand."""
    assert answers(sms_plugin, sms_plugin.organisation.id)[0].ok
    queue(sms_plugin)
    sms_plugin.gateway.failures = [Permanent("Numret finns inte.")]
    sms_plugin.send()
    (told,) = answers(sms_plugin, sms_plugin.organisation.id)
    assert (told.ok, str(told)) == (False, "1 SMS kom inte fram det senaste dygnet.")


class TestNoticeSettings(SettingsSectionContract):
    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["sms.notices"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        return {"sender": "Habo", "notices": True, "text_sv": "Hej från {organisation}.", "text_en": "Hello."}

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"sender": "Håbo kommun", "notices": "ja", "text_sv": "Hej {name}", "text_en": "See www.habo.se"}
