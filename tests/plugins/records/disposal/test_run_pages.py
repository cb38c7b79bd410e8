"""Every page of holds, rules, kinds and runs: what it does, and for whom."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from tests.plugins.records.conftest import Records

from budkavle.cases.actions import bin_case
from budkavle.testing import SampleUser, in_work
from budkavle_records.holds.legal_holds import NewHold, Selection, add_hold
from budkavle_records.schedule.rules import Rule, add_rule, judge_arrivals, list_rules

PATH = "/plugin/records"
Browse = Callable[..., Any]


@pytest.mark.feature("Z2", "Z8")
def test_a_run_from_the_list_to_the_protocol(records: Records, browse: Browse) -> None:
    """Begin, look, ask, a second person's yes, and both files of the protocol."""
    case = records.case(200, records.plan()[0])
    browser = browse(records.administrator)
    assert "Inga körningar än" in browser.get(f"{PATH}/runs").text
    page = browser.post(f"{PATH}/runs").headers["location"]
    assert "Listan tas fram" in browser.get(page).text
    records.work()
    shown = browser.get(page).text
    assert "Begär gallringen" in shown
    assert "1.3.2 Ringa betydelse" in shown
    assert "KS 2025-03-12 § 41" in shown
    assert browser.post(f"{page}/ask", reason="").status_code == 422
    assert browser.post(f"{page}/ask", reason="Tiden har gått ut.").status_code == 303
    waiting = browser.get(page).text
    assert "En annan administratör ska godkänna" in waiting
    second = browse(records.second)
    listed = second.get("/approvals").text
    request = re.search(r"/approvals/([0-9a-f-]{36})", listed)
    assert request
    asked = second.get(f"/approvals/{request[1]}").text
    assert "Ärenden som gallras enligt hanteringsplanen, version 1: 1." in asked
    assert "1.3.2 Ringa betydelse: 1 (KS 2025-03-12 § 41)" in asked
    from uuid import UUID

    records.approve(UUID(request[1]))
    records.work()
    assert records.destroyed(case)
    done = browser.get(page).text
    assert "Klar" in done
    assert browser.get(f"{page}/protocol/pdf").content.startswith(b"%PDF-")
    assert b'"budkavle-disposal-1"' in browser.get(f"{page}/protocol/json").content
    assert "Gallrat" in browser.get(f"{page}/cases.csv").content.decode("utf-8-sig")
    assert browser.get(f"{page}/protocol/txt").status_code == 404
    assert "Protokoll för körning 1 som PDF" in browser.get(f"{PATH}/runs").text


def test_a_run_is_cancelled(records: Records, browse: Browse) -> None:
    """Nothing is destroyed, and a new list can be made."""
    records.case(200, records.plan()[0])
    browser = browse(records.administrator)
    page = browser.post(f"{PATH}/runs").headers["location"]
    assert browser.post(f"{PATH}/runs").status_code == 409
    assert browser.post(f"{page}/drop").status_code == 303
    assert "Avbruten" in browser.get(f"{PATH}/runs").text
    assert browser.post(f"{page}/drop").status_code == 409


