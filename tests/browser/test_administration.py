"""Administration of the installation: organisations and nodes, in both languages, wide and narrow, without a script."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.accounts import read_settings
from budkavle.accounts.organisations import create_organisation, organisation_by_slug
from budkavle.accounts.profile import LicenceSettings
from budkavle.model.people import INSTALLATION, ActorScope, Role, SystemActor
from budkavle.operations.nodes import NodeKind, list_nodes, node_name
from budkavle.organisation.register import list_organisations
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import do_job, wait_until
from budkavle_demo.content import ANNA, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]
ROOT = SystemActor(INSTALLATION, "Provaren", frozenset({ActorScope.INSTALLATION}))
CHIEF, SECOND = "chefen@drift.example", "andra@drift.example"


@pytest.fixture(scope="module", autouse=True)
def operations(platform: Platform) -> None:
    """The organisation of those who run the installation, with two administrators, and one to be paused."""
    drift = SampleOrganisation(platform, create_organisation(platform, system_actor(), "Driften", "drift"))
    for email, name in ((CHIEF, "Rut Drift"), (SECOND, "Olof Drift")):
        drift.add_user(name, Role.PLATFORM, email=email, password=PASSWORD)
    quiet = SampleOrganisation(platform, create_organisation(platform, system_actor(), "Sundby kommun", "sundby"))
    quiet.add_user("Vera Sund", Role.ADMIN, email="vera@sundby.example", password=PASSWORD)


@pytest.mark.feature("N1", "N2")
def test_an_organisation_is_added_without_a_script_and_its_administrator_signs_in(
    platform: Platform, browse: Browse, look: Look, enter: Callable[..., None]
) -> None:
    """Six steps; a fault keeps what was written; the licence holds; the password on the last page opens the account."""
    browse(CHIEF)
    page = browse(CHIEF, java_script_enabled=False)
    page.goto("/administration")
    page.get_by_role("link", name="Lägg till organisation").click()
    page.get_by_label("Namn", exact=True).fill("Åby kommun")
    page.get_by_label("Organisationsnummer").fill("212000-0143")
    page.get_by_role("button", name="Nästa").last.click()
    expect(page.locator("#number-error")).to_contain_text("Numret stämmer inte")
    expect(page.get_by_label("Namn", exact=True)).to_have_value("Åby kommun")
    page.get_by_label("Organisationsnummer").fill("212000-0142")
    page.get_by_role("button", name="Nästa").last.click()
    page.get_by_label("Namn", exact=True).fill("Åsa Åby")
    page.get_by_label("E-post").fill("asa@aby.example")
    page.get_by_role("button", name="Tillbaka").click()
    expect(page.get_by_label("Namn", exact=True)).to_have_value("Åby kommun")
    page.get_by_role("button", name="Nästa").last.click()
    expect(page.get_by_label("E-post")).to_have_value("asa@aby.example")
    page.get_by_role("button", name="Nästa").last.click()
    page.get_by_role("button", name="Nästa").last.click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Tillägg")
    expect(page.locator("main")).to_contain_text("Meddelandesätt: SDK")
    page.get_by_role("button", name="Nästa").last.click()
    page.get_by_label("Användare", exact=True).fill("250")
    page.get_by_label("Gäller till och med").fill("i vår")
    page.get_by_role("button", name="Nästa").last.click()
    expect(page.locator("#licence_until-error")).to_be_visible()
    expect(page.get_by_label("Användare", exact=True)).to_have_value("250")
    page.get_by_label("Gäller till och med").fill("2031-12-31")
    page.get_by_role("button", name="Nästa").last.click()
    expect(page.get_by_text("aby-kommun")).to_be_visible()
    expect(page.get_by_text("Användare: 250 konton; Gäller till och med: 2031-12-31")).to_be_visible()
    page.get_by_role("button", name="Lägg till").last.click()
    expect(page.get_by_role("heading", name="Åby kommun är upplagd")).to_be_visible()
    password = re.search(r"\w{5}-\w{5}-\w{5}", page.locator("main").inner_text())
    assert password
    made = organisation_by_slug(platform, "aby-kommun")
    assert made.name == "Åby kommun"
    licence = in_work(platform, system_actor(made.id), read_settings, LicenceSettings)
    assert (licence.users, licence.until) == (250, "2031-12-31")
    new = browse()
    enter(new, "asa@aby.example", password[0])
    expect(new.get_by_label("Nytt lösenord", exact=True)).to_be_visible()


def fill_in_the_wizard(page: Page, check: Look) -> None:
    """Go through the steps, checking each, and leave before the last; nothing is made."""

    def go_on() -> None:
        page.locator(".foot button[value=on]").click()
        check(page)

    page.locator("#name").fill("Ö kommun")
    page.locator("#slug").fill("o-kommun")
    go_on()
    page.locator("#administrator").fill("Örjan Ö")
    page.locator("#email").fill("orjan@o.example")
    for step in ("Meddelandesätt", "Tillägg", "Licens", "Sammanfattning"):
        go_on()
        if step == "Licens":
            page.locator("#licence_users").fill("-1")
            go_on()
            expect(page.locator("#licence_users-error")).to_be_visible()
            page.locator("#licence_users").fill("")
    expect(page.get_by_text("Ö kommun", exact=True)).to_be_visible()


@pytest.mark.feature("N1", "N2")
def test_every_page_of_administration_is_clean_in_both_languages(
    platform: Platform, browse: Browse, look: Look, fits: Look
) -> None:
    """The register, the wizard with a fault, an organisation, the nodes and the administrators."""
    page = browse(CHIEF)
    sundby = organisation_by_slug(platform, "sundby")
    for language, words, check in (("en", "Organisations", fits), ("sv", "Organisationer", look)):
        page.goto(f"/language/{language}")
        page.goto("/administration")
        expect(page.get_by_role("heading", level=1)).to_have_text(words)
        check(page)
        for path in (
            "nodes",
            "nodes/new",
            "administrators",
            "organisations/new",
            f"organisations/{sundby.id}",
            f"organisations/{sundby.id}/export",
        ):
            page.goto(f"/administration/{path}")
            expect(page.locator("html")).to_have_attribute("lang", language)
            check(page)
        page.goto("/administration/organisations/new")
        page.locator("form.card button:visible").last.click()
        expect(page.locator("#name-error")).to_be_visible()
        check(page)
        fill_in_the_wizard(page, check)
    found = browse(ANNA)
    found.goto("/administration")
    expect(found.get_by_role("heading", name="Du har inte behörighet")).to_be_visible()


@pytest.mark.feature("N2")
def test_an_organisation_is_exported_by_two(platform: Platform, browse: Browse, look: Look) -> None:
    """One asks with the receiver's key, another one approves; the file that is fetched opens with the private key."""
    receiver = pyrage.x25519.Identity.generate()
    sundby = organisation_by_slug(platform, "sundby")
    page, other = browse(CHIEF), browse(SECOND)
    page.goto(f"/administration/organisations/{sundby.id}")
    page.get_by_role("link", name="Export").click()
    page.get_by_label("Skäl").fill("Organisationen flyttar.")
    page.get_by_label("Mottagarens publika nyckel").fill("age1nej")
    page.get_by_role("button", name="Be om en export").click()
    expect(page.locator("#receiver-error")).to_be_visible()
    look(page)
    page.get_by_label("Mottagarens publika nyckel").fill(str(receiver.to_public()))
    page.get_by_role("button", name="Be om en export").click()
    expect(page.get_by_role("button", name="Dra tillbaka")).to_be_visible()
    look(page)
    other.goto(f"/administration/organisations/{sundby.id}/export")
    expect(other.get_by_text(str(receiver.to_public()))).to_be_visible()
    look(other)
    other.get_by_role("button", name="Godkänn exporten").click()
    expect(other.get_by_text("Arkivet skrivs nu.").first).to_be_visible()
    do_job(platform, "core.exports")
    other.reload()
    look(other)
    with other.expect_download() as download:
        other.get_by_role("button", name="Hämta arkivet").click()
    assert download.value.suggested_filename == "sundby.zip.age"
    plain = pyrage.decrypt(Path(download.value.path()).read_bytes(), [receiver])
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(plain)).namelist()
    other.get_by_role("button", name="Ta bort filen").click()
    expect(other.get_by_text("Ingen fil finns kvar.")).to_be_visible()


