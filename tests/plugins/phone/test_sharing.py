"""The share sheet: what a phone sends lands in a draft of whoever signs in there, and nothing else comes of it."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text as sql

from budkavle import FunctionMailbox, Host
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.browsing import Browser
from budkavle.testing.working import do_job
from budkavle_phone.pages import sharing
from budkavle_phone.sharing import waiting
from budkavle_phone.sharing.waiting import Shared, WaitingShares

SHARE = "/plugin/phone/share"
PDF = ("files", ("intyg å.pdf", io.BytesIO(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n").read(), "application/pdf"))
SHEET = {"accept": "text/html", "sec-fetch-site": "none", "sec-fetch-mode": "navigate"}


def share(browser: Browser, files: list[Any], headers: dict[str, str] = SHEET, **fields: str) -> Any:
    """Send what the share sheet of a phone sends that somebody has signed in by: no token, and nobody signed in."""
    return share_as(browser, browser.known_cookie(), files, headers, **fields)


def share_as(browser: Browser, cookie: str, files: list[Any], headers: dict[str, str] = SHEET, **fields: str) -> Any:
    """Send it with these cookies alone."""
    browser.client.cookies.clear()
    form = {"title": "", "text": "", "url": "", **fields}
    all_headers = {**headers, "cookie": cookie}
    return browser.client.post(SHARE, data=form, files=files, headers=all_headers, follow_redirects=False)


def cookie(answer: Any) -> dict[str, str]:
    """What the browser keeps of it, as it sends it again."""
    found = re.match(r"(__Host-share=[\w-]+); ", answer.headers["set-cookie"])
    assert found, answer.headers["set-cookie"]
    return {"cookie": found[1]}


def with_share(browser: Browser, kept: dict[str, str]) -> Browser:
    browser._name, browser.cookie = f"{kept['cookie']}; {browser._name}", browser.cookie
    return browser


def test_a_photo_lands_in_a_draft_after_sign_in(
    browse: Callable[..., Browser], organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Nobody is signed in when it comes: it waits, the person signs in, chooses the mailbox and goes on writing."""
    answer = share(browse(None), [PDF], title="Intyg", text="Se bilagan", url="https://exempel.example/a")
    assert (answer.status_code, answer.headers["location"]) == (303, SHARE)
    kept = cookie(answer)
    assert browse(None).get(SHARE, **kept).headers["location"] == f"/sign-in?next={SHARE}"
    ada = with_share(browse(case_worker), kept)
    shown = ada.get(SHARE).text
    assert "intyg å.pdf" in shown
    begun = ada.post(f"{SHARE}/use", mailbox=str(mailbox.id))
    page = ada.get(begun.headers["location"]).text
    assert 'value="Intyg"' in page
    assert "intyg å.pdf" in page
    assert "https://exempel.example/a" in page
    assert "Det finns inget delat här" in ada.get(SHARE).text, "it is used once"


def test_another_site_shares_nothing(browse: Callable[..., Browser], organisation: SampleOrganisation) -> None:
    """A form of another site's page is refused, and one of a browser that does not say where it comes from."""
    for site in ("cross-site", "same-site", ""):
        headers = {**SHEET, "sec-fetch-site": site} if site else {"accept": "text/html"}
        assert share(browse(None), [PDF], headers).status_code == 403
    assert share(browse(None), [PDF], {**SHEET, "sec-fetch-site": "same-origin"}).status_code == 303


def test_a_browser_that_nobody_has_signed_in_by_shares_nothing(
    browse: Callable[..., Browser], organisation: SampleOrganisation
) -> None:
    """Nor one with a mark of its own making, or of another browser: nothing is read or kept for it."""
    mark = browse(None).known_cookie().partition("; ")[2]
    for cookie in ("", "__Host-browser=abc", "__Host-browser=abc; __Host-known=abc", f"__Host-browser=abc; {mark}"):
        answer = share_as(browse(None), cookie, [PDF])
        assert answer.status_code == 401
        assert "Logga in i den här webbläsaren först" in answer.text


def test_it_is_found_by_its_own_browser_alone(
    browse: Callable[..., Browser], organisation: SampleOrganisation, colleague: SampleUser, case_worker: SampleUser
) -> None:
    """Somebody else, signed in elsewhere, sees nothing and uses nothing."""
    share(browse(None), [PDF])
    bo = browse(colleague)
    assert "Det finns inget delat här" in bo.get(SHARE).text
    assert bo.post(f"{SHARE}/use", mailbox=str(colleague.personal_id)).status_code == 404
    guess = with_share(browse(colleague), {"cookie": "__Host-share=abc"})
    assert "Det finns inget delat här" in guess.get(SHARE).text


def test_a_foreign_mailbox_and_a_missing_token(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """The choice is judged, and made by a form of this session."""
    ada = with_share(browse(case_worker), cookie(share(browse(None), [PDF])))
    for wrong in (str(other_administrator.personal_id), "x", ""):
        assert ada.post(f"{SHARE}/use", mailbox=wrong).status_code == 404
    assert ada.post(f"{SHARE}/use", csrf="", mailbox=str(case_worker.personal_id)).status_code == 403
    assert ada.post(f"{SHARE}/drop", csrf="").status_code == 403
    assert "intyg å.pdf" in ada.get(SHARE).text, "it waits still"
    ada.post(f"{SHARE}/drop")
    assert "Det finns inget delat här" in ada.get(SHARE).text


def test_a_program_is_refused_at_the_draft(
    browse: Callable[..., Browser], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """As any attachment is, with its sentence on the page."""
    program = ("files", ("a.exe", b"MZ" + b"\0" * 200, "application/octet-stream"))
    ada = with_share(browse(case_worker), cookie(share(browse(None), [program])))
    answer = ada.post(f"{SHARE}/use", mailbox=str(case_worker.personal_id))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_size_and_number_are_judged_while_it_comes(
    browse: Callable[..., Browser], organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a share may have is refused before it is kept; so is one too many file."""
    monkeypatch.setattr(sharing, "MOST_BYTES", 1000)
    large = ("files", ("a.pdf", b"%PDF" + b"x" * 1000, "application/pdf"))
    assert share(browse(None), [large]).status_code == 413
    assert share(browse(None), [PDF] * 11).status_code == 413


def test_what_waits_is_sealed_bounded_and_forgotten(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing of it lies in clear; strangers fill no more than a bound; after ten minutes it is gone."""
    shares = WaitingShares(host)
    secret = shares.keep(Shared("Hemlig rubrik", "", []))
    with host.transaction(None) as connection:
        assert b"Hemlig" not in bytes(connection.execute(sql("SELECT sealed FROM phone_shares")).scalar_one())
    assert shares.find(secret) == Shared("Hemlig rubrik", "", [])
    monkeypatch.setattr(waiting, "MOST_WAITING", 200)
    assert share(browse(None), [PDF]).status_code == 409
    with host.transaction(None) as connection:
        connection.execute(sql("UPDATE phone_shares SET expires_at = now() - interval '1 second'"))
    assert shares.find(secret) is None
    assert do_job(host.platform, "phone.shares") == 1