@pytest.mark.feature("Z2")
def test_a_hold_is_made_shown_and_ended(records: Records, browse: Browse, case_worker: SampleUser) -> None:
    """By case number; the case says so while it lasts, and ending it takes a reason."""
    records.plan()
    case = records.case(1)
    (row,) = records.organisation.rows("SELECT number FROM cases WHERE id = :id", id=case)
    browser = browse(records.administrator)
    assert browser.post(f"{PATH}/holds/new", name="", reason="").status_code == 422
    both = browser.post(f"{PATH}/holds/new", name="", reason="", numbers="1-1").text
    assert [f'id="{name}-error"' in both for name in ("name", "reason", "numbers")] == [True] * 3
    assert "med högst 200 tecken" in browser.post(f"{PATH}/holds/new", name="å" * 201, reason="Begärt.").text
    wrong = browser.post(f"{PATH}/holds/new", name="Mål", reason="Begärt.", numbers="1-1")
    assert "Ett av numren är inget ärende." in wrong.text
    typed = {"name": "Mål T 12-26", "reason": "Domstolen har begärt det."}
    assert browser.post(f"{PATH}/holds/new", **typed, numbers=row.number).status_code == 303
    assert "Mål T 12-26" in browser.get(f"{PATH}/holds").text
    worker = browse(case_worker)
    assert "Ärendet omfattas av ett gallringsstopp." in worker.get(f"/c/{case}").text
    stored = records.organisation.rows("SELECT sealed FROM records_holds")
    assert b"12-26" not in bytes(stored[0].sealed)
    assert records.organisation.exported("records_holds")[0]["sealed"] == typed
    link = re.search(r"/plugin/records/holds/[0-9a-f-]{36}", browser.get(f"{PATH}/holds").text)
    assert link
    assert row.number in browser.get(link[0]).text
    assert browser.post(f"{link[0]}/end", reason="").status_code == 422
    assert browser.post(f"{link[0]}/end", reason="Målet är avgjort.").status_code == 303
    assert "Ärendet omfattas av ett gallringsstopp." not in worker.get(f"/c/{case}").text
    assert "Målet är avgjort." in browser.get(link[0]).text
    assert "Mål T 12-26" in browser.get(f"{PATH}/holds?ended=1").text
    assert browser.post(f"{link[0]}/end", reason="Igen.").status_code == 409


@pytest.mark.feature("Z2")
def test_a_hold_by_search_words(records: Records, browse: Browse, case_worker: SampleUser) -> None:
    """The cases that have the words are shown, also from the bin, without what they are about; the ticked are held."""
    house = records.organisation
    kept, left, binned = (house.arrive(f"Ida Ahlqvist, {word}") for word in ("bygge", "vatten", "sopor"))
    other = house.arrive("Ida Berg")
    in_work(house.platform, case_worker, bin_case, binned)
    numbers = {row.id: row.number for row in house.rows("SELECT id, number FROM cases")}
    browser = browse(records.administrator)
    typed = {"name": "Mål T 12-26", "reason": "Domstolen har begärt det."}
    url = f"{PATH}/holds/new"
    for wrong, said in (
        (typed | {"words": "Ahlqvist", "name": ""}, "Skriv vad gallringsstoppet ska heta, med högst 200 tecken."),
        (typed | {"words": "Ahlqvist", "numbers": numbers[kept]}, "Skriv antingen ärendenummer eller sökord."),
        (typed | {"words": "Nyqvist"}, "Inget ärende har orden."),
        (typed | {"words": "-"}, "Ett ord har minst två tecken."),
    ):
        answer = browser.post(url, **wrong)
        assert (answer.status_code, said in answer.text) == (422, True)
    page = browser.post(url, **typed, words="ida ahlqvist").text
    assert [numbers[case] in page for case in (kept, left, binned, other)] == [True, True, True, False]
    assert "bygge" not in page
    assert house.rows("SELECT id FROM records_holds") == []
    later = browser.post(url, **typed, words="Ahlqvist", since="2999-01-01")
    assert "Inget ärende har orden." in later.text
    assert browser.post(url, **typed, shown="1").status_code == 422
    assert browser.post(url, **typed, shown="1", cases=str(uuid4())).status_code == 404
    assert browser.post(url, **typed, shown="1", cases=[str(kept), str(binned)]).status_code == 303
    held = house.rows("SELECT case_id FROM records_held_cases")
    assert {row.case_id for row in held} == {kept, binned}
    assert house.log_kinds().count("records.holds-searched") == 3
    assert not any("ahlqvist" in entry.lower() for entry in house.log_entries("records.holds-searched"))