@pytest.mark.feature("N2")
def test_an_organisation_is_found_paused_and_removed_by_two(
    platform: Platform, browse: Browse, look: Look, enter: Callable[..., None]
) -> None:
    """Searched for, paused with a reason; nobody signs in; one asks and another approves."""
    page = browse(CHIEF)
    page.goto("/administration")
    page.get_by_role("searchbox", name="Sök organisation").fill("sundby")
    page.get_by_role("button", name="Visa").click()
    page.get_by_role("link", name="Sundby kommun").click()
    page.get_by_label("Skäl").fill("Avtalet går ut.")
    page.get_by_role("button", name="Pausa organisationen").click()
    expect(page.get_by_text("Organisationen är pausad. Alla är utloggade.")).to_be_visible()
    look(page)
    vera = browse()
    enter(vera, "vera@sundby.example")
    expect(vera.get_by_text("Organisationen är pausad").first).to_be_visible()
    page.get_by_label("Skäl").fill("Avtalet har gått ut.")
    page.get_by_label("Skriv organisationens korta namn: sundby").fill("fel")
    page.get_by_role("button", name="Be om att ta bort allt").click()
    expect(page.locator("#slug-error")).to_be_visible()
    page.get_by_label("Skriv organisationens korta namn: sundby").fill("sundby")
    page.get_by_role("button", name="Be om att ta bort allt").click()
    expect(page.get_by_role("button", name="Dra tillbaka")).to_be_visible()
    look(page)
    other = browse(SECOND)
    other.goto("/administration")
    look(other)
    other.get_by_role("link", name="Visa begäran").click()
    look(other)
    other.get_by_role("button", name="Godkänn och ta bort allt").click()
    expect(other.get_by_text("Organisationen tas bort nu.").first).to_be_visible()
    do_job(platform, "core.removals")  # the worker would do it within a minute
    wait_until(lambda: list_organisations(platform, ROOT, words="sundby").total == 0)
    other.goto("/administration?q=sundby")
    expect(other.get_by_role("heading", name="Ingen organisation hittades")).to_be_visible()


@pytest.mark.feature("N4")
def test_a_node_is_taken_out_of_service_and_put_back(platform: Platform, browse: Browse, look: Look) -> None:
    """The web of this installation: `/readyz` says so, and the pages go on."""
    page = browse(CHIEF)
    page.goto("/administration/nodes")
    name = node_name(platform.settings)
    assert (name, NodeKind.WEB) in {(node.name, node.kind) for node in list_nodes(platform, ROOT)}
    page.get_by_role("button", name=f"Ta ur drift: {name}, Webb").click()
    expect(page.get_by_role("status").filter(has_text="tagen ur drift")).to_be_visible()
    look(page)
    assert page.request.get("/readyz").status == 503
    page.get_by_role("button", name=f"Sätt i drift: {name}, Webb").click()
    expect(page.get_by_role("status").filter(has_text="i drift igen")).to_be_visible()
    wait_until(lambda: page.request.get("/readyz").status == 200)  # it gives up after 0.9 s on a busy machine
