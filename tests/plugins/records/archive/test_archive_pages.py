"""The pages of the archive: what they show and do, to whom, and downloads that go on."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from tests.plugins.records.archive.acts import begun, close_case, make_all, packages, say_yes, transfers

from budkavle import Host, Platform
from budkavle.cases import actions
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_records.archive import tables
from budkavle_records.archive.tables import PackageState

PATH = "/plugin/records/archive"
Browse = Callable[..., Any]


def made(host: Host, organisation: SampleOrganisation, second: SampleUser, cases: int = 1) -> UUID:
    """Let packages be made; return the transfer's id."""
    for _ in range(cases):
        close_case(organisation)
    transfer_id = begun(host, organisation, second)
    make_all(organisation.platform)
    return transfer_id


@pytest.mark.feature("ZR4")
def test_a_transfer_is_chosen_approved_and_answered_for_on_the_pages(
    host: Host,
    browse: Browse,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    second: SampleUser,
) -> None:
    """A dry run first, then a request, then packages, then the archive's receipt as a file."""
    browser = browse(administrator)
    assert "Ingen leverans än" in browser.get(PATH).text
    case_id = close_case(organisation)
    shown = browser.get(f"{PATH}/new?show=1").text
    assert "Ett ärende" in shown
    assert "100 kB" in shown or "99 kB" in shown
    assert browser.post(f"{PATH}/new", reason="").status_code == 422
    asked = browser.post(f"{PATH}/new", reason="Årets leverans")
    assert asked.headers["location"] == f"{PATH}?said=asked"
    assert "behöver godkänna" in browser.get(asked.headers["location"]).text
    say_yes(organisation.platform, second)
    (transfer,) = transfers(host, administrator)
    here = f"{PATH}/{transfer.id}"
    assert "0 av 1 paket är klara" in browser.get(here).text
    make_all(organisation.platform)
    page = browser.get(here).text
    assert "1 av 1 paket är klara" in page
    assert "Väntar på kvittens" in page
    (package,) = packages(host, administrator, transfer.id)
    one = f"{PATH}/packages/{package.id}"
    assert "Paketet är helt" in browser.post(f"{one}/check").text
    file = {"file": ("kvittens.xml", b"<ok/>", "text/xml")}
    assert browser.post(f"{one}/receipt", files=file, day="2026-11-01").status_code == 422
    assert browser.post(f"{one}/receipt", files=file, verdict="refused", day="2026-11-01").status_code == 422
    assert browser.post(f"{one}/receipt", files=file, verdict="accepted", day="i går").status_code == 422
    noted = browser.post(f"{one}/receipt", files=file, verdict="accepted", day="2026-11-01", text="A 17")
    assert noted.headers["location"] == f"{one}?said=noted"
    page = browser.get(one).text
    assert "Arkivet har tagit emot" in page
    assert "A 17" in page
    assert browser.get(f"{one}/receipt").content == b"<ok/>"
    assert "records.archive-accepted" in organisation.log_kinds()
    with host.work(administrator) as work:
        from budkavle_records.archive.store import archived

        assert archived(host, work, [case_id]) == {case_id}


