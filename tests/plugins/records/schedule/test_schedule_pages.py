"""The pages of the schedule: what they show, and to whom."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.plugins.records.conftest import ROWS, plan_csv

from budkavle.testing import SampleUser

PATH = "/plugin/records"
Browse = Callable[..., Any]


def upload(browser: Any, content: bytes) -> Any:
    """Hand in a file."""
    return browser.post(f"{PATH}/import", files={"file": ("plan.csv", content, "text/csv")})


def confirm(browser: Any, page: str) -> Any:
    """Press the button under the preview."""
    fields = dict(re.findall(r'name="(content|shown)"\s+value="([^"]*)"', page))
    return browser.post(f"{PATH}/import/confirm", **fields)


@pytest.mark.feature("ZR1")
def test_a_plan_is_previewed_and_imported(browse: Browse, administrator: SampleUser) -> None:
    """Each row is shown first; after the second button the plan holds, and can be fetched as it came."""
    browser = browse(administrator)
    assert "Ingen hanteringsplan är inläst än" in browser.get(PATH).text
    preview = upload(browser, plan_csv())
    assert "4 handlingstyper blir den nya versionen" in preview.text
    assert "Ingen hanteringsplan är inläst än" in browser.get(PATH).text  # nothing is stored yet
    assert confirm(browser, preview.text).headers["location"] == f"{PATH}?said=imported"
    shown = browser.get(f"{PATH}?said=imported").text
    assert "Begäran om allmän handling" in shown
    assert "730 dagar från att ärendet avslutades" in shown
    file = browser.get(f"{PATH}/versions/1/plan.csv")
    assert file.content.decode("utf-8-sig").splitlines()[1:] == list(ROWS)


@pytest.mark.feature("ZR1")
def test_a_faulty_file_cannot_be_imported(browse: Browse, administrator: SampleUser) -> None:
    """The fault stands at its row, there is no button, and the form that was kept from before is refused."""
    browser = browse(administrator)
    preview = upload(browser, plan_csv(ROWS[0], "1;Brev;;;;inkommen;;nej;;;;;")).text
    assert "Raden har varken frist_dagar eller bevaras." in preview
    assert "Låt den nya versionen gälla" not in preview
    assert confirm(browser, preview).status_code == 422
    assert upload(browser, b"").status_code == 422
    assert upload(browser, b"namn\r\nBrev\r\n").status_code == 422
    assert browser.post(f"{PATH}/import/confirm", content="=", shown="").status_code == 422


def test_every_page_by_every_role(
    browse: Browse,
    administrator: SampleUser,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Administrators alone; a version of another organisation is none."""
    confirm(browse(administrator), upload(browse(administrator), plan_csv()).text)
    for path in (PATH, f"{PATH}/import", f"{PATH}/versions/1/plan.csv"):
        assert browse(administrator).get(path).status_code == 200
        assert browse(case_worker).get(path).status_code == 403
        assert browse(mailbox_administrator).get(path).status_code == 403
    assert upload(browse(case_worker), plan_csv()).status_code == 403
    assert browse(case_worker).post(f"{PATH}/import/confirm", content="", shown="").status_code == 403
    assert browse(other_administrator).get(f"{PATH}/versions/1/plan.csv").status_code == 404
    assert browse(other_administrator).get(f"{PATH}?version=1").status_code == 404
    assert browse(administrator).get(f"{PATH}/versions/9/plan.csv").status_code == 404
    assert browse(administrator).post(f"{PATH}/import/confirm", csrf="x", content="", shown="").status_code == 403
