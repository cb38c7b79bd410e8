"""The pages of administrators: the organisation's words with what they become, and what has been sent."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle import Permanent, Platform, Temporary
from budkavle.accounts import find_organisation
from budkavle.notices import Notice, NoticeKind, notify
from budkavle.operations.health import check_all
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import browsing
from budkavle_sms import health, organisation_settings

SETTINGS, OUTBOX = "/plugin/sms/settings", "/plugin/sms/outbox"
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
    kept = organisation_settings.own_words(sms_plugin.host, sms_plugin.organisation.id)
    assert (kept.sender, kept.notices, kept.text("sv")) == ("Habo", True, "Hej från {organisation}.")
    assert kept.text("en").startswith("You have a secure message")
    page = browser.get(f"{SETTINGS}?said=saved").text
    assert "Ändringarna är sparade." in page
    assert 'value="Habo"' in page


def test_the_standard_text_is_not_kept_as_ones_own(
    sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """So that a better one comes with a new version."""
    browse(administrator).post(SETTINGS, sender="Habo", text_sv=STANDARD, text_en="")
    assert organisation_settings.own_words(sms_plugin.host, sms_plugin.organisation.id).text_sv == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (STANDARD, "Det blir ett SMS; 99 tecken till får plats."),
        ("å" * 161, "Det blir 2 SMS; 145 tecken till får plats i det sista."),
        ("Se din e-post – nu", "Tecknet – gör att bara 70 får plats"),
        ("🔒" * 36, "Det blir 2 SMS; 61 tecken"),
    ],
)
def test_an_administrator_sees_how_many_sms_a_text_becomes(
    sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any], text: str, says: str
) -> None:
    """Before it is saved, with the organisation's own name filled in; nothing is kept by counting."""
    page = browse(administrator).post(SETTINGS, sender="Habo", text_sv=text, text_en="", count="1")
    assert page.status_code == 200
    assert says in page.text
    assert organisation_settings.own_words(sms_plugin.host, sms_plugin.organisation.id).sender == "Budkavle"


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("sender", "Håbo kommun", "Prova HaboKommun"),
        ("text_sv", "Hej {name}", "bara ha platsen"),
        ("text_sv", "Läs på https://habo.se/x", "får inte ha länkar"),
        ("text_en", "See www.habo.se", "får inte ha länkar"),
        ("text_sv", "å" * 460, "Texten blir 4 SMS"),
    ],
)
def test_a_fault_stands_at_its_field(
    sms_plugin: Any, administrator: SampleUser, browse: Callable[..., Any], field: str, typed: str, says: str
) -> None:
    """With what was typed still there, as text and no markup."""
    fields = {"sender": "Habo", "text_sv": "", "text_en": "", field: typed}
    page = browse(administrator).post(SETTINGS, **fields)
    assert page.status_code == 422
    assert says in page.text
    assert f'href="#{field}"' in page.text
    assert organisation_settings.own_words(sms_plugin.host, sms_plugin.organisation.id).sender == "Budkavle"


def test_they_are_for_administrators_only(
    case_worker: SampleUser, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """Others have no way there in their menu either; nobody without a session gets in."""
    anna = browse(case_worker)
    for path in (SETTINGS, OUTBOX):
        assert anna.get(path).status_code == 403
        assert browse().get(path).status_code != 200
    assert anna.post(SETTINGS, sender="Habo").status_code == 403
    assert SETTINGS not in anna.get("/account").text
    assert SETTINGS in browse(administrator).get("/account").text


def test_a_form_of_another_page_changes_nothing(administrator: SampleUser, browse: Callable[..., Any]) -> None:
    """The token belongs to the session."""
    assert browse(administrator).post(SETTINGS, csrf="other", sender="Habo").status_code == 403


def test_one_organisation_does_not_see_another(
    platform: Platform, administrator: SampleUser, sms_plugin_of: Callable[..., Any], browse: Any
) -> None:
    """Neither its words nor what it has sent."""
    other = sms_plugin_of(platform, "Region Uppsala")
    queue(other, "Region Uppsala: koden är 999999.")
    organisation_settings.change(other.host, other.organisation.administrator, organisation_settings.OwnWords("Region"))
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
