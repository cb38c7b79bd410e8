"""Settings of an organisation and of a mailbox: who may change them, what is stored, and what the event log says."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from budkavle.accounts.core_settings import BinSettings, core_sections
from budkavle.accounts.mailboxes import create_mailbox
from budkavle.accounts.organisations import create_organisation
from budkavle.accounts.stored_settings import all_sections, read_settings, section_values, settings_of, write_settings
from budkavle.accounts.users import create_user
from budkavle.cases.mailbox_deletion import delete_mailbox
from budkavle.host import host_of
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import ActorScope, Organisation, Role, SystemActor, UserActor
from budkavle.model.settings_sections import Setting, SettingsSection
from budkavle.operations.retention import empty_bin
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage import audit
from budkavle.storage.keys import Damaged
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.contracts import SettingsSectionContract
from budkavle.testing.plugins import offer, plugin_module


class MailSettings(msgspec.Struct, frozen=True):
    """A field of each kind."""

    server: Annotated[str, Setting(label="Server", most=20)] = "mail.example"
    port: Annotated[int, Setting(label="Port", least=1, most=65535)] = 587
    tls: Annotated[bool, Setting(label="Krypterad")] = True
    security: Annotated[str, Setting(label="Sätt", choices={"starttls": "STARTTLS", "none": "Inget"})] = "starttls"
    pause: Annotated[timedelta, Setting(label="Paus", unit="minuter", least=1, most=60)] = timedelta(minutes=5)
    password: Annotated[str, Setting(label="Lösenord", secret=True)] = ""
    greeting: Annotated[str, Setting(label="Hälsning", lines=3, most=50)] = ""


def _check(value: MailSettings, organisation: Organisation) -> Mapping[str, str]:
    wrong = value.port == 25 and value.tls
    return {"tls": f"Port 25 hos {organisation.name} går utan kryptering."} if wrong else {}


class ServerSettings(msgspec.Struct, frozen=True):
    """What only the installation's administrators change."""

    nodes: Annotated[int, Setting(label="Noder", least=1)] = 1


class BoxSettings(msgspec.Struct, frozen=True):
    """What each mailbox has, and only administrators of the organisation change."""

    colour: Annotated[str, Setting(label="Färg")] = "blå"


SECTIONS = (
    SettingsSection(name="mail", type=MailSettings, title="E-post", scope="both", check=_check),
    SettingsSection(name="server", type=ServerSettings, title="Noder", changed_by="installation"),
    SettingsSection(name="box", type=BoxSettings, title="Låda", scope="mailbox", changed_by="administrators"),
)


@pytest.fixture
def mail(budkavle_settings: Settings) -> Iterator[Platform]:
    """An installation with a plugin that has settings."""
    settings = msgspec.structs.replace(budkavle_settings, enabled=("post",))
    plugins = Plugins.load(settings, offer(post=plugin_module("post", settings_sections=lambda: list(SECTIONS))))
    with closing(open_platform(settings, plugins)) as platform:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: platform))
        yield platform


@pytest.fixture
def admin(mail: Platform) -> SystemActor:
    return SystemActor(create_organisation(mail, system_actor(), "Habo").id, "Rut", frozenset({ActorScope.ADMINISTER}))


@pytest.fixture
def box(mail: Platform, admin: SystemActor) -> UUID:
    return in_work(mail, admin, create_mailbox, "Registrator").id


def stored(platform: Platform, organisation_id: UUID) -> list[dict[str, Any]]:
    with platform.database.transaction(organisation_id) as connection:
        return list(connection.execute(text("SELECT chosen FROM settings ORDER BY section, mailbox_id")).scalars())


class TestMail(SettingsSectionContract):
    """The core's own test section keeps the contract that it asks of others."""

    @pytest.fixture
    def platform(self, mail: Platform) -> Platform:
        return mail

    @pytest.fixture
    def section(self) -> SettingsSection[Any]:
        return SECTIONS[0]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        return {
            "server": "post.habo.example",
            "port": 25,
            "tls": False,
            "security": "none",
            "pause": timedelta(minutes=7),
            "password": "hemligt ord",
            "greeting": "Hej!\nVi hörs.",
        }

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {
            "server": "x" * 21,
            "port": 0,
            "tls": "ja",
            "security": "magic",
            "pause": timedelta(hours=2),
            "password": "a\nb",
            "greeting": "x" * 51,
        }

    def test_what_people_read_is_in_both_languages(self, platform: Platform, section: SettingsSection[Any]) -> None:
        """This one has no translations: the contract says so."""
        with pytest.raises(AssertionError, match="Server"):
            super().test_what_people_read_is_in_both_languages(platform, section)


