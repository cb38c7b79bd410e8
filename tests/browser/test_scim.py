"""A directory is connected on the page, keeps accounts, and its groups give access by rules that show what they do."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import sign_in

from budkavle import Platform
from budkavle.accounts import mailboxes
from budkavle.cases.mailbox_deletion import delete_mailbox
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle.testing.organisations import settled_user
from budkavle_demo.content import ANNA, PASSWORD

Browse = Callable[..., Page]
Look = Callable[[Page], None]
Connected = Callable[..., httpx.Client]
USER, GROUP = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LONG = "Barnahusverksamhetssamordningsgruppens handläggarstöd"
"""A mailbox that comes early in the list of them all; its first word is wider than a small screen's column."""


@pytest.fixture(autouse=True)
def without_keys(bjorkvik: SampleOrganisation) -> Iterator[None]:
    """Leave no key behind: two may hold at the same time."""
    yield
    bjorkvik.rows("DELETE FROM scim_tokens")


@pytest.fixture
def long_name(platform: Platform, bjorkvik: SampleOrganisation) -> Iterator[None]:
    """Have a mailbox with such a name among the others for a while; nobody works in it."""
    made = in_work(platform, bjorkvik.system, mailboxes.create_mailbox, LONG)
    yield
    in_work(platform, bjorkvik.system, delete_mailbox, made.id)


@pytest.fixture
def connected() -> Iterator[Connected]:
    """Make a key on the page, and return the directory that has it."""
    with ExitStack() as clients:
        yield lambda page, look=None: clients.enter_context(connect(page, look or (lambda _page: None)))


def connect(page: Page, look: Look) -> httpx.Client:
    """Make a key on the page, looking at each step where a look is given."""
    page.goto("/organisation")
    page.get_by_role("navigation", name="Min organisation").get_by_role("link", name="Katalog").click()
    page.get_by_role("button", name="Skapa nyckel").click()
    expect(page.locator("#name-error")).to_be_visible()
    look(page)
    page.get_by_label("Namn").fill("Entra ID")
    page.get_by_role("button", name="Skapa nyckel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nyckeln är skapad")
    look(page)
    url, secret = (page.locator(field).inner_text() for field in ("#url", "#secret"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Kopiera: Nyckel").click()
    expect(page.get_by_role("status").filter(has_text="Kopierat: Nyckel")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("link", name="Klar").click()
    expect(page.locator("main")).to_contain_text("Entra ID")
    expect(page.locator("main")).not_to_contain_text(secret)
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {secret}"}, timeout=30)


def made(directory: httpx.Client, path: str, **body: Any) -> str:
    answer = directory.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return f"{path}/{answer.json()['id']}"


@pytest.mark.feature("OX1")
def test_a_group_gives_access_by_a_rule_that_is_shown_first(
    platform: Platform,
    people: dict[str, SampleUser],
    sdk_mailboxes: Any,
    browse: Browse,
    look: Look,
    connected: Connected,
    long_name: None,
) -> None:
    """The key works at once; the rule changes nothing until it is used."""
    page = browse(ANNA)
    box = sdk_mailboxes.add("Katalogprov", ANNA, administrator=ANNA)
    directory = connected(page, look)
    user = made(directory, "/Users", schemas=[USER], userName="gry@katalog.example", displayName="Gry Lund")
    member = [{"value": user.rpartition("/")[2]}]
    made(directory, "/Groups", schemas=[GROUP], displayName="Handläggare prov", members=member)
    page.reload()
    page.get_by_role("link", name="Grupper och regler").click()
    look(page)
    page.get_by_role("searchbox").last.fill("prov")
    page.get_by_role("button", name="Visa", exact=True).click()
    page.get_by_role("link", name="Handläggare prov").click()
    page.get_by_role("searchbox").last.fill("Katalogprov")
    page.get_by_role("button", name="Sök", exact=True).last.click()
    page.get_by_role("radio", name="Katalogprov").check()
    look(page)
    page.get_by_role("button", name="Visa vad som skulle ändras").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Det här skulle ändras")
    expect(page.locator("main")).to_contain_text("Gry Lund får tillgång")
    look(page)
    names = [one.name for one in in_work(platform, people[ANNA], mailboxes.members, box)]
    assert "Gry Lund" not in names
    page.get_by_role("button", name="Använd").click()
    expect(page.get_by_role("status").filter(has_text="Regeln gäller.")).to_be_visible()
    look(page)
    names = [one.name for one in in_work(platform, people[ANNA], mailboxes.members, box)]
    assert "Gry Lund" in names
    page.get_by_role("link", name="Ta bort regeln Medlem i Katalogprov").click()
    expect(page.locator("main")).to_contain_text("Gry Lund har inte längre tillgång")
    look(page)
    page.goto("/organisation/users?q=gry")
    expect(page.locator("main")).to_contain_text("Gry Lund")


@pytest.mark.feature("OX1")
def test_whoever_the_directory_closes_is_out_at_once(
    platform: Platform, people: dict[str, SampleUser], browse: Browse, connected: Connected
) -> None:
    """The very next request of an open browser is refused; it need not wait for anything."""
    email = "kim@katalog.example"
    system = people[ANNA]
    in_work(platform, system, settled_user, email=email, name="Kim Dal", password=PASSWORD)
    directory = connected(browse(ANNA))
    kim = made(directory, "/Users", schemas=[USER], userName=email, displayName="Kim Dal")
    page = browse()
    sign_in(page, email)
    with page.expect_response("**/live?*"):
        page.goto("/")
    operation = {"op": "Replace", "path": "active", "value": "False"}
    assert directory.patch(kim, json={"schemas": [PATCH], "Operations": [operation]}).status_code == 200
    refused = page.request.get("/", max_redirects=0, headers={"accept": "text/html"})
    assert refused.status == 303
    assert refused.headers["location"].startswith("/sign-in")


@pytest.mark.feature("OX1")
def test_the_page_in_english_on_a_small_screen_without_a_script(browse: Browse) -> None:
    """A key is made and ended."""
    page = browse(ANNA, size="narrow", java_script_enabled=False)
    page.goto("/language/en")
    page.goto("/plugin/scim")
    expect(page.get_by_role("heading", level=1)).to_have_text("Directory")
    page.get_by_label("Name").fill("Okta")
    page.get_by_role("button", name="Make key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The key has been made")
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="End the key Okta").click()
    page.get_by_role("button", name="End the key").click()
    expect(page.locator("main")).to_contain_text("The key has ended.")


@pytest.mark.feature("OX1")
def test_the_way_that_knows_the_directorys_users_is_chosen(browse: Browse, look: Look) -> None:
    """The page says what the choice does, that it is saved, and leads to confirming the links."""
    page = browse(ANNA)
    page.goto("/plugin/scim")
    page.locator("#attribute").select_option("userName")
    page.locator("form[aria-labelledby=linking]").get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status").filter(has_text="Valet är sparat.")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Bekräfta flera kopplingar på en gång").click()
    expect(page).to_have_url(re.compile("/organisation/users/waiting$"))
    look(page)
