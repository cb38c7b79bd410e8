"""Filer on one's computer: making an application password, using it, and taking it away, in both languages."""

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
from budkavle_demo.content import ANNA
from budkavle_files.tree.settings import FileSettings

Browse = Callable[..., Page]
PATH = "/plugin/files/computer"
WORDS = {
    "sv": (
        "Filer på datorn",
        "Namn",
        "Skapa applösenord",
        "Applösenordet är skapat",
        "Klar",
        "Ta bort",
        "Skriv ett namn",
    ),
    "en": (
        "Files on the computer",
        "Name",
        "Make app password",
        "The app password has been made",
        "Done",
        "Remove",
        "Write a name",
    ),
}


def picture(page: Page, name: str) -> None:
    """Keep a picture, where the environment names a folder for them."""
    if folder := os.environ.get("BUDKAVLE_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture
def switched_on(bjorkvik: SampleOrganisation) -> None:
    """Let people make application passwords."""
    with bjorkvik.platform.work(bjorkvik.administrator) as work:
        write_settings(work, FileSettings, {"webdav": True})


@pytest.mark.parametrize(("size", "language"), [("wide", "sv"), ("narrow", "en")])
def test_a_password_is_made_used_and_taken_away(
    switched_on: None, browse: Browse, look: Callable[[Page], None], size: str, language: str
) -> None:
    """By keyboard where it is wide; what is wrong is said at its field, and the password is seen once."""
    del switched_on
    heading, name, make, made, done, remove, fault = WORDS[language]
    page = browse(ANNA, size)
    page.goto(PATH)
    root = "/".join(page.url.split("/")[:3])
    page.context.add_cookies([{"name": "language", "value": language, "url": f"{root}/"}])
    page.goto(PATH)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.get_by_role("button", name=make).press("Enter")
    expect(page.get_by_text(fault).first).to_be_visible()
    look(page)
    picture(page, f"computer-fault-{language}-{size}")
    computer = f"Dator {uuid4().hex[:6]}"
    page.get_by_role("textbox", name=name).fill(computer)
    page.get_by_role("button", name=make).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(made)
    look(page)
    picture(page, f"computer-made-{language}-{size}")
    address, user, secret = (each.inner_text() for each in page.locator("main code").all())
    answer = httpx.request("PROPFIND", address, auth=(user, secret), headers={"depth": "1"})
    assert answer.status_code == 207
    page.get_by_role("link", name=done).press("Enter")
    row = page.get_by_role("listitem").filter(has_text=computer)
    expect(row).to_be_visible()
    expect(page.get_by_text(secret)).to_have_count(0)
    look(page)
    picture(page, f"computer-list-{language}-{size}")
    row.get_by_role("link", name=remove).press("Enter")
    look(page)
    page.get_by_role("button", name=remove).press("Enter")
    expect(page.get_by_role("listitem").filter(has_text=computer)).to_have_count(0)
    assert httpx.request("PROPFIND", address, auth=(user, secret), headers={"depth": "1"}).status_code == 401