CORE: Mapping[str, tuple[Mapping[str, object], Mapping[str, object]]] = {
    "sign_out": (
        {"session_idle_minutes": 5, "session_absolute_minutes": 50},
        {"session_idle_minutes": 0, "session_absolute_minutes": 7 * 24 * 60 + 1},
    ),
    "cases": ({"join_by_reference": False}, {"join_by_reference": 1}),
    "bin": ({"bin_days": 0}, {"bin_days": 3651}),
    "messages": (
        {"default_loa": 2, "reply_allowed": False, "undo_seconds": 0, "approval_from_loa": 3}
        | {"retention_days": 30, "reminder_days": 7},
        {
            "default_loa": 4,
            "reply_allowed": "ja",
            "undo_seconds": 121,
            "approval_from_loa": 4,
            "retention_days": 36_501,
            "reminder_days": -1,
        },
    ),
    "mailbox_messages": (
        {"retention_days": 30, "reminder_days": 7},
        {"retention_days": -1, "reminder_days": 36_501},
    ),
    "files": (
        {"largest_mb": 1, "most_files": 2, "extensions": "pdf docx", "picture_metadata": True},
        {"largest_mb": 0, "most_files": 1001, "extensions": ".."},
    ),
}
"""Values of the core's sections that are right, and wrong."""


@pytest.mark.feature("O5", "O6", "O7", "O10", "S20", "Y3")
@pytest.mark.parametrize("name", CORE)
class TestCore(SettingsSectionContract):
    """The core's own sections."""

    @pytest.fixture
    def section(self, platform: Platform, name: str) -> SettingsSection[Any]:
        return next(section for section in core_sections(platform.settings) if section.name == name)

    @pytest.fixture
    def changes(self, name: str) -> Mapping[str, object]:
        return CORE[name][0]

    @pytest.fixture
    def wrong(self, name: str) -> Mapping[str, object]:
        return CORE[name][1]


def test_a_mailbox_has_its_own_section_or_the_organisations(mail: Platform, admin: SystemActor, box: UUID) -> None:
    """A mailbox that begins its own has the organisation's values, but not its secret."""
    in_work(mail, admin, write_settings, MailSettings, {"server": "post.habo", "password": "hemligt"})
    assert in_work(mail, admin, read_settings, MailSettings, mailbox_id=box).password == "hemligt"
    own = in_work(mail, admin, write_settings, MailSettings, {"port": 2525}, mailbox_id=box)
    assert (own.server, own.port, own.password) == ("post.habo", 2525, "")
    in_work(mail, admin, write_settings, MailSettings, {"server": "ny.habo"})
    assert in_work(mail, admin, read_settings, MailSettings, mailbox_id=box).server == "post.habo"
    assert in_work(mail, admin, write_settings, MailSettings, None, mailbox_id=box).server == "ny.habo"


def test_what_nobody_chooses_follows_the_installation(mail: Platform, admin: SystemActor) -> None:
    """What is chosen as it is anyway is not stored, nor is what is given back."""
    in_work(mail, admin, write_settings, BinSettings, {"bin_days": 30})
    assert stored(mail, admin.organisation_id) == [{}]
    in_work(mail, admin, write_settings, BinSettings, {"bin_days": 7})
    assert stored(mail, admin.organisation_id) == [{"bin_days": 7}]
    assert in_work(mail, admin, write_settings, BinSettings, {"bin_days": None}).bin_days == 30
    assert stored(mail, admin.organisation_id) == [{}]


