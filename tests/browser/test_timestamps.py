"""The page Tidsstämplar: in both languages, wide, narrow and without a script."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete, insert

from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle_demo.content import ANNA
from budkavle_timestamps.settings import StampSettings
from budkavle_timestamps.tables import stamps

Browse = Callable[..., Page]
Look = Callable[[Page], None]
HERE = "/plugin/timestamps"


@pytest.mark.feature("ZR6")
def test_the_page_says_who_vouches(bjorkvik: SampleOrganisation, browse: Browse, look: Look) -> None:
    """Nobody yet: the times are the system's own. Then the newest stamp, by whom, and the list."""
    page = browse(ANNA)
    page.goto("/organisation/settings")
    page.get_by_role("link", name="Visa stämplarna").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tidsstämplar")
    expect(page.locator("main")).to_contain_text("Tiderna i loggen är systemets egna.")
    look(page)
    organisation_id = bjorkvik.id
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    rows = [
        {"first": 40 * n + 1, "last": 40 * n + 40, "at": at + timedelta(hours=n), "authority": "Prov-TSA 1"}
        for n in range(60)
    ]
    with bjorkvik.platform.plugins.host("timestamps").transaction(organisation_id) as connection:
        connection.execute(insert(stamps), [{"organisation_id": organisation_id, "token": b"t", **row} for row in rows])
    page.reload()
    expect(page.get_by_role("region", name="Senaste stämpeln")).to_contain_text("händelse 2400")
    expect(page.locator("tbody tr")).to_have_count(50)
    look(page)
    page.get_by_role("link", name="Äldre stämplar").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.goto("/language/en")
    page.goto(HERE)
    expect(page.get_by_role("region", name="The newest stamp")).to_contain_text("Prov-TSA 1")
    look(page)
    page.goto("/language/sv")
    with bjorkvik.platform.plugins.host("timestamps").transaction(organisation_id) as connection:
        connection.execute(delete(stamps))


@pytest.mark.feature("ZR6")
def test_a_fault_is_said_without_a_script(bjorkvik: SampleOrganisation, browse: Browse) -> None:
    """The button is a form; what is chosen cannot be used, and the page says what to do."""
    chosen = {"url": "https://tsa.example/tsa", "root": "-----BEGIN CERTIFICATE-----"}
    in_work(bjorkvik.platform, bjorkvik.system, write_settings, StampSettings, chosen)
    page = browse(ANNA, java_script_enabled=False)
    page.goto(HERE)
    page.get_by_role("button", name="Stämpla nu").click()
    expect(page.get_by_role("status").filter(has_text="Rotcertifikatet går inte att läsa.")).to_be_visible()
    in_work(bjorkvik.platform, bjorkvik.system, write_settings, StampSettings, None)
