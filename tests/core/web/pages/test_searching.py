"""The page of a search: limits with counts, where the words stand, and a case beside the hits."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update

from budkavle.accounts.delegations import delegate
from budkavle.accounts.mailboxes import personal_id
from budkavle.accounts.users import update_user
from budkavle.cases import actions
from budkavle.cases.finding import index, query
from budkavle.cases.search import terms_of
from budkavle.model.messages import File
from budkavle.storage.tables import cases
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser

Browse = Callable[..., Browser]


@pytest.fixture
def searched(organisation: SampleOrganisation) -> SampleOrganisation:
    """With three cases about the same, one of them in a file."""
    organisation.arrive("Kallelse till möte", body="Vi ses på torsdag.")
    organisation.arrive("Planering", body="Du kallas härmed till <b>mötet</b> i höst.")
    organisation.arrive("Övrigt", files=(File("bilaga.txt", "text/plain", "Kallelsen till mötena och mötet".encode()),))
    while index.index_cases(organisation.platform):
        pass
    return organisation


def texts(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.feature("E25", "E26")
def test_hits_say_where_the_words_stand(searched: SampleOrganisation, browse: Any, case_worker: SampleUser) -> None:
    """Marked in the subject and in the text, nothing of it as HTML; a file is named; each says its mailbox."""
    page = browse(case_worker).get("/search?q=kallelse+m%C3%B6te").text
    assert "<mark>Kallelse</mark> till <mark>möte</mark>" in page
    assert "<b>mötet</b>" not in page
    assert "bilaga.txt" in page
    assert page.count(searched.mailbox.name) >= 2
    assert "3 träffar" in texts(page)


@pytest.mark.feature("E26")
def test_the_words_around_a_hit_are_whole_and_without_marks_of_markdown(
    organisation: SampleOrganisation, browse: Any, case_worker: SampleUser
) -> None:
    """It is cut between words; what makes text bold, italic or a heading is not shown, and signs of sums are."""
    before, after = " ".join(f"före{n}" for n in range(40)), " ".join(f"efter{n}" for n in range(40))
    body = f"# Brev\n\n{before} en **samordnad individuell *planering*** 2 * 3 4*5 {after}"
    organisation.arrive("Möte", body=body)
    index.index_cases(organisation.platform)
    page = browse(case_worker).get("/search?q=planering").text
    (around,) = re.findall(r"… (.+?) …", texts(page))
    words = around.split()
    assert set(words) < {*before.split(), *after.split(), "en", "samordnad", "individuell", "planering", *"2*3", "4*5"}
    assert {"individuell", "planering", "*", "4*5"} < set(words)
    assert len(words) > 20


@pytest.mark.feature("E26")
def test_a_limit_is_chosen_and_given_up_by_a_link(
    searched: SampleOrganisation, browse: Any, case_worker: SampleUser
) -> None:
    """The address has all of it, so it works without a script; counts say what each would leave."""
    browser = browse(case_worker)
    page = browser.get("/search?q=m%C3%B6te").text
    assert "3 träffar" in texts(page)
    (url,) = re.findall(r'href="(/search\?q=m%C3%B6te&(?:amp;)?where=subject)"', page)
    limited = browser.get(url.replace("&amp;", "&")).text
    assert "1 träff" in texts(limited)
    assert 'aria-current="true"' in limited
    assert "Ta bort begränsningarna" in limited


@pytest.mark.feature("E26")
def test_the_search_stays_while_a_case_is_read_and_acted_on(
    searched: SampleOrganisation, browse: Any, case_worker: SampleUser
) -> None:
    """The case stands beside the hits; after it is taken and closed they are still there."""
    browser = browse(case_worker)
    page = browser.get("/search?q=kallelse+m%C3%B6te").text
    url = re.findall(r'class="subject" href="(/c/[^"#]+)', page)[0].replace("&amp;", "&")
    opened = browser.get(url).text
    assert 'id="case"' in opened
    assert "search-pieces" not in opened, "what plugins show below a case stands there alone"
    assert "3 träffar" in texts(opened)
    case_id = url.split("/")[2].split("?")[0]
    query = url.partition("?")[2]
    for action in ("take", "close"):
        answer = browser.post(f"/c/{case_id}/{action}?{query}")
        shown = browser.get(answer.headers["location"].partition("#")[0]).text
        assert "3 träffar" in texts(shown), action
        assert f'data-case="{case_id}"' in shown


@pytest.mark.feature("E26")
def test_what_finds_nothing_says_what_is_searched(
    searched: SampleOrganisation, browse: Any, case_worker: SampleUser, outsider: SampleUser
) -> None:
    """And what is not; a word that stands everywhere is refused in words; a strange address limits to nothing."""
    browser = browse(case_worker)
    for words in ("finnsinte", "kallelse&box=x,y&where=x&time=x&state=x", ""):
        answer = browser.get(f"/search?q={words}")
        assert answer.status_code == 200
        assert "början av ordet" in texts(answer.text), words
    assert "Skriv minst ett ord" in browser.get("/search?q=och").text
    assert "Sidan är för gammal" in browser.get("/search?q=kallelse&after=strunt").text
    assert "Inga träffar" in texts(browse(outsider).get("/search?q=kallelse").text)


@pytest.mark.feature("E26")
def test_a_search_is_saved_for_one_person_with_its_count(
    searched: SampleOrganisation, browse: Any, case_worker: SampleUser, mailbox_administrator: SampleUser
) -> None:
    """In the navigation of every page, sealed at rest, and gone when it is removed; nobody else can."""
    browser, other = browse(case_worker), browse(mailbox_administrator)
    search = "?q=m%C3%B6te&where=text"
    assert browser.post("/searches", name="Möten i text", search=search).status_code == 303
    (saved,) = searched.rows("SELECT id, sealed FROM saved_searches")
    assert "Möten".encode() not in bytes(saved.sealed)
    link = r'<a href="(/search[^"]*)"[^>]*>(?:(?!</a>).)*<span>Möten i text</span><span class="n">(\d+)'
    rail = re.findall(link, browser.get("/account").text, re.DOTALL)
    assert [(url.replace("&amp;", "&"), number) for url, number in rail] == [(f"/search{search}", "1")]
    assert "Möten i text" not in other.get("/account").text
    assert other.post(f"/searches/{saved.id}/remove", search=search).status_code == 404
    assert "Ta bort sökningen" in browser.get(f"/search{search}").text
    browser.post(f"/searches/{saved.id}/remove", search=search)
    assert "Möten i text" not in browser.get("/account").text


@pytest.mark.feature("E26")
def test_a_search_that_cannot_be_saved_says_why_at_its_name(
    searched: SampleOrganisation, browse: Any, case_worker: SampleUser
) -> None:
    """Without a name, with one that is too long, and where there are ten already: the hits and what was typed stay."""
    browser, search = browse(case_worker), "?q=m%C3%B6te&where=text"
    for name in (" ", "<b>" + "x" * 60):
        refused = browser.post("/searches", name=name, search=search)
        assert refused.status_code == 422
        assert re.search(r'id="name-error">.*?högst 60 tecken', refused.text, re.DOTALL)
        assert f'value="{escape(name.strip())}"' in refused.text
        assert "träff" in texts(refused.text)
    assert "tecken som inte syns" in browser.post("/searches", name="a\x1b[31m", search=search).text
    assert "Skriv vad du söker först." in browser.post("/searches", name="Allt", search="").text
    for number in range(10):
        assert browser.post("/searches", name=f"Sök {number}", search=f"?q=ord{number}").status_code == 303
    full = browser.post("/searches", name="Elfte", search=search)
    assert re.search(r'id="name-error">.*?Du har 10 sparade', full.text, re.DOTALL)
    assert 'value="Elfte"' in full.text


def test_hits_that_a_reader_may_not_know_of_are_not_counted(
    searched: SampleOrganisation, browse: Any, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the number, and not in whether there are more than can be counted."""
    platform = searched.platform
    hidden = [searched.arrive(f"Hemkunskap {number}") for number in range(5)][-2:]
    with platform.database.transaction(searched.id) as connection:
        connection.execute(update(cases).where(cases.c.id.in_(hidden)).values(loa=3))
    index.index_cases(platform)
    for most, is_cut in ((2, True), (3, False), (4, False)):
        monkeypatch.setattr(query, "MOST_COUNTED", most)
        with platform.work(case_worker) as work:
            counted, more = query.count_everywhere(query.Searcher(work, terms_of("hemkunskap")), work)
        assert (len(counted), more) == (min(most, 3), is_cut)