def test_what_no_longer_fits_has_its_usual_value(mail: Platform, admin: SystemActor) -> None:
    """A newer version of a plugin may have another type, or no such field."""
    in_work(mail, admin, write_settings, MailSettings, {"port": 25, "tls": False})
    with mail.database.transaction(admin.organisation_id) as connection:
        connection.execute(text("""UPDATE settings SET chosen = chosen || '{"tls": "oui", "gone": 1}'"""))
    assert in_work(mail, admin, read_settings, MailSettings) == MailSettings(port=25)


def test_secrets_are_sealed_and_belong_to_their_place(mail: Platform, admin: SystemActor, box: UUID) -> None:
    """Neither the row nor the event log has them, and a row that is moved to a mailbox does not open."""
    in_work(mail, admin, write_settings, MailSettings, {"password": "hemligt ord"})
    assert "hemligt" not in json.dumps(stored(mail, admin.organisation_id))
    assert "hemligt" not in repr(audit.entries(mail.database, admin.organisation_id, None, 50))
    with mail.database.transaction(admin.organisation_id) as connection:
        connection.execute(text("UPDATE settings SET mailbox_id = :box"), {"box": box})
    with pytest.raises(Damaged):
        in_work(mail, admin, read_settings, MailSettings, mailbox_id=box)


def test_the_event_log_says_what_was_changed(mail: Platform, admin: SystemActor, box: UUID) -> None:
    """Section and fields, the old and the new; what stays as it is leaves no entry."""
    in_work(mail, admin, write_settings, MailSettings, {"port": 25, "tls": False, "password": "hemligt"})
    in_work(mail, admin, write_settings, MailSettings, {"port": 25, "tls": False})
    in_work(mail, admin, write_settings, MailSettings, {"pause": timedelta(minutes=9)}, mailbox_id=box)
    in_work(mail, admin, write_settings, MailSettings, None, mailbox_id=box)
    entries = audit.entries(mail.database, admin.organisation_id, None, 50)
    told = [(entry.kind, entry.thing, dict(entry.facts)) for entry in entries if "settings" in entry.kind][::-1]
    here, changed = str(admin.organisation_id), "mailbox.settings-changed"
    first = {"section": "post.mail", "port": "587 → 25", "tls": "på → av", "password": "ändrad"}
    assert told == [
        ("settings.changed", here, first),
        (changed, str(box), {"section": "post.mail", "pause": "5 minuter → 9 minuter", "password": "ändrad"}),
        (changed, str(box), {"section": "post.mail", "pause": "9 minuter → 5 minuter", "password": "ändrad"}),
    ]


def test_a_refused_change_stores_nothing(mail: Platform, admin: SystemActor) -> None:
    """Faults of fields and of the section's own check are told together; unknown fields too."""
    with pytest.raises(Invalid) as refused:
        in_work(mail, admin, write_settings, MailSettings, {"port": 25, "server": "x" * 21, "other": 1})
    assert refused.value.fields == {
        "tls": "Port 25 hos Habo går utan kryptering.",
        "server": "Texten är för lång. Korta den till högst 20 tecken.",
        "other": "Inställningen finns inte.",
    }
    assert stored(mail, admin.organisation_id) == []


