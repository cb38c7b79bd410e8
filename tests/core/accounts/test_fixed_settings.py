"""Values that the installation's file fixes, and trying saved settings by the test that a section offers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from sqlalchemy import text

from budkavle.accounts.mailboxes import create_mailbox
from budkavle.accounts.organisations import create_organisation
from budkavle.accounts.settings_registry import check_fixed
from budkavle.accounts.settings_tests import run_settings_test
from budkavle.accounts.stored_settings import ValueSource, read_settings, section_values, write_settings
from budkavle.host import host_of
from budkavle.model.errors import Forbidden, Misconfigured, NotFound, Permanent
from budkavle.model.people import Actor, ActorScope, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import Setting, SettingsSection, SettingsTest
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage import audit
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.plugins import offer, plugin_module

Make = Callable[..., Platform]


class MailSettings(msgspec.Struct, frozen=True):
    """What a test is asked about."""

    server: Annotated[str, Setting(label="Server", most=20)] = "mail.example"
    port: Annotated[int, Setting(label="Port", least=1, most=65535)] = 587
    pause: Annotated[timedelta, Setting(label="Paus", unit="minuter", least=1, most=60)] = timedelta(minutes=5)
    password: Annotated[str, Setting(label="Lösenord", secret=True)] = ""


def _try(actor: Actor, value: MailSettings, address: str) -> Iterator[str]:
    yield Sentence("Servern {server} svarar.", server=value.server)
    if value.password != "rätt":
        raise Permanent("Lösenordet stämmer inte. Skriv det på nytt.")
    if value.port == 1:
        raise ValueError("what no person reads")
    yield Sentence("Ett prov är skickat till {address}.", address=address)


MAIL = SettingsSection(
    name="mail", type=MailSettings, title="E-post", scope="both", test=SettingsTest(label="Skicka ett prov", run=_try)
)
PLAIN = SettingsSection(name="plain", type=type("Other", (MailSettings,), {}, frozen=True), title="Annat")


@pytest.fixture
def make(budkavle_settings: Settings) -> Iterator[Make]:
    """Open an installation whose file fixes something."""
    with ExitStack() as opened:

        def make(**fixed: Any) -> Platform:
            settings = msgspec.structs.replace(budkavle_settings, enabled=("post",), fixed=fixed)
            plugins = Plugins.load(settings, offer(post=plugin_module("post", settings_sections=lambda: [MAIL, PLAIN])))
            platform: Platform = open_platform(settings, plugins)
            opened.callback(platform.close)
            plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
            return platform

        yield make


def administrator(platform: Platform) -> SystemActor:
    organisation_id = create_organisation(platform, system_actor(), "Habo").id
    return SystemActor(organisation_id, "Rut", frozenset({ActorScope.ADMINISTER}))


def stored(platform: Platform, actor: Actor) -> list[dict[str, Any]]:
    with platform.database.transaction(actor.organisation_id) as connection:
        return list(connection.execute(text("SELECT chosen FROM settings")).scalars())


def test_what_the_file_fixes_holds_whatever_is_chosen(make: Make) -> None:
    """For the organisation and its mailboxes, now and where it was chosen before; posted, it is passed over."""
    before = make()
    actor = administrator(before)
    in_work(before, actor, write_settings, MailSettings, {"port": 25, "server": "post.habo"})
    platform = make(post={"mail": {"port": 465, "pause": 7}})
    assert in_work(platform, actor, read_settings, MailSettings) == MailSettings("post.habo", 465, timedelta(minutes=7))
    box = in_work(platform, actor, create_mailbox, "Registrator").id
    in_work(platform, actor, write_settings, MailSettings, {"port": 26, "server": "eget"}, mailbox_id=box)
    own = in_work(platform, actor, read_settings, MailSettings, mailbox_id=box)
    assert (own.server, own.port) == ("eget", 465)
    assert all("port" not in chosen for chosen in stored(platform, actor) if chosen.get("server") == "eget")


def test_each_value_says_where_it_comes_from(make: Make) -> None:
    """The type, the installation, the organisation or the mailbox."""
    platform = make(post={"mail": {"port": 465}})
    actor = administrator(platform)
    box = in_work(platform, actor, create_mailbox, "Registrator").id
    in_work(platform, actor, write_settings, MailSettings, {"server": "post.habo"})

    def sources(**where: Any) -> dict[str, ValueSource]:
        values = in_work(platform, actor, section_values, "post.mail", **where)
        return {name: values.source(name) for name in ("server", "port", "pause")}

    expected = {"server": ValueSource.ORGANISATION, "port": ValueSource.FIXED, "pause": ValueSource.STANDARD}
    assert sources() == sources(mailbox_id=box) == expected
    in_work(platform, actor, write_settings, MailSettings, {}, mailbox_id=box)
    assert sources(mailbox_id=box) == expected | {"server": ValueSource.MAILBOX}
    shorter = msgspec.structs.replace(platform.settings, bin_days=7)
    platform.settings = shorter
    values = in_work(platform, actor, section_values, "budkavle.bin")
    assert values.source("bin_days") is ValueSource.INSTALLATION


@pytest.mark.parametrize(
    ("fixed", "word"),
    [
        ({"post": {"mail": {"porten": 1}}}, "porten"),
        ({"post": {"mail": {"port": 0}}}, "mellan 1 och 65535"),
        ({"post": {"mail": {"port": "587"}}}, "port"),
        ({"post": {"mall": {"port": 587}}}, "post.mall"),
        ({"budkavle": {"bin": {"bin_days": -1}}}, "bin_days"),
        ({"budkavle": {"administration": {"networks": "10.1.0.0/16\nkontoret"}}}, "kontoret är varken"),
    ],
)
def test_a_wrong_value_stops_the_start_in_words(make: Make, fixed: Mapping[str, Any], word: str) -> None:
    """An unknown field or section, and what no form would take."""
    platform = make()
    settings = msgspec.structs.replace(platform.settings, fixed=fixed)
    with pytest.raises(Misconfigured, match=word):
        check_fixed(settings, platform.plugins)


def test_what_belongs_to_a_plugin_that_is_off_is_told_of(make: Make, tmp_path: Path) -> None:
    """It is no fault; a secret may stand in a file of its own."""
    secret = tmp_path / "lösenord"
    secret.write_text("hemligt\n")
    platform = make(sms={"words": {"sender": "Habo"}}, post={"mail": {"password_file": str(secret)}})
    assert check_fixed(platform.settings, platform.plugins) == ["sms.words"]
    assert in_work(platform, administrator(platform), read_settings, MailSettings).password == "hemligt"


def test_a_section_is_tried_with_what_is_saved(make: Make) -> None:
    """Each step that went well is told, and what went wrong; the event log knows that it was tried, and no secret."""
    platform = make()
    actor = administrator(platform)

    def run() -> tuple[list[str], str]:
        result = run_settings_test(platform, actor, "post.mail", "rut@habo.example")
        return list(result.steps), result.fault or ""

    assert run() == (["Servern mail.example svarar."], "Lösenordet stämmer inte. Skriv det på nytt.")
    in_work(platform, actor, write_settings, MailSettings, {"password": "rätt"})
    assert run() == (["Servern mail.example svarar.", "Ett prov är skickat till rut@habo.example."], "")
    in_work(platform, actor, write_settings, MailSettings, {"port": 1})
    steps, fault = run()
    assert steps == ["Servern mail.example svarar."]
    assert "svarade inte som det ska" in fault
    assert "no person" not in fault
    kinds = [entry.kind for entry in audit.entries(platform.database, actor.organisation_id, None, 20)]
    bad, good = "settings.test-failed", "settings.tested"
    assert [kind for kind in kinds if kind in {bad, good}] == [bad, good, bad]


def test_only_who_may_change_a_section_tries_it(make: Make) -> None:
    """And only a section that has a test."""
    platform = make()
    actor = administrator(platform)
    with pytest.raises(Forbidden):
        run_settings_test(platform, SystemActor(actor.organisation_id, "Bo"), "post.mail", "bo@habo.example")
    for key in ("post.plain", "post.nothing"):
        with pytest.raises(NotFound):
            run_settings_test(platform, actor, key, "rut@habo.example")
