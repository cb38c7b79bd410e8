"""What the core requires of a section of settings."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from budkavle.accounts.mailboxes import create_mailbox
from budkavle.accounts.organisations import create_organisation, organisation
from budkavle.accounts.stored_settings import all_sections, read_settings, write_settings
from budkavle.model.errors import Invalid
from budkavle.model.people import SystemActor
from budkavle.model.settings_sections import SettingsSection, fields_of, section_faults
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor
from budkavle.testing.words import without_translation

LANGUAGES = ("en",)
"""Languages that every label is translated into, besides Swedish."""


class SettingsSectionContract:
    """What the form, the event log and `read_settings` require of a section of settings.

    Provide `section`; `changes`, a value other than the default for each field; and `wrong`, for some fields a value
    that must be refused. Also provide a fixture `platform`, an installation in which the plugin is on.
    """

    @pytest.fixture
    def section(self) -> SettingsSection[Any]:
        """Return the section; to be overridden."""
        pytest.fail("a contract needs the fixture `section`")

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        """Return a value other than the default for each field; to be overridden."""
        pytest.fail("a contract needs the fixture `changes`")

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        """Return values that must be refused, by field; to be overridden."""
        pytest.fail("a contract needs the fixture `wrong`")

    @pytest.fixture
    def administrator(self, platform: Platform) -> SystemActor:
        """Return an actor who may change it, in an organisation that has chosen nothing yet."""
        return system_actor(create_organisation(platform, system_actor(), f"Ort {uuid4()}").id)

    def test_it_keeps_the_promise(self, platform: Platform, section: SettingsSection[Any]) -> None:
        """Each field has a form field, and the section is registered."""
        assert [str(fault) for fault in section_faults(section)] == []
        assert section.type in {each.type for each in all_sections(platform).values()}

    def test_the_usual_values_are_valid(
        self, platform: Platform, section: SettingsSection[Any], administrator: SystemActor
    ) -> None:
        """Saving the form unchanged reports no error."""
        faults = {field.name: field.fault(getattr(section.usual, field.name)) for field in fields_of(section.type)}
        assert {name: fault for name, fault in faults.items() if fault} == {}
        if section.check is not None:
            with platform.work(administrator) as work:
                assert not any(section.check(section.usual, organisation(work)).values())

    def test_what_is_chosen_is_read_again(
        self,
        platform: Platform,
        section: SettingsSection[Any],
        administrator: SystemActor,
        changes: Mapping[str, object],
    ) -> None:
        """Until the defaults are chosen again; a mailbox's own values override the organisation's."""
        assert set(changes) == {field.name for field in fields_of(section.type)}
        with platform.work(administrator) as work:
            mailbox_id = None if section.scope == "organisation" else create_mailbox(work, "Registrator").id
        with platform.work(administrator) as work:
            write_settings(work, section.type, changes, mailbox_id=mailbox_id)
        with platform.work(administrator) as work:
            chosen = read_settings(work, section.type, mailbox_id=mailbox_id)
            assert {name: getattr(chosen, name) for name in changes} == changes
            if mailbox_id is not None:
                assert read_settings(work, section.type) == section.usual
            write_settings(work, section.type, None, mailbox_id=mailbox_id)
            assert read_settings(work, section.type, mailbox_id=mailbox_id) == section.usual

    def test_a_wrong_value_is_refused_in_words(
        self, platform: Platform, section: SettingsSection[Any], administrator: SystemActor, wrong: Mapping[str, object]
    ) -> None:
        """The error is shown at the field, and nothing is stored."""
        assert wrong
        mailbox_id = None
        if section.scope == "mailbox":
            with platform.work(administrator) as work:
                mailbox_id = create_mailbox(work, "Registrator").id
        for name, value in wrong.items():
            with pytest.raises(Invalid) as refused, platform.work(administrator) as work:
                write_settings(work, section.type, {name: value}, mailbox_id=mailbox_id)
            assert list(refused.value.fields) == [name]
            assert refused.value.fields[name].endswith(".")
        with platform.work(administrator) as work:
            assert read_settings(work, section.type, mailbox_id=mailbox_id) == section.usual

    def test_what_people_read_is_in_both_languages(self, platform: Platform, section: SettingsSection[Any]) -> None:
        """Title, labels, help, units and choices: Swedish in the code, other languages in the plugin's translations."""
        folders = platform.plugins.folders("locale")
        for language in LANGUAGES:
            assert without_translation(_sentences(section), language, folders) == []


def _sentences(section: SettingsSection[Any]) -> Iterator[str]:
    for sentence in (section.title, section.help, *_of_fields(section)):
        if any(sign.isalpha() for sign in sentence):
            yield sentence


def _of_fields(section: SettingsSection[Any]) -> Iterator[str]:
    for field in fields_of(section.type):
        yield from (field.setting.label, field.setting.help, field.setting.unit, *field.setting.choices.values())