@pytest.mark.feature("E26")
def test_an_inbox_that_one_looks_after_is_no_shared_mailbox(
    organisation: SampleOrganisation, browse: Any, case_worker: SampleUser, outsider: SampleUser
) -> None:
    """Its hits are archived, as in its own list, and taken by nobody."""
    platform = organisation.platform
    until = datetime.now(UTC) + timedelta(days=2)
    case_id = organisation.arrive("Semesterlista", mailbox_id=personal_id(case_worker.user_id))
    in_work(platform, case_worker, actions.close, case_id)
    in_work(platform, case_worker, delegate, outsider.user_id, until, old_too=True)
    index.index_cases(platform)
    for reader in (case_worker, outsider):
        page = texts(browse(reader).get("/search?q=semesterlista").text)
        assert "Arkiverat" in page
        assert "Avslutat" not in page


@pytest.mark.feature("E26")
def test_saved_searches_go_with_the_account(
    organisation: SampleOrganisation, browse: Any, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """Closed, nobody has them; and what they said is destroyed with their slots, as when one is removed."""
    browser = browse(case_worker)
    for name in ("Möten", "Kallelser"):
        browser.post("/searches", name=name, search=f"?q={name}")
    slots = {row.slot for row in organisation.rows("SELECT slot FROM saved_searches")}
    assert len(slots) == 2
    assert None not in slots
    (removed,) = organisation.rows("SELECT id, slot FROM saved_searches ORDER BY saved_at LIMIT 1")
    browser.post(f"/searches/{removed.id}/remove")
    assert {row.slot for row in organisation.rows("SELECT slot FROM doomed_slots")} == {removed.slot}
    in_work(organisation.platform, administrator, update_user, case_worker.user_id, active=False)
    assert organisation.rows("SELECT id FROM saved_searches") == []
    assert {row.slot for row in organisation.rows("SELECT slot FROM doomed_slots")} == slots


@pytest.mark.feature("E26")
def test_hits_are_limited_by_chosen_days(searched: SampleOrganisation, browse: Any, case_worker: SampleUser) -> None:
    """Both days are within, in Swedish time; the other limits stay, and what is no date is told."""
    platform, browser = searched.platform, browse(case_worker)
    days = {"Kallelse till möte": "2026-03-01 00:00", "Planering": "2026-03-31 23:59", "Övrigt": "2026-04-01 00:00"}
    with platform.database.owner() as engine, engine.begin() as connection:
        for number, day in enumerate(days.values()):
            rows = "SELECT id FROM cases ORDER BY number OFFSET :number LIMIT 1"
            moment = "CAST(:day AS timestamp) AT TIME ZONE 'Europe/Stockholm'"
            values = {"number": number, "day": day}
            connection.execute(text(f"UPDATE search_words SET opened_at = {moment} WHERE case_id = ({rows})"), values)
            connection.execute(text(f"UPDATE cases SET opened_at = {moment} WHERE id = ({rows})"), values)

    def shown(query: str) -> str:
        return texts(browser.get(f"/search?q=m%C3%B6te&{query}").text)

    assert "2 träffar" in shown("from=2026-03-01&to=2026-03-31")
    assert "1 träff " in shown("from=2026-04-01")
    assert "1 träff " in shown("to=2026-03-01")
    assert "Inget hittades" in shown("from=2026-04-02")
    assert "1 träff " in shown("from=2026-03-01&to=2026-03-31&where=subject")
    page = browser.get("/search?q=m%C3%B6te&from=2026-03-01&where=subject").text
    assert '<input type="hidden" name="where" value="subject" />' in page
    assert 'name="from" value="2026-03-01"' in page
    assert "Skriv datumet som" in shown("from=31/3")
    assert "Skriv datumet som" in shown("to=20260331")
    assert "Byt plats" in shown("from=2026-03-02&to=2026-03-01")
    wrong = browser.get("/search?q=m%C3%B6te&to=31/3").text
    (field,) = re.findall(r'<input[^>]* name="to"[^>]*>', wrong)
    assert 'aria-invalid="true" aria-describedby="search-fault"' in field
    assert 'id="search-fault"' in wrong
    assert wrong.count("aria-invalid") == 1


@pytest.mark.feature("E26")
def test_a_search_without_hits_says_what_to_do(
    searched: SampleOrganisation, browse: Any, case_worker: SampleUser
) -> None:
    """What was sought, what else to try, and the way out of limits that hide; without words what is searched."""
    browser = browse(case_worker)
    nothing = texts(browser.get("/search?q=zebra").text)
    assert "Inget hittades för ”zebra” Pröva färre ord" in nothing
    assert "Ta bort begränsningarna" not in nothing
    limited = browser.get("/search?q=m%C3%B6te&from=2100-01-01").text
    assert "Begränsningarna kan dölja träffar." in texts(limited)
    assert limited.count("Ta bort begränsningarna") == 1
    assert "Sök i dina brevlådor" in texts(browser.get("/search").text)


@pytest.mark.feature("E26")
def test_places_of_an_open_case_are_marked(searched: SampleOrganisation, browse: Any, case_worker: SampleUser) -> None:
    """Only beside the search."""
    browser = browse(case_worker)
    page = browser.get("/search?q=kallas+m%C3%B6te").text
    url = next(url for url in re.findall(r'class="subject" href="(/c/[^"#]+)', page) if _is_planning(browser, url))
    opened = browser.get(url.replace("&amp;", "&")).text
    assert "Orden finns på 2 ställen" in texts(opened)
    assert '<mark id="place-1" tabindex="-1">kallas</mark>' in opened
    assert "<mark" not in browser.get(url.partition("?")[0]).text


def _is_planning(browser: Browser, url: str) -> bool:
    return "Planering" in browser.get(url.replace("&amp;", "&")).text.partition("<h1>")[2][:40]


@pytest.mark.feature("E26")
def test_an_open_list_asks_what_is_new_among_its_hits(
    searched: SampleOrganisation, browse: Any, case_worker: SampleUser, outsider: SampleUser
) -> None:
    """Rows that it shows come anew; a case that came since is news where it is a hit, and nothing is for others."""
    browser, others = browse(case_worker), browse(outsider)
    page = browser.get("/search?q=m%C3%B6te&where=subject").text
    url = re.findall(r'data-news-url="([^"]+)"', page)[0].replace("&amp;", "&")
    (row,) = re.findall(r'<li id="row-([^"]+)"', page)
    other = searched.arrive("Annat")
    hit = searched.arrive("Nytt möte")
    while index.index_cases(searched.platform):
        pass
    in_work(searched.platform, case_worker, actions.take, UUID(row))

    def asked(who: Browser, **values: object) -> str:
        return str(who.get(url + "".join(f"&{name}={value}" for name, value in values.items())).text)

    assert "nytt bland träffarna" not in asked(browser, ids=other, rows=row)
    answer = asked(browser, ids=f"{other},{hit},strunt", rows=row)
    assert 'href="/search?q=m%C3%B6te&amp;where=subject"' in answer
    assert "nytt bland träffarna" in answer
    assert re.findall(r'<li id="row-([^"]+)"', answer) == [row]
    assert "Ärende taget av" in answer
    assert "träffarna" not in asked(others, ids=hit, rows=row)
    assert "<li" not in asked(others, ids=hit, rows=row)
    assert "kan ha ändrats" in asked(browser, missed=1)
    for since in ("0001-01-01T00:00", "9999-12-31T23:59-12:00", "i går"):
        assert browser.get(re.sub("since=[^&]*", f"since={since}", url)).status_code == 200
    older = browser.get("/search?q=m%C3%B6te&where=text").text
    (in_text,) = re.findall(r'<li id="row-([^"]+)"', older)
    url = re.findall(r'data-news-url="([^"]+)"', older)[0].replace("&amp;", "&")
    assert "träffarna" not in asked(browser, ids=in_text), "it was a hit before"