@pytest.mark.feature("ZR1")
def test_a_kind_is_chosen_in_the_case(records: Records, browse: Browse, case_worker: SampleUser) -> None:
    """Who set it and when stands in the case's log; the mailbox's own kind holds where nobody has chosen."""
    short, long, _, born = records.plan()
    case = records.case(1)
    worker = browse(case_worker)
    assert "ingen vald." in worker.get(f"/c/{case}").text
    mailbox = records.organisation.mailbox.id
    manager = browse(records.organisation.mailbox_administrator)
    assert manager.post(f"{PATH}/mailboxes/{mailbox}", kind=str(long.id)).status_code == 303
    assert "Begäran om allmän handling" in worker.get(f"/c/{case}").text
    assert worker.post(f"{PATH}/cases/{case}", kind=str(short.id)).headers["location"] == f"/c/{case}"
    shown = worker.get(f"/c/{case}").text
    assert "90 dagar från att handlingen kom in" in shown
    assert f"{case_worker.name} valde handlingstypen 1.3.2 Ringa betydelse" in shown
    assert worker.post(f"{PATH}/cases/{case}", kind=str(born.id), said="i går").status_code == 422
    assert worker.post(f"{PATH}/cases/{case}", kind=str(born.id), said="2010-03-01").status_code == 303
    assert 'value="2010-03-01"' in worker.get(f"{PATH}/cases/{case}").text
    stored = records.organisation.rows("SELECT moment FROM records_case_kinds")
    assert b"2010" not in bytes(stored[0].moment)
    assert records.organisation.exported("records_case_kinds")[0]["moment"] == "2010-03-01"
    assert worker.post(f"{PATH}/cases/{case}", kind="").status_code == 303
    assert f"{case_worker.name} lät brevlådans handlingstyp gälla" in worker.get(f"/c/{case}").text


@pytest.mark.feature("ZR1")
def test_rules_give_kinds_in_their_order(records: Records, browse: Browse, case_worker: SampleUser) -> None:
    """The first that fits decides; what a person has chosen stays; a try changes nothing."""
    short, long, *_ = records.plan()
    browser = browse(records.administrator)
    rules = f"{PATH}/rules"
    assert browser.post(rules, kind=str(short.id)).status_code == 422
    assert browser.post(rules, kind=str(short.id), word="två ord").status_code == 422
    for field, value in (("sender", "å" * 201), ("word", "å" * 201), ("word", "…")):
        wrong = browser.post(rules, kind=str(short.id), **{field: value})
        assert (wrong.status_code, f'id="{field}-error"' in wrong.text) == (422, True), field
    for field, value in (("channel", "pigeon"), ("mailbox", str(uuid4())), ("mailbox", "none")):
        gone = browser.post(rules, kind=str(short.id), word="bygglov", **{field: value})
        assert (gone.status_code, f'id="{field}-error"' in gone.text) == (422, True), (field, value)
        assert 'value="bygglov"' in gone.text
    unknown = browser.post(rules, kind=str(uuid4()), word="bygglov")
    assert (unknown.status_code, "Handlingstypen finns inte längre" in unknown.text) == (422, True)
    assert 'value="bygglov"' in unknown.text
    assert browser.post(rules, kind=str(long.id), word="handling").status_code == 303
    assert browser.post(rules, kind=str(short.id), sender="Region Jönköpings län").status_code == 303
    first = records.organisation.arrive("Begäran om handling")
    other = records.organisation.arrive("Ett brev")
    by_hand = records.case(1, short)
    assert "2 ärenden" not in browser.get(f"{rules}/try").text
    while judge_arrivals(records.host):
        pass
    worker = browse(case_worker)
    assert "En regel satte handlingstypen 1.3.3 Begäran om allmän handling" in worker.get(f"/c/{first}").text
    assert "1.3.2 Ringa betydelse" in worker.get(f"/c/{other}").text
    assert "<b>1.3.2 Ringa betydelse</b>" in worker.get(f"/c/{by_hand}").text
    with records.host.work(records.administrator) as work:
        second = list_rules(records.host, work)[1]
    assert browser.post(f"{rules}/{second.id}/up").status_code == 303
    third = records.organisation.arrive("Begäran om handling")
    assert "En regel satte handlingstypen 1.3.2 Ringa betydelse" in worker.get(f"/c/{third}").text
    assert browser.post(rules, kind=str(short.id), channel="local").status_code == 303
    assert browser.post(f"{rules}/apply").status_code == 303
    assert browser.post(f"{rules}/{second.id}/remove").status_code == 303
    assert browser.post(f"{rules}/{second.id}/remove").status_code == 404


