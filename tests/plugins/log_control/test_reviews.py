"""Judging what was chosen, the month in numbers, and what a citizen is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle import Forbidden, Host, Invalid, NotFound
from budkavle.cases import take
from budkavle.messaging import read_case
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle_log_control import control, extracts, files, reviews, summaries
from budkavle_log_control.accesses import ZONE

Browse = Callable[..., Any]
Happen = Callable[..., UUID]
Settings = Callable[..., None]
PATH = "/plugin/log_control"
SECRET = "Hemligatan"


@pytest.fixture
def waiting(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    quiet: Settings,
    reviewer: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> UUID:
    """A review of a case that Ada has opened; its reviewer is named."""
    monkeypatch.setattr(control, "SETTLED", timedelta(seconds=-5))
    quiet(protected=True)
    case_id = organisation.arrive(f"Om {SECRET}", confidential=True)
    in_work(organisation.platform, case_worker, read_case, case_id)
    do_job(organisation.platform, "log_control.control")
    (row,) = organisation.rows("SELECT id FROM log_control_items")
    review_id: UUID = row.id
    return review_id


@pytest.mark.feature("Z7")
def test_a_review_is_documented(
    host: Host, organisation: SampleOrganisation, reviewer: SampleUser, waiting: UUID
) -> None:
    """Verdict, note and reviewer are kept, the note sealed; the event log has the verdict."""
    (review,), total = reviews.list_reviews(host, reviewer, 1, waits=True)
    assert (review.reader, review.mailbox, total) == ("Ada Ahl", organisation.mailbox.name, 1)
    reviews.judge(host, reviewer, waiting, "breach", f"Pratat med Ada om {SECRET}")
    assert reviews.list_reviews(host, reviewer, 1, waits=True) == ([], 0)
    judged = reviews.find_review(host, reviewer, waiting)
    assert (judged.verdict, judged.note) == ("breach", f"Pratat med Ada om {SECRET}")
    assert judged.reviewed_by == reviewer.name
    (row,) = organisation.rows("SELECT note FROM log_control_items")
    assert SECRET.encode() not in row.note
    assert organisation.last_log_facts() == {"verdict": "breach"}
    assert organisation.exported("log_control_items")[0]["note"] == judged.note
    assert {bool(row["seed"]) for row in organisation.exported("log_control_draws")} == {True}


@pytest.mark.feature("Z7")
def test_nobody_reviews_themselves(
    host: Host, organisation: SampleOrganisation, case_worker: SampleUser, settings: Settings, waiting: UUID
) -> None:
    """Not even somebody who is named: it is neither listed, shown nor judged, and waits for somebody else."""
    settings(reviewers=case_worker.user.email)
    assert reviews.list_reviews(host, case_worker, 1, waits=True) == ([], 0)
    for attempt in (
        lambda: reviews.find_review(host, case_worker, waiting),
        lambda: reviews.judge(host, case_worker, waiting, "ok", ""),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert len(reviews.list_reviews(host, organisation.administrator, 1, waits=True)[0]) == 1


TOO_LITTLE: list[tuple[str, str]] = [("", ""), ("nonsense", "x"), ("talk", ""), ("breach", ""), ("ok", "x" * 4001)]


def test_a_verdict_that_says_too_little(host: Host, reviewer: SampleUser, waiting: UUID) -> None:
    """A word of the three, and a note unless all is well."""
    for verdict, note in TOO_LITTLE:
        with pytest.raises(Invalid):
            reviews.judge(host, reviewer, waiting, verdict, note)
        assert reviews.find_review(host, reviewer, waiting).waits, verdict


def test_the_subject_is_content(
    host: Host, organisation: SampleOrganisation, reviewer: SampleUser, browse: Browse, waiting: UUID
) -> None:
    """The page shows none of it; who asks for it stands in the event log as somebody who has read."""
    here = f"{PATH}/reviews/{waiting}"
    assert SECRET not in browse(reviewer).get(here).text
    assert "log_control.case-read" not in organisation.log_kinds()
    assert SECRET in browse(reviewer).post(f"{here}/subject").text
    assert "log_control.case-read" in organisation.log_kinds()


def test_other_organisations_find_nothing(host: Host, other_administrator: SampleUser, waiting: UUID) -> None:
    """No review of the first one."""
    assert reviews.list_reviews(host, other_administrator, 1, waits=True) == ([], 0)
    with pytest.raises(NotFound):
        reviews.judge(host, other_administrator, waiting, "ok", "")


@pytest.mark.feature("Z7")
def test_a_month_in_numbers(host: Host, organisation: SampleOrganisation, reviewer: SampleUser, waiting: UUID) -> None:
    """By reason: hits, chosen, verdicts and what waits; the files have the same, and nobody's name."""
    month = datetime.now(ZONE).date().replace(day=1)

    def protected() -> summaries.Line:
        return next(line for line in summaries.month_lines(host, reviewer, month) if line.reason == "protected")

    assert (protected().hits, protected().chosen, protected().waits) == (1, 1, 1)
    reviews.judge(host, reviewer, waiting, "talk", "Se över")
    assert (protected().verdicts["talk"], protected().waits) == (1, 0)
    lines = summaries.month_lines(host, reviewer, month)
    text = files.month_csv(host, lines, "sv").decode("utf-8-sig")
    assert "Skyddat ärende;1;1;0;1;0;0" in text
    assert "Ada" not in text
    assert files.month_pdf(host, reviewer, month, lines, "en").startswith(b"%PDF")
    before = summaries.month_lines(host, reviewer, summaries.month_before(month))
    assert sum(line.hits for line in before) == 0


