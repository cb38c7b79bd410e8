"""A plugin is shown by its name in words, in the reader's language; one that has none, by the name of the settings."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from budkavle.model.people import Actor, Role, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.plugins.breakers import LIMIT, Called
from budkavle.plugins.protocols.panel import Panel
from budkavle.storage import audit
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import plugin_module

Browse = Callable[..., Browser]
ENGLISH = """\
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Brevduvor"
msgstr "Homing pigeons"
"""


@pytest.fixture
def platform(open_fake: Callable[..., Platform], tmp_path: Path) -> Platform:
    """An installation with a plugin that has a name in words and one that has none; a panel of the first fails."""
    locale = tmp_path / "dovecote" / "locale"
    locale.mkdir(parents=True)
    (locale / "en.po").write_text(ENGLISH, "utf-8")
    (tmp_path / "dovecote" / "templates").mkdir()
    (tmp_path / "dovecote" / "templates" / "panel.html").write_text("", "utf-8")

    def fails(actor: Actor, subject: Any) -> Any:
        raise RuntimeError("away")

    panel = Panel("mailbox.settings", "panel.html", fails)
    dovecote = plugin_module("dovecote", label=lambda: "Brevduvor", panels=lambda host: [panel])
    dovecote.__file__ = str(tmp_path / "dovecote" / "plugin.py")
    return open_fake(others={"dovecote": dovecote, "owl": plugin_module("owl", jobs=lambda host: [])})


def shown(browser: Browser, path: str) -> str:
    return html.unescape(browser.get(path).text)


@pytest.fixture
def in_english(browse: Browse, administrator: SampleUser) -> Browser:
    """The administrator's browser, in English."""
    made = browse(administrator)
    made.cookie += "; language=en"
    return made


@pytest.mark.feature("O12")
def test_the_event_log_says_which_plugin_did_it(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, browse: Browse, in_english: Browser
) -> None:
    """As who did it, and within a sentence; a name that a plugin gives itself stands as it is."""
    for plugin, name in (("dovecote", "dovecote"), ("owl", "owl"), ("dovecote", "Diariet")):
        with platform.work(SystemActor(organisation.id, name, frozenset(), plugin)) as work:
            why = Sentence("Programmet är inte känt.").to_text()
            audit.record(work, "program.refused", None, plugin="dovecote", why=why)
            work.commit()
    page = shown(browse(administrator), "/events")
    for words in ("Brevduvor (tillägg)", "owl (tillägg)", "Diariet (tillägg)", "Ett program nekades (Brevduvor)"):
        assert words in page
    assert "dovecote" not in page
    assert "Homing pigeons (plugin)" in shown(in_english, "/events")


@pytest.mark.feature("PL5")
def test_what_a_plugin_could_not_show_is_told_by_its_label(
    organisation: SampleOrganisation, browse: Browse, administrator: SampleUser, in_english: Browser
) -> None:
    """In the language of the page."""
    mailbox = organisation.add_mailbox("Bygglov", administrator, administrators=[administrator])
    path = f"/mailboxes/{mailbox.id}/settings"
    assert "Tillägget Brevduvor kunde inte visa" in shown(browse(administrator), path)
    assert "Homing pigeons" in shown(in_english, path)


@pytest.mark.feature("PL5")
def test_the_pages_of_the_installation_have_both(
    platform: Platform, organisation: SampleOrganisation, browse: Browse
) -> None:
    """Whoever switches a plugin off needs the name of the settings too; a health check has the label."""
    called = Called("dovecote", "jobs", "homing")
    for _ in range(LIMIT):
        with pytest.raises(ZeroDivisionError):
            platform.plugins.walls.ask(called, 5.0, lambda: 1 // 0)
    platform.plugins.walls.tell.__self__.store()  # type: ignore[attr-defined]
    root = browse(organisation.add_user("Rot Ek", Role.PLATFORM))
    page = shown(root, "/administration/plugins")
    assert page.count("<b>Brevduvor</b> <code>dovecote</code>") == 2
    assert "<b>owl</b> <code>owl</code>" in page
    assert "Tillägget Brevduvor fungerar inte i jobs homing" in shown(root, "/administration/health")


@pytest.mark.feature("Z11")
def test_the_register_names_those_that_do_not_tell(browse: Browse, administrator: SampleUser) -> None:
    """By what people call them."""
    page = shown(browse(administrator), "/organisation/processing")
    assert "säger inte vilka personuppgifter de behandlar: fake, Brevduvor, owl" in page