@pytest.mark.feature("ZR1")
def test_a_try_says_what_each_rule_would_hit(records: Records, browse: Browse) -> None:
    """With the numbers of some cases; a case goes to the first rule that fits."""
    short, long, *_ = records.plan()
    case = records.organisation.arrive("Begäran om handling")
    records.organisation.arrive("Ett brev")
    with records.host.work(records.administrator) as work:
        add_rule(records.host, work, Rule(uuid4(), 0, None, "", "", "handling", long.id))
        add_rule(records.host, work, Rule(uuid4(), 0, records.organisation.mailbox.id, "", "", "", short.id))
    (row,) = records.organisation.rows("SELECT number FROM cases WHERE id = :id", id=case)
    shown = browse(records.administrator).get(f"{PATH}/rules/try").text
    assert shown.count("1 ärende\n") == 2
    assert row.number in shown


def test_every_page_by_every_role(
    records: Records,
    browse: Browse,
    case_worker: SampleUser,
    outsider: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Administrators alone, of this organisation; a case's kind is its members', and nobody else's."""
    short = records.plan()[0]
    case = records.case(200, short)
    run = records.listed()
    with records.host.work(records.administrator) as work:
        hold = add_hold(records.host, work, NewHold("Tvist", "Begärt.", selection=Selection(kind_id=short.id)))
        add_rule(records.host, work, Rule(uuid4(), 0, None, "", "", "remiss", short.id))
        rule = list_rules(records.host, work)[0]
    reads = ["/rules", "/rules/try", "/holds", "/holds/new", "/runs"]
    theirs = [f"/holds/{hold}", f"/runs/{run.id}", f"/runs/{run.id}/cases.csv"]
    writes = ["/rules", "/rules/apply", "/holds/new", "/runs"]
    changes = [
        f"/rules/{rule.id}/remove",
        f"/rules/{rule.id}/up",
        f"/holds/{hold}/end",
        f"/runs/{run.id}/ask",
        f"/runs/{run.id}/drop",
    ]
    admin, worker, elsewhere = browse(records.administrator), browse(case_worker), browse(other_administrator)
    for path in reads + theirs:
        assert admin.get(PATH + path).status_code == 200, path
        assert worker.get(PATH + path).status_code == 403, path
    for path in theirs:
        assert elsewhere.get(PATH + path).status_code == 404, path
    for path in writes + changes:
        assert worker.post(PATH + path).status_code == 403, path
        assert admin.post(PATH + path, csrf="x").status_code == 403, path
    for path in changes:
        assert elsewhere.post(PATH + path, reason="Prov.").status_code == 404, path
    assert elsewhere.get(f"{PATH}/runs/{run.id}/protocol/json").status_code == 404
    for who in (outsider, records.administrator, other_administrator):
        assert browse(who).get(f"{PATH}/cases/{case}").status_code == 404
        assert browse(who).post(f"{PATH}/cases/{case}", kind="").status_code == 404
    assert worker.get(f"{PATH}/cases/{case}").status_code == 200
    assert worker.get(f"{PATH}/cases/{uuid4()}").status_code == 404
    mailbox = records.organisation.mailbox.id
    assert worker.post(f"{PATH}/mailboxes/{mailbox}", kind="").status_code == 403
    assert elsewhere.post(f"{PATH}/mailboxes/{mailbox}", kind="").status_code == 404
