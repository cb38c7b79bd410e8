"""A plugin's settings and its pieces of the core's pages, as people see them; the pigeon's, who is a stranger here."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage
from tests.written_plugins import describe_plugin

from budkavle.accounts import add_members, create_mailbox, create_organisation, read_settings
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import send
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.model.people import Role, User
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import settled_user
from budkavle.testing.running import installed

PIGEON = Path(__file__).parents[1] / "third_party/budkavle_pigeon/budkavle_pigeon"
Open = Callable[..., Page]
Look = Callable[[Page], None]


@dataclass(frozen=True)
class Loft:
    """An organisation that keeps pigeons, its administrators, and a case that it has begun."""

    url: str
    platform: Platform
    chief: User
    root: User
    mailbox_id: UUID
    case_id: UUID


@pytest.fixture(scope="module")
def loft(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loft]:
    """Start it, with the pigeon as its installation would leave it."""
    folder = tmp_path_factory.mktemp("loft")
    plugins = folder / "plugins"
    shutil.copytree(PIGEON, plugins / "budkavle_pigeon")
    describe_plugin(plugins, "pigeon", "budkavle_pigeon.plugin")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(plugins))
        more = '[plugins.pigeon]\nlofts = { "loft 7" = "Mullsjö" }\n'
        with installed(budkavle_databases, folder, ["pigeon"], more, pythonpath=[plugins]) as running:
            made = create_organisation(running.platform, system_actor(), "Håbo kommun")
            with running.platform.work(system_actor(made.id)) as work:
                chief = settled_user(work, email="rut@habo.example", name="Rut Chef", role=Role.ADMIN)
                root = settled_user(work, email="pia@habo.example", name="Pia Drift", role=Role.PLATFORM)
                box = create_mailbox(work, "Duvvården")
                add_members(work, box.id, [chief.id])
            draft = Draft((Address("pigeon", "loft 7"),), "Hej", "Kom hem.")
            message = in_work(running.platform, chief.acting(), send, box.id, draft)
            with running.serving():
                yield Loft(running.url, running.platform, chief, root, box.id, message.case_id)


@pytest.fixture
def visit(loft: Loft, open_page: OpenPage) -> Open:
    """Open a browser in which somebody has signed in."""

    def open_one(user: User, **more: Any) -> Page:
        page = open_page(loft.url, **more)
        cookie = sessions.start(loft.platform, SignedIn(user, Loa.TWO, "password", "/"))
        page.context.add_cookies([{"name": "budkavle", "value": cookie, "url": loft.url}])
        return page

    return open_one


def settings_of(loft: Loft, mailbox_id: UUID | None = None) -> Any:
    kind = import_module("budkavle_pigeon.settings").LoftSettings
    return in_work(loft.platform, loft.chief.acting(), read_settings, kind, mailbox_id=mailbox_id)


@pytest.mark.feature("O1", "OX4")
def test_a_section_is_set_without_a_line_of_script(loft: Loft, visit: Open) -> None:
    """The form of a plugin's type: from Min organisation to what is wrong, and to what is saved."""
    page = visit(loft.chief, java_script_enabled=False)
    page.goto("/organisation")
    page.get_by_role("link", name="Inställningar").click()
    page.get_by_role("link", name="Duvslaget").click()
    page.get_by_label("Vila mellan två flygningar").fill("49")
    page.get_by_label("Största vikt").fill("tung")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("alert")).to_contain_text("2 fält behöver rättas")
    expect(page.get_by_role("alert")).to_contain_text("Största vikt: Skriv ett tal mellan 1 och 75.")
    expect(page.locator("#rest-error")).to_have_text("Skriv ett tal mellan 0 och 48.")
    expect(page.get_by_label("Största vikt")).to_have_value("tung")
    page.get_by_label("Vila mellan två flygningar").fill("3")
    page.get_by_label("Största vikt").fill("60")
    page.get_by_label("Foder").select_option("Ärtor")
    page.get_by_label("Ringmärk alla duvor").uncheck()
    page.get_by_label("Nyckel till duvslaget").fill("hemligt")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").filter(has_text="Ändringarna är sparade.")).to_be_visible()
    chosen = settings_of(loft)
    assert (chosen.rest, chosen.load, chosen.feed, chosen.rings) == (timedelta(hours=3), 60, "peas", False)
    assert chosen.key == "hemligt"
    assert "hemligt" not in page.content()
    page.get_by_role("button", name="Återställ standardvärden").click()
    assert settings_of(loft).load == 50


@pytest.mark.feature("O1", "F6")
def test_the_forms_are_fit_for_everybody(loft: Loft, visit: Open, look: Look) -> None:
    """Each page of settings, with and without faults, wide and narrow, in both languages."""
    page = visit(loft.chief)
    for path in ("/organisation/settings", "/organisation/settings/pigeon.loft"):
        page.goto(path)
        look(page)
    page.get_by_label("Största vikt").fill("tung")
    page.get_by_role("button", name="Spara").click()
    expect(page.locator("#load-error")).to_be_visible()
    look(page)
    page.goto(f"/mailboxes/{loft.mailbox_id}/settings")
    look(page)
    page.get_by_role("link", name="Duvslaget").click()
    page.get_by_label("Brevlådans egna").check()
    page.get_by_label("Största vikt").fill("70")
    page.get_by_label("Nyckel till duvslaget").fill("hemligt")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").filter(has_text="Ändringarna är sparade.")).to_be_visible()
    look(page)
    assert settings_of(loft, loft.mailbox_id).load == 70
    assert settings_of(loft).load == 50
    page.goto("/language/en")
    page.goto(f"/mailboxes/{loft.mailbox_id}/settings/pigeon.loft")
    expect(page.get_by_label("Rest between two flights")).to_have_value("2")
    expect(page.locator("#rest-unit")).to_have_text("hours")
    look(page)


def test_pieces_of_plugins_fit_into_their_pages(loft: Loft, visit: Open, look: Look) -> None:
    """Wide and narrow; the action of a case stands in its menu."""
    page = visit(loft.root)
    for path, words in (
        ("/administration", "Installationen har 3 duvor."),
        (f"/organisation/users/{loft.chief.id}", "Rut Chef har ingen egen duva."),
    ):
        page.goto(path)
        expect(page.locator("main")).to_contain_text(words)
        look(page)
    page = visit(loft.chief)
    page.goto(f"/m/{loft.mailbox_id}/sent")
    expect(page.get_by_role("link", name="Räkna duvorna")).to_be_visible()
    look(page)
    page.goto(f"/c/{loft.case_id}")
    expect(page.locator(".case-piece")).to_have_text("Duvan vilar 2 timmar innan den flyger.")
    page.get_by_role("button", name="Mer", exact=True).click()
    expect(page.get_by_role("link", name="Följ duvan")).to_be_visible()
    look(page)
