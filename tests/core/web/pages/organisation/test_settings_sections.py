"""Inställningar of the organisation and of a mailbox: forms made from types, for those who may change them."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Annotated
from uuid import uuid4

import msgspec
import pytest

from budkavle.accounts import read_settings, write_settings
from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.users import update_user
from budkavle.model.errors import Invalid, Permanent
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Actor, Organisation, Role
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import Setting, SettingsSection, SettingsTest
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module

LIST, MAIL, SERVER = "/organisation/settings", "/organisation/settings/post.mail", "/organisation/settings/post.server"
CORE = tuple(
    f"budkavle.{name}"
    for name in ("sign_in", "administration", "sign_out", "cases", "bin", "information", "accessibility", "licence")
)
ROUTE, DIAL = "/organisation/settings/post.route", "/organisation/settings/post.dial"


class MailSettings(msgspec.Struct, frozen=True):
    """A field of each kind."""

    server: Annotated[str, Setting(label="Server", most=20)] = "mail.example"
    port: Annotated[int, Setting(label="Port", help="Oftast 587.", least=1, most=65535)] = 587
    tls: Annotated[bool, Setting(label="Krypterad")] = True
    security: Annotated[str, Setting(label="Sätt", choices={"starttls": "STARTTLS", "none": "Inget"})] = "starttls"
    pause: Annotated[timedelta, Setting(label="Paus", unit="minuter", least=1, most=60)] = timedelta(minutes=5)
    password: Annotated[str, Setting(label="Lösenord", secret=True)] = ""
    greeting: Annotated[str, Setting(label="Hälsning", lines=3, most=50)] = ""


class ServerSettings(msgspec.Struct, frozen=True):
    """What only the installation's administrators change."""

    nodes: Annotated[int, Setting(label="Noder", least=1)] = 1


class RouteSettings(msgspec.Struct, frozen=True):
    """What the installation fixes in part."""

    security: Annotated[str, Setting(label="Väg", choices={"starttls": "STARTTLS", "none": "Inget"})] = "none"
    detour: Annotated[bool, Setting(label="Omväg")] = False


class BoxSettings(msgspec.Struct, frozen=True):
    """What each mailbox has."""

    colour: Annotated[str, Setting(label="Färg")] = "blå"


def _try(actor: Actor, value: MailSettings, address: str) -> Iterator[str]:
    yield f"Ett prov är skickat till {address}."
    if value.port == 25:
        raise Permanent("Servern <svarar> inte.")


def _try_number(actor: Actor, value: "DialSettings", number: str) -> Iterator[str]:
    if number.startswith("x"):
        raise Invalid("{number} är inget nummer.", number=number)
    yield f"Det ringer hos {number or 'ingen'}."


def _count(value: "DialSettings", organisation: Organisation) -> dict[str, str]:
    return {
        "greeting": Sentence(
            "Det blir {letters} tecken hos {name}.", letters=len(value.greeting), name=organisation.name
        )
    }


class DialSettings(msgspec.Struct, frozen=True):
    """What has a test that asks for a number, and something to say of its text."""

    greeting: Annotated[str, Setting(label="Hälsning", most=10)] = "Hej"


SECTIONS = (
    SettingsSection(
        name="dial",
        type=DialSettings,
        title="Samtal",
        remarks=_count,
        test=SettingsTest(label="Ring", run=_try_number, asks=Setting(label="Provnummer", help="Dit går provet.")),
    ),
    SettingsSection(
        name="mail",
        type=MailSettings,
        title="E-post",
        help="Hur mejl går.",
        scope="both",
        test=SettingsTest(label="Skicka ett prov", help="Ett mejl går till dig.", run=_try),
    ),
    SettingsSection(name="route", type=RouteSettings, title="Vägen"),
    SettingsSection(name="server", type=ServerSettings, title="Noder", changed_by="installation"),
    SettingsSection(name="box", type=BoxSettings, title="Låda", scope="mailbox", changed_by="administrators"),
)
FORM = {
    "server": "post.habo",
    "port": "25",
    "security": "none",
    "pause": "7",
    "password": "hemligt",
    "greeting": "Hej!",
}


@pytest.fixture
def platform(budkavle_settings: Settings) -> Iterator[Platform]:
    """An installation with a plugin that has settings."""
    settings = msgspec.structs.replace(
        budkavle_settings, enabled=("post", "fake"), fixed={"post": {"route": {"security": "starttls"}}}
    )
    post = plugin_module("post", settings_sections=lambda: list(SECTIONS))
    fake = plugin_module("fake", transports=lambda: [FakeTransport()])
    plugins = Plugins.load(settings, offer(post=post, fake=fake))
    with closing(open_platform(settings, plugins)) as opened:
        plugins.start(lambda plugin: None)
        yield opened


