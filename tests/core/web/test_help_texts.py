"""Help texts: every page with a line in a menu has one, in both languages; search, and what plugins add."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import plugin_module
from budkavle.web import help_texts
from budkavle.web.views.delivery_status import FACTS, MEANINGS, PLACES, UNKNOWN, UNOPENED
from budkavle.web.views.organisation_menu import ADMINISTRATION, ORGANISATION

ROOT = Path(__file__).parents[3]
FOLDERS = {
    folder.parent.name.removeprefix("budkavle_"): folder
    for folder in sorted([*ROOT.glob("plugins/*/budkavle_*/help"), *ROOT.glob("addressbook/budkavle_*/help")])
}
LANGUAGES = ("sv", "en")
WITHOUT = frozenset({"/sign-out", "/accessibility", "#main"})
"""Lines that are no page of their own, or a page that explains itself."""


def links(page: str) -> Iterator[str]:
    for menu in re.findall(r"<nav\b.*?</nav>", page, re.DOTALL):
        yield from (address.replace("&amp;", "&") for address in re.findall(r'href="(/[^"]*)"', menu))


@pytest.mark.feature("E29")
def test_every_page_with_a_line_in_a_menu_has_help(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """In both languages: the mailboxes' folders, Min organisation, Administration and the pages of plugins."""
    root, ada = browse(administrator), browse(case_worker)
    addresses = {*links(ada.get(f"/m/{mailbox.id}").text), *links(root.get("/organisation").text)}
    addresses |= {entry.url for entry in (*ORGANISATION, *ADMINISTRATION)}
    assert f"/m/{mailbox.id}/sent" in addresses
    for language in LANGUAGES:
        texts = help_texts.help_texts(FOLDERS, language)
        assert [url for url in sorted(addresses - WITHOUT) if help_texts.help_of(texts, url) is None] == []


@pytest.mark.feature("E29")
def test_every_menu_line_of_a_plugin_has_help() -> None:
    """A plugin with a line in the navigation or in a menu has a folder `help` with a text for its page."""
    places = re.compile(r'Panel\(\s*"(?:nav\.item|organisation\.menu|administration\.menu)"')
    plugins = {
        file.parent.name.removeprefix("budkavle_")
        for file in ROOT.glob("plugins/*/budkavle_*/plugin.py")
        if places.search(file.read_text("utf-8"))
    }
    assert len(plugins) > 5
    assert plugins - set(FOLDERS) == set()
    for plugin in plugins:
        own = help_texts.help_texts({plugin: FOLDERS[plugin]}, "sv")
        assert any(text.pages for text in own if text.name.startswith(f"{plugin}."))


@pytest.mark.parametrize("folder", [help_texts.CORE, *FOLDERS.values()], ids=lambda folder: folder.parent.name)
def test_both_languages_have_the_same_texts(folder: Path) -> None:
    """By name, with the same pages, readers and places; titles are translated."""
    swedish, english = ({text.name: text for text in help_texts.read_folder("", folder / lang)} for lang in LANGUAGES)
    assert swedish.keys() == english.keys()
    for name, text in swedish.items():
        other = english[name]
        assert (text.pages, text.audience, text.order) == (other.pages, other.audience, other.order), name
        assert len(text.text.split()) > 5, name


@pytest.mark.feature("E29")
def test_the_page_leads_to_its_own_help(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """The link in the head has the text of the page that is shown, alone where the page itself asks for it."""
    root, ada = browse(administrator), browse(case_worker)
    for address, text in {
        f"/m/{mailbox.id}": "inbox",
        f"/m/{mailbox.id}/sent": "sent",
        f"/m/{mailbox.id}?folder=binned": "bin",
        "/organisation/users": "users",
        "/account/notices": "notices",
        "/account": "account",
    }.items():
        assert f'href="/help/{text}"' in (root if "organisation" in address else ada).get(address).text, address
    whole = root.get("/help/bin").text
    assert "<h1>Papperskorgen</h1>" in whole
    assert "<strong>Återställ</strong>" in whole
    beside = root.get("/help/bin", **{"hx-request": "true"}).text
    assert "<html" not in beside
    assert "Papperskorgen" in beside


@pytest.mark.feature("E29")
def test_help_is_found_by_its_words(
    browse: Callable[..., Browser], organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """All words must be there; texts for administrators are listed for them alone."""
    root, ada = browse(administrator), browse(case_worker)
    hits = ada.get("/help?q=papperskorg återställ").text
    assert 'href="/help/bin"' in hits
    assert 'href="/help/notices"' not in hits.split("<main")[1]
    for words in ("zebra", "papperskorg zebra"):
        assert "Inget hittades" in ada.get(f"/help?q={words}").text
    assert 'href="/help/users"' in root.get("/help").text
    assert 'href="/help/users"' not in ada.get("/help").text
    assert ada.get("/help/users").status_code == 404
    assert ada.get("/help/guest-link").status_code == 404
    assert "Länken fungerar inte" in browse().get("/help/guest-link").text


@pytest.mark.feature("E29")
def test_the_legend_has_every_state(
    browse: Callable[..., Browser], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """It is made of what the pages show, and has each word with its icon and what it means."""
    page = browse(case_worker).get("/help/icons").text
    shown = [*MEANINGS.values(), *FACTS.values(), *PLACES.values(), UNOPENED, UNKNOWN]
    assert [one.word for one in shown if f"{one.word}</span>" not in page] == []
    assert [one.sentence for one in shown if one.sentence not in page] == []
    assert "Bilagor</span>" in page


def test_a_plugin_brings_texts(open_fake: Callable[..., Platform], tmp_path: Path) -> None:
    """They lie in its folder `help`, by language, and their names begin with the plugin's."""
    (tmp_path / "loft" / "help" / "sv").mkdir(parents=True)
    (tmp_path / "loft" / "help" / "sv" / "birds.md").write_text("Title: Duvor\nPages: /plugin/loft*\n\nMata dem.\n")
    module = plugin_module("loft")
    module.__file__ = str(tmp_path / "loft" / "plugin.py")
    platform = open_fake(others={"loft": module})
    texts = help_texts.help_texts(platform.plugins.folders("help"), "sv")
    found = help_texts.help_of(texts, "/plugin/loft/birds")
    assert found is not None
    assert (found.name, found.title, str(found.html)) == ("loft.birds", "Duvor", "<p>Mata dem.</p>\n")


def test_a_text_without_a_title_is_refused() -> None:
    """And HTML in one is shown as it was written."""
    with pytest.raises(ValueError, match="has no line Title"):
        help_texts.parse("birds", "Pages: /x\n\nHej")
    assert "&lt;b&gt;" in help_texts.parse("birds", "Title: Duvor\n\n<b>Hej</b>").html


@pytest.mark.feature("E29")
def test_the_tour_comes_once(browse: Callable[..., Browser], organisation: SampleOrganisation) -> None:
    """Who signs in for the first time is led to it; it has five steps, can be left, and stands in Hjälp."""
    newcomer = browse(organisation.add_user("Nya Nilsson", is_new=True))
    assert newcomer.get("/").headers["location"] == "/help/tour"
    assert newcomer.get("/").headers["location"].startswith("/m/")
    address = "/help/tour"
    for step in range(1, 6):
        page = newcomer.get(address).text
        assert f"steg {step} av 5" in page
        assert ("Hoppa över" in page) == (step < 5)
        address = f"/help/tour?step={step + 1}"
    assert newcomer.get(address).status_code == 404
    assert 'href="/help/tour"' in newcomer.get("/help").text
    assert 'href="/help/tour-1"' not in newcomer.get("/help").text
