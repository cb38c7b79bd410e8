"""The page Ärendesystem: who sees what, sending again, and a new secret that is shown once."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from budkavle.accounts import read_settings
from budkavle.testing import SampleOrganisation
from budkavle_case_system.settings import DeliverySettings, is_secret

PATH = "/plugin/case_system"
Browse = Callable[..., Any]


@pytest.fixture
def failed(by_webhook: Any) -> Any:
    """A delivery that was given up."""
    by_webhook.system.statuses = [410]
    by_webhook.organisation.arrive("Hemlig rubrik")
    by_webhook.read()
    by_webhook.deliver()
    return by_webhook


@pytest.mark.feature("ZR3")
def test_what_failed_is_seen_and_sent_again(failed: Any, organisation: SampleOrganisation, browse: Browse) -> None:
    """With the last fault in words, and nothing of the message."""
    browser = browse(organisation.administrator)
    page = browser.get(PATH).text
    assert "En leverans gavs upp" in page
    assert "avvecklad (410)" in page
    assert "Hemlig rubrik" not in page
    (row,) = failed.rows("id")
    assert browser.post(f"{PATH}/again/{row.id}").headers["location"] == f"{PATH}?said=again"
    failed.deliver()
    assert failed.states() == ["acknowledged"]
    assert "Mottaget" in browser.get(f"{PATH}?state=acknowledged").text
    assert "Välj en annan status" in browser.get(f"{PATH}?state=failed").text
    assert browser.post(f"{PATH}/again").headers["location"] == f"{PATH}?said=none"
    assert "case_system.sent-again" in organisation.log_kinds()


def test_every_route_by_every_role(
    failed: Any, organisation: SampleOrganisation, other_organisation: SampleOrganisation, browse: Browse
) -> None:
    """Administrators of the organisation see all, of a mailbox its own; nobody else, and nothing of others."""
    (row,) = failed.rows("id")
    box, other_box = organisation.mailbox.id, organisation.other_mailbox.id
    people = {
        organisation.administrator: (200, 200, 200),
        organisation.mailbox_administrator: (403, 200, 404),
        organisation.case_worker: (403, 403, 404),
        organisation.outsider: (403, 404, 404),
        other_organisation.administrator: (200, 404, 404),
    }
    for who, expected in people.items():
        browser = browse(who)
        paths = (PATH, f"{PATH}?mailbox={box}", f"{PATH}?mailbox={other_box}")
        assert tuple(browser.get(path).status_code for path in paths) == expected, who.name
    for who in (organisation.case_worker, organisation.outsider, other_organisation.administrator):
        browser = browse(who)
        assert browser.post(f"{PATH}/again/{row.id}").status_code in {403, 404}
        assert browser.post(f"{PATH}/again", mailbox=str(box)).status_code in {403, 404}
    assert failed.states() == ["failed"]
    for who in (organisation.mailbox_administrator, organisation.case_worker):
        assert browse(who).get(f"{PATH}/secret").status_code == 403
        assert browse(who).post(f"{PATH}/secret").status_code == 403
        assert browse(who).post(f"{PATH}/again").status_code == 403
    administrator = browse(organisation.administrator)
    assert administrator.post(f"{PATH}/again/{uuid4()}").status_code == 404
    assert administrator.get(f"{PATH}?mailbox=x").status_code == 404
    assert administrator.post(f"{PATH}/again", csrf="x").status_code == 403
    assert browse(None).get(PATH).status_code in {303, 401}
    answer = browse(organisation.mailbox_administrator).post(f"{PATH}/again/{row.id}", mailbox=str(box))
    assert answer.headers["location"] == f"{PATH}?mailbox={box}&said=again"


@pytest.mark.feature("ZR3")
def test_a_new_secret_is_shown_once(by_webhook: Any, organisation: SampleOrganisation, browse: Browse) -> None:
    """The former one signs beside it; neither stands in the log."""
    browser = browse(organisation.administrator)
    former = by_webhook.system.secret
    of = re.search(r'name="of" value="(\w+)"', browser.get(f"{PATH}/secret").text)
    assert of
    assert browser.post(f"{PATH}/secret").status_code == 409
    answer = browser.post(f"{PATH}/secret", of=of[1])
    assert answer.headers["cache-control"] == "no-store"
    (made,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", answer.text)
    assert is_secret(made)
    with by_webhook.platform.work(organisation.administrator) as work:
        chosen = read_settings(work, DeliverySettings)
    assert (chosen.secret, chosen.former_secret) == (made, former)
    again = browser.post(f"{PATH}/secret", of=of[1])
    assert again.status_code == 409, "the page that showed it is loaded again"
    assert "En ny hemlighet har redan skapats" in again.text
    with by_webhook.platform.work(organisation.administrator) as work:
        assert read_settings(work, DeliverySettings) == chosen
    assert "whsec_" not in browser.get(f"{PATH}/secret").text
    log = "".join(organisation.log_entries("settings.changed"))
    assert made not in log
    assert former not in log


def test_a_long_list_has_pages(by_webhook: Any, organisation: SampleOrganisation, browse: Browse) -> None:
    """Fifty on each."""
    for _ in range(51):
        organisation.arrive()
    by_webhook.read()
    browser = browse(organisation.administrator)
    page = browser.get(PATH)
    assert page.text.count("Meddelande kom") == 50
    assert len(page.content) < 100_000
    assert browser.get(f"{PATH}?first=50").text.count("Meddelande kom") == 1