def values(page: str) -> dict[str, str]:
    """What stands in the fields, by name."""
    fields = re.findall(r"<input\b[^>]*>", page, re.DOTALL)
    named = [(re.search(r'name="([^"]*)"', field), re.search(r'value="([^"]*)"', field)) for field in fields]
    return {name[1]: value[1] for name, value in named if name and value}


@pytest.mark.feature("O1")
def test_every_route_by_every_role(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox_administrator: SampleUser,
    administrator: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Administrators for the organisation, a mailbox's own for the mailbox; others and strangers nothing."""
    box, foreign = f"/mailboxes/{mailbox.id}/settings", f"/mailboxes/{uuid4()}/settings"
    people = {"ada": case_worker, "cleo": mailbox_administrator, "root": administrator, "dag": outsider}
    browsers = {name: browse(person) for name, person in {**people, "eve": other_administrator}.items()}
    expected = {
        LIST: {"root": 200, "eve": 200, "ada": 403, "cleo": 403, "dag": 403},
        **{f"{LIST}/{key}": {"root": 200, "ada": 403, "cleo": 403, "dag": 403} for key in CORE},
        MAIL: {"root": 200, "eve": 200, "ada": 403, "cleo": 403, "dag": 403},
        f"{LIST}/post.box": {"root": 404, "ada": 403},
        f"{LIST}/post.none": {"root": 404, "ada": 403},
        f"{box}/post.mail": {"root": 200, "cleo": 200, "ada": 403, "dag": 404, "eve": 404},
        f"{box}/post.box": {"root": 200, "cleo": 200, "ada": 403, "dag": 404, "eve": 404},
        f"{box}/post.server": {"root": 404, "cleo": 404, "ada": 403},
        f"{foreign}/post.mail": {"root": 404, "cleo": 404},
        f"/mailboxes/{case_worker.personal_id}/settings/post.mail": {"ada": 404, "root": 404},
    }
    assert {path: {who: browsers[who].get(path).status_code for who in by} for path, by in expected.items()} == expected
    changes = {
        MAIL: {"root": 303, "ada": 403, "cleo": 403, "dag": 403},
        SERVER: {"root": 403, "ada": 403},
        f"{box}/post.mail": {"root": 303, "cleo": 303, "ada": 403, "dag": 404, "eve": 404},
        f"{box}/post.box": {"root": 303, "cleo": 403, "ada": 403, "dag": 404, "eve": 404},
        f"{box}/post.server": {"root": 404, "cleo": 404, "ada": 403},
        f"{foreign}/post.mail": {"root": 404, "cleo": 404},
        f"{MAIL}/test": {"root": 200, "ada": 403, "cleo": 403, "dag": 403},
        f"{SERVER}/test": {"root": 403, "ada": 403},
        f"{box}/post.mail/test": {"root": 200, "cleo": 200, "ada": 403, "dag": 404, "eve": 404},
        f"{box}/post.box/test": {"root": 404, "cleo": 403, "ada": 403},
        f"{foreign}/post.mail/test": {"root": 404, "cleo": 404},
    }
    fields = {**FORM, "colour": "röd", "nodes": "2", "own": "1"}
    sent = {path: {who: browsers[who].post(path, **fields).status_code for who in by} for path, by in changes.items()}
    assert sent == changes
    nobody = browse(None)
    assert all(nobody.get(path).headers["location"].startswith("/sign-in") for path in expected)
    in_work(organisation.platform, system_actor(organisation.id), update_user, colleague.id, role=Role.PLATFORM)
    assert browse(colleague).post(SERVER, nodes="2").status_code == 303


def test_the_list_leads_to_each_section(admin: Browser, mailbox: FunctionMailbox) -> None:
    """From Min organisation; those of mailboxes alone stand on the mailbox's page."""
    assert f'href="{LIST}"' in admin.get("/organisation").text
    page = admin.get(LIST).text
    assert all(f'href="{LIST}/{key}"' in page for key in (*CORE, "post.mail", "post.server"))
    assert "post.box" not in page
    box = admin.get(f"/mailboxes/{mailbox.id}/settings").text
    assert all(f'href="/mailboxes/{mailbox.id}/settings/{key}"' in box for key in ("post.mail", "post.box"))
    assert "post.server" not in box


@pytest.mark.parametrize(("path", "key"), [("times", "budkavle.sign_out"), ("cases", "budkavle.cases")])
def test_pages_that_had_addresses_of_their_own_lead_on(admin: Browser, path: str, key: str) -> None:
    """A bookmark from before there were sections still works."""
    moved = admin.get(f"/organisation/{path}")
    assert (moved.status_code, moved.headers["location"]) == (301, f"{LIST}/{key}")


def test_what_is_typed_is_stored_and_shown_again(
    admin: Browser, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """All but the secret, which is kept where its field is left empty, and removed where that is ticked."""
    assert admin.post(MAIL, **FORM).status_code == 303
    root = administrator
    kept = in_work(organisation.platform, root, read_settings, MailSettings)
    assert kept == MailSettings("post.habo", 25, False, "none", timedelta(minutes=7), "hemligt", "Hej!")
    page = admin.get(f"{MAIL}?said=saved").text
    assert "Ändringarna är sparade." in page
    assert "hemligt" not in page
    assert {name: values(page)[name] for name in ("server", "port", "pause", "password")} == {
        **{name: FORM[name] for name in ("server", "port", "pause")},
        "password": "",
    }
    assert '<option value="none" selected>' in page
    assert "Standardvärdet är 587." in page
    admin.post(MAIL, **{**FORM, "password": ""})
    assert in_work(organisation.platform, root, read_settings, MailSettings).password == "hemligt"
    admin.post(MAIL, **{**FORM, "password": "", "remove.password": "1"})
    assert in_work(organisation.platform, root, read_settings, MailSettings).password == ""
    assert admin.post(MAIL, **FORM, usual="1").status_code == 303
    assert in_work(organisation.platform, root, read_settings, MailSettings) == MailSettings()


def test_what_cannot_be_stored_is_said_at_each_field(
    admin: Browser, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """With a summary that leads there, and with what was typed, but no secret."""
    typed = {**FORM, "server": "x" * 21, "port": "många", "security": "magi", "pause": "61"}
    answer = admin.post(MAIL, **typed)
    assert answer.status_code == 422
    page = answer.text
    for name in ("server", "port", "security", "pause"):
        assert f'href="#{name}"' in page
        assert f'id="{name}-error"' in page
    assert "4 fält behöver rättas" in page
    assert values(page)["port"] == "många"
    assert "hemligt" not in page
    assert "Skriv ett tal mellan 1 och 65535." in page
    hidden = admin.post(MAIL, **{**FORM, "server": "mejl\u200b.se"})
    assert hidden.status_code == 422
    assert "Texten har tecken som inte syns." in hidden.text
    admin.cookie += "; language=en"
    assert "Port: Write a number between 1 and 65535." in admin.post(MAIL, **typed).text
    assert in_work(organisation.platform, administrator, read_settings, MailSettings) == MailSettings()


def test_a_mailbox_follows_the_organisation_until_it_has_its_own(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    administrator: SampleUser,
) -> None:
    """The choice stands first in the form; going back forgets the mailbox's own."""
    cleo, path = browse(mailbox_administrator), f"/mailboxes/{mailbox.id}/settings/post.mail"
    in_work(organisation.platform, administrator, write_settings, MailSettings, {"server": "post.habo"})

    def read() -> str:
        settings = in_work(organisation.platform, administrator, read_settings, MailSettings, mailbox_id=mailbox.id)
        return settings.server

    assert values(cleo.get(path).text)["server"] == "post.habo"
    cleo.post(path, **{**FORM, "server": "egen"}, own="")
    assert read() == "post.habo"
    cleo.post(path, **{**FORM, "server": "egen"}, own="1")
    assert read() == "egen"
    assert re.search(r'name="own" value="1" checked', cleo.get(path).text)
    cleo.post(path, own="")
    assert read() == "post.habo"


def test_who_may_not_change_a_section_reads_it(
    admin: Browser, browse: Callable[..., Browser], mailbox_administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Without fields to fill in."""
    page = admin.get(SERVER).text
    assert "Du kan läsa inställningarna" in page
    assert 'name="nodes"' not in page
    box = browse(mailbox_administrator).get(f"/mailboxes/{mailbox.id}/settings/post.box").text
    assert "blå" in box
    assert 'name="colour"' not in box


def test_the_event_log_says_it_in_words(
    admin: Browser, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """The section and the labels of its fields, in the reader's language; the secret's value nowhere."""
    admin.post(MAIL, **FORM)
    in_work(organisation.platform, administrator, write_settings, BinSettings, {"bin_days": 7})
    page = admin.get("/events").text
    assert "Organisationens inställningar ändrades: E-post (" in page
    assert "Port: 587 → 25" in page
    assert "Lösenord: ändrad" in page
    assert "hemligt" not in page
    admin.cookie += "; language=en"
    page = admin.get("/events").text
    assert (
        "The organisation&#39;s settings were changed: Bin and deletion (Days in the bin: 30 dagar → 7 dagar)" in page
    )
    assert "Days in the bin" in admin.get(f"{LIST}/budkavle.bin").text


@pytest.mark.feature("OX4")
def test_a_test_of_what_is_saved_tells_its_steps(admin: Browser, administrator: SampleUser) -> None:
    """The page of the section has the button; what went wrong is told beside what went well, and escaped."""
    assert "Skicka ett prov" in admin.get(MAIL).text
    assert "Skicka ett prov" not in admin.get(f"{LIST}/budkavle.bin").text
    page = admin.post(f"{MAIL}/test").text
    assert f"Ett prov är skickat till {administrator.email}." in page
    assert "Provet gick bra." in page
    admin.post(MAIL, **FORM)
    page = admin.post(f"{MAIL}/test").text
    assert "Servern &lt;svarar&gt; inte." in page
    assert "Provet gick bra." not in page


@pytest.mark.feature("OX4")
def test_a_test_may_ask_for_something(admin: Browser) -> None:
    """It goes to the test in place of the address; what is wrong with it stands at the field, not in the steps."""
    assert "Provnummer" in admin.get(DIAL).text
    page = admin.post(f"{DIAL}/test", typed=" 112 ")
    assert (page.status_code, "Det ringer hos 112." in page.text) == (200, True)
    assert "Det ringer hos ingen." in admin.post(f"{DIAL}/test").text
    page = admin.post(f"{DIAL}/test", typed="x<1>")
    assert page.status_code == 422
    assert "x&lt;1&gt; är inget nummer." in page.text.partition('id="typed-error"')[2]
    assert "Provet gick bra." not in page.text
    assert "annan@example.se" not in admin.post(f"{MAIL}/test", typed="annan@example.se").text


@pytest.mark.feature("OX4")
def test_a_section_says_what_its_values_come_to(admin: Browser, organisation: SampleOrganisation) -> None:
    """Of what is saved, and of what is typed before it is; nothing is kept by that."""
    assert f"Det blir 3 tecken hos {organisation.organisation.name}." in admin.get(DIAL).text
    page = admin.post(DIAL, greeting="Hejsan", preview="1")
    assert (page.status_code, "Det blir 6 tecken" in page.text) == (200, True)
    assert values(page.text)["greeting"] == "Hejsan"
    assert "Det blir 3 tecken" in admin.post(DIAL, greeting="x" * 11, preview="1").text
    assert "Det blir 3 tecken" in admin.get(DIAL).text
    assert 'name="preview"' not in admin.get(MAIL).text


@pytest.mark.feature("OX4")
def test_what_the_installation_fixes_is_shown_and_not_asked(admin: Browser) -> None:
    """As text with its origin; a value that is posted all the same changes nothing."""
    page = admin.get(ROUTE).text
    assert 'name="security"' not in page
    assert "Bestäms av installationen." in page
    assert admin.post(ROUTE, security="none", detour="1").status_code == 303
    page = admin.get(ROUTE).text
    assert "<dd>STARTTLS</dd>" in page
    assert "Valt för organisationen." in page


@pytest.mark.feature("O1", "OX4")
def test_every_setting_is_found_by_its_words(admin: Browser) -> None:
    """By label, help, choice and title, in both languages; a hit leads to the very field."""
    places = {
        "papperskorgen": f"{LIST}/budkavle.bin#bin_days",
        "oftast 587": f"{MAIL}#port",
        "starttls sätt": f"{MAIL}#security",
        "tillitsnivåer": "/organisation/levels",
        "händelselogg": "/events",
        "färg": "/mailboxes",
        "DAYS in bin": f"{LIST}/budkavle.bin#bin_days",
    }
    for query, url in places.items():
        admin.cookie += "; language=en" if query == "DAYS in bin" else ""
        page = admin.get(f"{LIST}?q={query.replace(' ', '+')}").text
        assert f'href="{url}"' in page, query
        field = url.partition("#")[2]
        assert not field or f'id="{field}"' in admin.get(url).text


def test_what_is_not_found_says_so(admin: Browser) -> None:
    """With the words kept in the field, escaped."""
    page = admin.get(f"{LIST}?q=%3Cduvor%3E").text
    assert "Inget hittades" in page
    assert 'value="&lt;duvor&gt;"' in page
