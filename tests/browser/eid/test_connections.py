"""Ways are connected and tried by an administrator, and numbers that wait are confirmed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from cryptography.x509 import load_pem_x509_certificate
from playwright.sync_api import Page, expect
from tests.browser.eid.lobby import Lobby, approve, begin

from budkavle.identification.identities import link
from budkavle.model.loa import Loa
from budkavle.model.people import NewIdentity, UserActor
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import settled_user

Look = Callable[[Page], None]
Open = Callable[..., Page]


@pytest.fixture
def key_file(lobby: Lobby, tmp_path: Path) -> Path:
    """The key file as the bank sends it, under a password."""
    files = lobby.simulator.addresses.files
    key: Any = load_pem_private_key(files.client.with_suffix(".key").read_bytes(), None)
    certificate = load_pem_x509_certificate(files.client.read_bytes())
    path = tmp_path / "bank.p12"
    locked = BestAvailableEncryption(b"bankens")
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"test", key, certificate, None, locked))
    return path


@pytest.mark.feature("N5")
def test_bankid_is_connected_tried_and_switched_on(lobby: Lobby, visit: Open, look: Look, key_file: Path) -> None:
    """An administrator of the installation chooses the bank's file, identifies once for trial, and switches it on."""
    files, phone = lobby.simulator.addresses.files, visit(320, 640)
    page = visit()
    begin(page, "bankid")
    approve(phone, lobby, "BankID", "karin")
    page.get_by_role("button", name="Meny för Karin Testsson").click()
    page.get_by_role("link", name="Administration").click()
    page.get_by_role("link", name="Inloggningssätt").click()
    look(page)
    page.get_by_role("main").get_by_role("link", name="BankID", exact=True).click()
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("alert")).to_contain_text("behöver rättas")
    look(page)
    page.get_by_label("Kortnamn").fill("stadens")
    page.get_by_label("Text på knappen").fill("Stadens BankID")
    page.get_by_label("Högsta tillitsnivå").select_option("3")
    page.get_by_label("Certifikat och nyckel").set_input_files(key_file)
    page.get_by_label("Filens lösenord").fill("bankens")
    page.get_by_label("Utfärdaren av tjänstens servercertifikat").set_input_files(files.ca)
    page.get_by_label("BankID:s rotcertifikat").set_input_files(files.persons / "root.pem")
    page.get_by_label("Tjänstens adress").fill(lobby.simulator.addresses.bankid_url)
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").first).to_contain_text("Prova den nu")
    look(page)
    expect(page.get_by_role("button", name="Slå på")).to_have_count(0)
    page.get_by_role("button", name="Prova").click()
    expect(page.get_by_role("img", name="QR-kod att läsa av med appen")).to_be_visible()
    approve(phone, lobby, "BankID", "karin")
    expect(page.get_by_text("Provet gick bra.")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Slå på").click()
    expect(page.get_by_role("status").first).to_contain_text("är på")
    stranger = visit()
    stranger.goto("/sign-in")
    expect(stranger.get_by_role("button", name="Stadens BankID")).to_be_visible()
    page.goto("/language/en")
    page.goto("/plugin/eid/connections/stadens")
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Switch off").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("status").first).to_contain_text("removed")


@pytest.mark.feature("N5")
def test_a_way_is_connected_without_javascript(lobby: Lobby, visit: Open) -> None:
    page, phone = visit(java_script_enabled=False), visit(320, 640)
    begin(page, "bankid")
    approve(phone, lobby, "BankID", "karin")
    page.goto("/sign-in/flow")
    page.goto("/plugin/eid/connections/new?kind=oidc")
    page.get_by_label("Kortnamn").fill("entra")
    page.get_by_label("Text på knappen").fill("Stadens Entra")
    page.get_by_label("Adress", exact=True).fill("https://login.example/.well-known/openid-configuration")
    page.get_by_label("Klientens id").fill("budkavle")
    page.get_by_label("Hemlighet", exact=True).fill("hemlig-hemlig-hemlig-hemlig")
    page.get_by_label("Tillitsnivå när svaret").select_option("2")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").first).to_contain_text("Prova den nu")
    page.get_by_role("button", name="Ta bort").click()
    expect(page.get_by_role("status").first).to_contain_text("borttagen")


@pytest.mark.feature("O2", "OX1")
def test_ways_that_wait_are_confirmed_together(lobby: Lobby, visit: Open, look: Look) -> None:
    """From the list of users to all that wait; those that are ticked count from now on, the others wait."""
    for number in range(3):
        who = {"email": f"ny{number}@habo.example", "name": f"Ny {number}"}
        made = in_work(lobby.platform, system_actor(lobby.organisation_id), settled_user, **who)
        actor = UserActor(lobby.organisation_id, made.id, made.name, loa=Loa.TWO)
        in_work(lobby.platform, actor, link, NewIdentity("personnummer", f"1900{number}", "BankID"))
    page = visit()
    begin(page, "bankid")
    approve(visit(320, 640), lobby, "BankID", "karin")
    expect(page).to_have_url(re.compile(r"/m/[0-9a-f-]+$"))
    page.goto("/organisation/users")
    page.get_by_role("link", name="Bekräfta flera").click()
    look(page)
    page.get_by_role("button", name="Bekräfta de förkryssade").click()
    expect(page.locator("#method-error")).to_be_visible()
    look(page)
    boxes = page.locator("input[name=method]")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Bekräfta de förkryssade").click()
    expect(page.get_by_role("status").first).to_be_visible()
    page.goto("/organisation/users/waiting")
    expect(boxes).to_have_count(2)
    page.get_by_role("link", name="Kryssa för alla på sidan").click()
    page.get_by_role("button", name="Bekräfta de förkryssade").click()
    page.goto("/organisation/users/waiting")
    expect(page.get_by_text("Inget väntar på dig")).to_be_visible()
    look(page)
