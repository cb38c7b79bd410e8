"""The pages of reviews: waiting and judged ones, a single one, and a month in numbers."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from babel.dates import format_date
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Host, Invalid, NotFound
from budkavle.web import Form, Visitor, plugin_page
from budkavle_log_control import files, reviews, summaries
from budkavle_log_control.access import N_, PATH
from budkavle_log_control.accesses import ZONE
from budkavle_log_control.reviews import SHOWN, VERDICTS, Review
from budkavle_log_control.rules import REASONS

SAID = {"judged": N_("Bedömningen är sparad.")}
TAGS = {"ok": "ok", "talk": "wait", "breach": "bad"}
"""The style of each verdict."""


def handlers(host: Host) -> list[Any]:
    """Return the routes of reviews and months."""
    return [*_of_all(host), *_of_one(host), *_of_months(host)]


def _of_all(host: Host) -> list[Any]:
    @get(PATH, sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        page: FromQuery[int] = 1,
        reason: FromQuery[str] = "",
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """Show the reviews that wait."""
        return _list_page(host, visitor, max(1, page), reason, said, waits=True)

    @get(f"{PATH}/judged", sync_to_thread=True)
    def judged(
        visitor: NamedDependency[Visitor], page: FromQuery[int] = 1, reason: FromQuery[str] = ""
    ) -> Response[str]:
        """Show the reviews that have a verdict."""
        return _list_page(host, visitor, max(1, page), reason, "", waits=False)

    return [show, judged]


def _of_one(host: Host) -> list[Any]:
    @get(f"{PATH}/reviews/{{review_id:uuid}}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], review_id: FromPath[UUID]) -> Response[str]:
        """Show an opening to review."""
        return _review_page(visitor, reviews.find_review(host, visitor.actor, review_id))

    @post(f"{PATH}/reviews/{{review_id:uuid}}", sync_to_thread=True, status_code=200)
    def judge(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], review_id: FromPath[UUID]
    ) -> Response[Any]:
        """Store a verdict."""
        review = reviews.find_review(host, visitor.actor, review_id)
        try:
            reviews.judge(host, visitor.actor, review_id, form.get("verdict"), form.get("note"))
        except Invalid as error:
            return _review_page(visitor, review, form=form, faults=error.fields)
        return Redirect(f"{PATH}?said=judged", status_code=303)

    @post(f"{PATH}/reviews/{{review_id:uuid}}/subject", sync_to_thread=True, status_code=200)
    def subject(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        review_id: FromPath[UUID],
    ) -> Response[str]:
        """Show the subject of the case; the event log records this."""
        review = reviews.find_review(host, visitor.actor, review_id)
        return _review_page(visitor, review, subject=reviews.read_subject(host, visitor.actor, review))

    return [show, judge, subject]


def _of_months(host: Host) -> list[Any]:
    @get(f"{PATH}/months", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], month: FromQuery[str] = "") -> Response[str]:
        """Show a month in numbers."""
        first = _month(month)
        lines = summaries.month_lines(host, visitor.actor, first)
        after = summaries.month_after(first)
        context = {
            "path": PATH,
            "tab": "months",
            "name": format_date(first, "LLLL y", locale=visitor.language),
            "month": first.isoformat()[:7],
            "before": summaries.month_before(first).isoformat()[:7],
            "after": after.isoformat()[:7] if after <= _this_month() else "",
            "columns": [visitor.say(column) for column in files.month_columns()],
            "rows": [files.month_cells(line, visitor.say) for line in lines],
        }
        return plugin_page(visitor, "log_control/months.html", context, folder="log_control")

    @get(f"{PATH}/months/{{month:str}}/{{kind:str}}", sync_to_thread=True)
    def give(visitor: NamedDependency[Visitor], month: FromPath[str], kind: FromPath[str]) -> Response[bytes]:
        """Return a month as a file."""
        first = _month(month)
        lines = summaries.month_lines(host, visitor.actor, first)
        headers = {"content-disposition": f'attachment; filename="loggkontroll-{first.isoformat()[:7]}.{kind}"'}
        if kind == "csv":
            content, media_type = files.month_csv(host, lines, visitor.language), "text/csv"
        elif kind == "pdf":
            content, media_type = (
                files.month_pdf(host, visitor.actor, first, lines, visitor.language),
                "application/pdf",
            )
        else:
            raise NotFound("Månaden finns inte i det formatet.")
        return Response(content, media_type=media_type, headers=headers)

    return [show, give]


def _list_page(host: Host, visitor: Visitor, page: int, reason: str, said: str, *, waits: bool) -> Response[str]:
    rows, total = reviews.list_reviews(host, visitor.actor, page, waits=waits, reason=reason)
    url = PATH if waits else f"{PATH}/judged"
    kept = f"&reason={reason}" if reason in REASONS else ""
    pages = max(1, -(-total // SHOWN))
    context = {
        "path": PATH,
        "here": url,
        "tab": "waits" if waits else "judged",
        "rows": rows,
        "total": total,
        "reason": reason,
        "reasons": visitor.say_all(REASONS),
        "verdicts": visitor.say_all(VERDICTS),
        "tags": TAGS,
        "pager": {
            "page": page,
            "pages": pages,
            "previous": f"{url}?page={page - 1}{kept}" if page > 1 else "",
            "next": f"{url}?page={page + 1}{kept}" if page < pages else "",
        },
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return plugin_page(visitor, "log_control/reviews.html", context, folder="log_control")


def _review_page(
    visitor: Visitor,
    review: Review,
    *,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    subject: tuple[str, str, str] | None = None,
) -> Response[str]:
    field_faults = visitor.say_all(faults)
    context = {
        "path": PATH,
        "here": f"{PATH}/reviews/{review.id}",
        "review": review,
        "reasons": [visitor.say(REASONS.get(name, name)) for name in review.reasons],
        "verdicts": [(name, visitor.say(text), None) for name, text in VERDICTS.items()],
        "typed": {
            "verdict": form.get("verdict") if form else review.verdict,
            "note": form.get("note") if form else review.note,
        },
        "longest": reviews.LONGEST_NOTE,
        "subject": subject,
        "faults": list(field_faults.items()),
        "fault": field_faults,
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "log_control/review.html", context, folder="log_control", status=status)


def _this_month() -> date:
    return datetime.now(ZONE).date().replace(day=1)


def _month(text: str) -> date:
    if not text:
        return _this_month()
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise NotFound("Månaden finns inte.") from error
    if first > _this_month():
        raise NotFound("Månaden finns inte än.")
    return first