def test_a_check_that_raises_stores_nothing(
    mail: Platform, admin: SystemActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a plugin's; the core's sections go on."""

    def raises(value: MailSettings, organisation: Organisation) -> Mapping[str, str]:
        raise SystemExit(5)

    section = SettingsSection(name="mail", type=MailSettings, title="E-post", check=raises)
    monkeypatch.setattr(Plugins, "settings_sections", property(lambda _: {"post.mail": section}))
    with pytest.raises(RuntimeError):
        in_work(mail, admin, write_settings, MailSettings, {"port": 2525})
    assert stored(mail, admin.organisation_id) == []
    assert in_work(mail, admin, write_settings, BinSettings, {"bin_days": 7}).bin_days == 7


def test_who_may_change_what(mail: Platform, admin: SystemActor, box: UUID) -> None:
    """A mailbox's administrators its own, unless the section leaves them to somebody above."""
    here = admin.organisation_id
    user, platform = UserActor(here, box, "Ada"), UserActor(here, box, "Root", Role.PLATFORM)
    for actor, settings, changes, mailbox in (
        (user, MailSettings, {"port": 26}, None),
        (admin, ServerSettings, {"nodes": 2}, None),
        (user, BoxSettings, {"colour": "röd"}, box),
    ):
        with pytest.raises(Forbidden):
            in_work(mail, actor, write_settings, settings, changes, mailbox_id=mailbox)
    with pytest.raises(NotFound):
        in_work(mail, user, write_settings, MailSettings, {"port": 26}, mailbox_id=box)
    assert in_work(mail, platform, write_settings, ServerSettings, {"nodes": 2}).nodes == 2
    assert in_work(mail, admin, write_settings, BoxSettings, {"colour": "röd"}, mailbox_id=box).colour == "röd"
    assert in_work(mail, admin, read_settings, BoxSettings).colour == "blå"


@pytest.mark.parametrize(("settings", "mailbox"), [(ServerSettings, True), (BoxSettings, False)])
def test_a_section_has_no_other_scope(
    mail: Platform, admin: SystemActor, box: UUID, settings: type[msgspec.Struct], mailbox: bool
) -> None:
    """What an organisation has alone is not chosen for a mailbox, and the other way round."""
    root = UserActor(admin.organisation_id, box, "Root", Role.PLATFORM)
    with pytest.raises(Invalid):
        in_work(mail, root, write_settings, settings, {}, mailbox_id=box if mailbox else None)
    (key,) = [key for key, section in all_sections(mail).items() if section.type is settings]
    with pytest.raises(NotFound):
        in_work(mail, root, section_values, key, box if mailbox else None)


def test_reading_opens_no_transaction_of_its_own(
    mail: Platform, admin: SystemActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in a unit of work, secrets included, nor of a session, whose query brings the core's sections along."""
    in_work(mail, admin, write_settings, MailSettings, {"password": "hemligt"})
    in_work(mail, admin, write_settings, BinSettings, {"bin_days": 7})
    ada = in_work(mail, admin, create_user, email="ada@habo.example", name="Ada")
    cookie = sessions.start(mail, SignedIn(ada, Loa.TWO, "password", "/"))
    opened = []
    transaction = type(mail.database).transaction

    def counted(*arguments: Any, **keywords: Any) -> Any:
        if arguments[0] is mail.database:  # others' threads may still be at work beside this
            opened.append(arguments)
        return transaction(*arguments, **keywords)

    monkeypatch.setattr(type(mail.database), "transaction", counted)
    with mail.work(admin) as work:
        assert read_settings(work, MailSettings).password == "hemligt"
        assert read_settings(work, BinSettings).bin_days == 7
    assert len(opened) == 1
    session = sessions.find(mail, cookie)
    assert settings_of(mail, BinSettings, session.choices).bin_days == 7
    assert len(opened) == 2


def test_two_organisations_have_their_own(mail: Platform, admin: SystemActor) -> None:
    """What one chooses the other does not see, not even in SQL."""
    other = system_actor(create_organisation(mail, system_actor(), "Mullsjö").id)
    in_work(mail, admin, write_settings, MailSettings, {"port": 26})
    assert in_work(mail, other, read_settings, MailSettings).port == 587
    assert stored(mail, other.organisation_id) == []


def test_the_settings_of_a_mailbox_go_with_it(mail: Platform, admin: SystemActor, box: UUID) -> None:
    """With its secrets, when it is destroyed; until then it can be restored with them."""
    other = in_work(mail, admin, create_mailbox, "En till").id
    for mailbox_id in (box, other):
        in_work(mail, admin, write_settings, MailSettings, {"password": "hemligt"}, mailbox_id=mailbox_id)
    in_work(mail, admin, delete_mailbox, other)
    assert len(stored(mail, admin.organisation_id)) == 2
    in_work(mail, admin, write_settings, BinSettings, {"bin_days": 0})
    empty_bin(mail)
    assert [set(chosen) for chosen in stored(mail, admin.organisation_id)] == [{"bin_days"}, {"password"}]
    with mail.work(admin) as work:
        assert section_values(work, "post.mail", box).own


def test_a_type_of_no_section_is_a_fault_in_the_code(platform: Platform, organisation: Organisation) -> None:
    """As where the plugin is off."""
    with pytest.raises(LookupError):
        in_work(platform, system_actor(organisation.id), read_settings, MailSettings)