def test_the_list_has_every_checksum(
    host: Host, browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    transfer_id = made(host, organisation, second, cases=2)
    browser, rows = browse(administrator), packages(host, administrator, transfer_id)
    sums = browser.get(f"{PATH}/{transfer_id}/SHA256SUMS").text.splitlines()
    assert sums == [f"{package.sha256}  {package.name}.zip" for package in rows]
    listed = browser.get(f"{PATH}/{transfer_id}/list.csv").content.decode("utf-8-sig")
    assert all(package.sha256 in listed and package.case_number in listed for package in rows)


def test_a_download_goes_on_where_it_broke(
    host: Host, browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """From any byte, to any byte, from the end; a part of another file is never taken for one of this."""
    transfer_id = made(host, organisation, second)
    (package,) = packages(host, administrator, transfer_id)
    browser, url = browse(administrator), f"{PATH}/packages/{package.id}/file"
    whole = browser.get(url)
    content, size = whole.content, package.size
    assert hashlib.sha256(content).hexdigest() == package.sha256
    assert whole.headers["accept-ranges"] == "bytes"
    assert (whole.status_code, int(whole.headers["content-length"])) == (200, size)
    tag = whole.headers["etag"]
    for asked, start, stop in (
        ("bytes=0-99", 0, 100),
        ("bytes=65530-65545", 65530, 65546),
        (f"bytes={size - 1}-", size - 1, size),
        ("bytes=1000-", 1000, size),
        ("bytes=-10", size - 10, size),
        (f"bytes=5-{size + 500}", 5, size),
    ):
        part = browser.get(url, **{"range": asked, "if-range": tag})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{size}"
        assert part.content == content[start:stop]
    for asked in ("bytes=9-3", "bytes=0-1,5-6", "lines=1-2", "bytes=-"):
        assert browser.get(url, range=asked).content == content
    assert browser.get(url, **{"range": "bytes=5-", "if-range": '"other"'}).content == content
    beyond = browser.get(url, range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert organisation.log_kinds().count("records.package-fetched") == 7  # whole ones and those from the first byte


def test_taking_things_out_asks_who_one_is(
    host: Host, browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """A session that was identified long ago may look, and has to identify before it takes or changes anything."""
    transfer_id = made(host, organisation, second)
    (package,) = packages(host, administrator, transfer_id)
    browser, one = browse(administrator), f"{PATH}/packages/{package.id}"
    with organisation.platform.database.transaction(organisation.id) as connection:
        from sqlalchemy import text

        connection.execute(text("UPDATE sessions SET identified_at = identified_at - interval '1 hour'"))
    assert browser.get(one).status_code == 200
    receipt = {"verdict": "accepted", "day": "2026-11-01"}
    for answer in (
        browser.get(f"{one}/file"),
        browser.post(f"{PATH}/new", reason="Skäl"),
        browser.post(f"{one}/receipt", **receipt),
        browser.post(f"{PATH}/{transfer_id}/receipt", **receipt),
        browser.post(f"{one}/again"),
    ):
        assert answer.status_code in {302, 303, 401, 403}
        assert b"PK\x03\x04" not in answer.content
    assert packages(host, administrator, transfer_id)[0].state is PackageState.MADE


def test_every_page_by_every_role(
    host: Host,
    browse: Browse,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    second: SampleUser,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """The organisation's administrators alone; another organisation's find nothing, and neither do ids of nothing."""
    transfer_id = made(host, organisation, second)
    (package,) = packages(host, administrator, transfer_id)
    of_transfer = [f"{PATH}/{transfer_id}{rest}" for rest in ("", "/list.csv", "/SHA256SUMS")]
    of_package = [f"{PATH}/packages/{package.id}{rest}" for rest in ("", "/file")]
    receipt = {"verdict": "accepted", "day": "2026-11-01"}
    posts: list[tuple[str, dict[str, str]]] = [
        (f"{PATH}/{transfer_id}/receipt", receipt),
        *((f"{PATH}/packages/{package.id}/{rest}", receipt) for rest in ("receipt", "check", "again")),
    ]
    for person in (case_worker, mailbox_administrator, outsider):
        browser = browse(person)
        for url in (PATH, f"{PATH}/new", f"{PATH}/new?show=1", *of_transfer, *of_package):
            assert browser.get(url).status_code == 403, url
        assert browser.get(f"{PATH}/packages/{package.id}/receipt").status_code == 403
        for url, fields in (*posts, (f"{PATH}/new", {"reason": "Skäl"})):
            assert browser.post(url, **fields).status_code == 403, url
    stranger = browse(other_administrator)
    for url in (*of_transfer, *of_package, f"{PATH}/packages/{package.id}/receipt"):
        assert stranger.get(url).status_code == 404, url
    for url, fields in posts:
        assert stranger.post(url, **fields).status_code == 404, url
    assert stranger.get(PATH).status_code == 200
    nothing, own = uuid4(), browse(administrator)
    assert own.get(f"{PATH}/{nothing}").status_code == 404
    assert own.get(f"{PATH}/packages/{nothing}").status_code == 404
    assert own.post(f"{PATH}/packages/{package.id}/again").status_code == 409
    assert own.post(f"{PATH}/packages/{package.id}/check", csrf="x").status_code == 403
    assert own.post(f"{PATH}/packages/{package.id}/receipt", csrf="x", **receipt).status_code == 403
    assert browse().get(PATH).status_code in {302, 303, 401}
    assert packages(host, administrator, transfer_id)[0].state is PackageState.MADE


def test_a_failed_package_is_made_anew(
    host: Host, browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    case_id = close_case(organisation)
    transfer_id = begun(host, organisation, second)
    in_work(organisation.platform, organisation.case_worker, actions.reopen, case_id)
    make_all(organisation.platform)
    (package,) = packages(host, administrator, transfer_id)
    browser, one = browse(administrator), f"{PATH}/packages/{package.id}"
    assert "inte avslutat längre" in browser.get(one).text
    assert browser.get(f"{one}/file").status_code == 404
    assert browser.post(f"{one}/check").status_code == 404
    in_work(organisation.platform, organisation.case_worker, actions.close, case_id)
    assert browser.post(f"{one}/again").headers["location"] == f"{one}?said=again"
    make_all(organisation.platform)
    assert packages(host, administrator, transfer_id)[0].state is PackageState.MADE


def test_a_damaged_package_is_found(
    host: Host,
    platform: Platform,
    browse: Browse,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    second: SampleUser,
) -> None:
    """A byte that was changed in the store is found by the check, and no page breaks by it."""
    transfer_id = made(host, organisation, second)
    (package,) = packages(host, administrator, transfer_id)
    paths = sorted(platform.settings.blob_folder.rglob("*"), key=lambda path: path.stat().st_mtime)
    newest = [path for path in paths if path.is_file()][-1]
    raw = bytearray(newest.read_bytes())
    raw[len(raw) // 2] ^= 1
    newest.write_bytes(bytes(raw))
    page = browse(administrator).post(f"{PATH}/packages/{package.id}/check")
    assert page.status_code == 200
    assert "Paketet har ett fel" in page.text


def test_the_choice_is_judged(browse: Browse, organisation: SampleOrganisation, administrator: SampleUser) -> None:
    """Days that are none, days the wrong way round, and mailboxes that do not exist, each with a sentence."""
    close_case(organisation)
    browser = browse(administrator)
    assert "Ett ärende" in browser.get(f"{PATH}/new?show=1&mailbox=social&since=2020-01-01").text
    for query in ("since=igår", "until=9999-12-31", "since=2026-02-01&until=2026-01-01", "mailbox=finns+inte"):
        page = browser.get(f"{PATH}/new?show=1&{query}")
        assert page.status_code == 422
        assert "behöver rättas" in page.text
    none = browser.get(f"{PATH}/new?show=1&until=2020-01-01")
    assert "0 ärenden" in none.text
    assert "Begär leverans" not in none.text


def test_long_lists_are_paged(
    host: Host, browse: Browse, organisation: SampleOrganisation, administrator: SampleUser, second: SampleUser
) -> None:
    """Fifty packages a page, below 100 kB."""
    transfer_id = made(host, organisation, second)
    table = tables.packages
    with host.transaction(organisation.id) as connection:
        (row,) = [dict(each) for each in connection.execute(table.select()).mappings()]
        more = [{**row, "id": uuid4(), "position": number} for number in range(2, 121)]
        connection.execute(table.insert(), more)
        connection.execute(update(tables.transfers).values(packages=120, begun_at=datetime.now(UTC)))
    page = browse(administrator).get(f"{PATH}/{transfer_id}?page=3")
    assert "101 till 120 av 120" in page.text
    assert len(browse(administrator).get(f"{PATH}/{transfer_id}").content) < 100_000