@pytest.mark.feature("Z7")
@pytest.mark.parametrize(("names", "who"), [("role", "Handläggare"), ("name", "Ada Ahl")])
def test_an_extract_in_words(
    host: Host,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    settings: Settings,
    names: str,
    who: str,
) -> None:
    """Unit, time and what was done; staff by role or by name, as the setting says."""
    settings(names=names)
    case_id = organisation.arrive("Ansökan från Eva Holmberg")
    in_work(organisation.platform, case_worker, read_case, case_id)
    in_work(organisation.platform, case_worker, take, case_id)
    (hit,) = extracts.find_cases(host, administrator, "Eva Holmberg")
    by_number = extracts.find_cases(host, administrator, hit.number)
    assert [each.id for each in by_number] == [case_id]
    rows = extracts.extract(host, administrator, "Eva Holmberg", [case_id, uuid4()])
    assert [(row.unit, row.who, row.what) for row in rows] == [
        (organisation.mailbox.name, who, "Läste ärendet"),
        (organisation.mailbox.name, who, "Började handlägga ärendet"),
    ]
    assert files.extract_cells(rows[0], files.say_in(host, "en"))[4] == "Read the case"
    assert files.extract_pdf(host, administrator, rows, "en").startswith(b"%PDF")
    assert "log_control.extract-made" in organisation.log_kinds()


def test_an_extract_is_of_what_was_found(
    host: Host, organisation: SampleOrganisation, other_organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """A case without the words, or of others, cannot be asked for by its id."""
    other = organisation.arrive("Annat")
    foreign = other_organisation.arrive("Eva Holmberg")
    organisation.arrive("Eva Holmberg")
    with pytest.raises(Invalid):
        extracts.extract(host, administrator, "Eva Holmberg", [other, foreign])
    with pytest.raises(Invalid):
        extracts.find_cases(host, administrator, "")


ROUTES = (
    ("get", ""),
    ("get", "/judged"),
    ("get", "/months"),
    ("get", "/months/{month}/csv"),
    ("get", "/months/{month}/pdf"),
    ("get", "/reviews/{id}"),
    ("post", "/reviews/{id}"),
    ("post", "/reviews/{id}/subject"),
    ("get", "/extracts"),
    ("post", "/extracts"),
    ("post", "/extracts/rows"),
)


def test_every_route_by_every_role(
    browse: Browse, reviewer: SampleUser, waiting: UUID, request: pytest.FixtureRequest
) -> None:
    """403 for those who do not review, 404 for other organisations' reviews, sign-in for strangers."""
    for method, path in ROUTES:
        there = PATH + path.format(id=waiting, month=datetime.now(UTC).strftime("%Y-%m"))
        for user in ("case_worker", "colleague", "mailbox_administrator"):
            assert getattr(browse(request.getfixturevalue(user)), method)(there).status_code == 403, (method, path)
        other = getattr(browse(request.getfixturevalue("other_administrator")), method)(there).status_code
        assert other == 404 if "{id}" in path else other in (200, 422), (method, path)
        assert getattr(browse(), method)(there).status_code in (302, 303, 401, 403), (method, path)
        assert getattr(browse(reviewer), method)(there).status_code in (200, 303, 422), (method, path)


def test_the_pages(organisation: SampleOrganisation, browse: Browse, reviewer: SampleUser, waiting: UUID) -> None:
    """Filter, judge, look at the month, make an extract; what was typed is in no address."""
    page = browse(reviewer)
    assert "Ada Ahl" in page.get(f"{PATH}?reason=protected").text
    assert "Ada Ahl" not in page.get(f"{PATH}?reason=hours").text
    here = f"{PATH}/reviews/{waiting}"
    assert page.post(here, verdict="talk").status_code == 422
    assert page.post(here, verdict="ok").headers["location"] == f"{PATH}?said=judged"
    assert "Ada Ahl" in page.get(f"{PATH}/judged").text
    assert page.get(f"{PATH}/months?month=1999-13").status_code == 404
    assert page.get(f"{PATH}/months/2999-01/csv").status_code == 404
    assert page.get(f"{PATH}/months/{datetime.now(UTC):%Y-%m}/exe").status_code == 404
    found = page.post(f"{PATH}/extracts", words=SECRET).text
    (row,) = organisation.rows("SELECT id FROM cases")
    assert str(row.id) in found
    assert f"Om {SECRET}" not in found
    assert "Läste ärendet" in page.post(f"{PATH}/extracts/rows", words=SECRET, cases=str(row.id), do="show").text
    pdf = page.post(f"{PATH}/extracts/rows", words=SECRET, cases=str(row.id), do="pdf", language="en")
    assert pdf.content.startswith(b"%PDF")
    assert page.post(f"{PATH}/extracts/rows", words=SECRET).status_code == 422
    assert PATH in page.get("/account").text
    assert PATH not in browse(organisation.colleague).get("/account").text
