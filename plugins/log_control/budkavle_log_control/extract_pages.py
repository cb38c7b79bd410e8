"""The pages of extracts: choose cases, then see who opened them. Typed words are never part of a URL."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from budkavle import Host, Invalid, as_uuid
from budkavle.web import Form, Visitor, plugin_page
from budkavle_log_control import extracts, files
from budkavle_log_control.access import N_, PATH, REVIEWERS

HERE = f"{PATH}/extracts"
LANGUAGES = ("sv", "en")
NO_WORDS = N_("Skriv ett ärendenummer, ett personnummer eller ett namn.")


def handlers(host: Host) -> list[Any]:
    """Return the routes of extracts."""

    @get(HERE, sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the form: a case or a person."""
        REVIEWERS.require(host.platform, visitor.actor)
        return _page(visitor, {})

    @post(HERE, sync_to_thread=True, status_code=200)
    def find(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[str]:
        """Show the matching cases."""
        try:
            hits = extracts.find_cases(host, visitor.actor, form.get("words"))
        except Invalid:
            return _page(visitor, {"words": form.get("words"), "faults": {"words": NO_WORDS}})
        return _page(visitor, {"words": form.get("words"), "hits": hits, "searched": True})

    @post(f"{HERE}/rows", sync_to_thread=True, status_code=200)
    def show(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Show who has opened the chosen cases, or return it as a PDF."""
        words, language = form.get("words"), form.get("language")
        language = language if language in LANGUAGES else visitor.language
        chosen = [case_id for text in form.all("cases") if (case_id := as_uuid(text))]
        try:
            rows = extracts.extract(host, visitor.actor, words, chosen)
        except Invalid as error:
            return _again(host, visitor, words, error)
        if form.get("do") == "pdf":
            content = files.extract_pdf(host, visitor.actor, rows, language)
            headers = {"content-disposition": 'attachment; filename="loggutdrag.pdf"'}
            return Response(content, media_type="application/pdf", headers=headers)
        context = {
            "path": PATH,
            "here": HERE,
            "words": words,
            "language": language,
            "cases": [str(case_id) for case_id in chosen],
            "columns": [visitor.say(column) for column in files.EXTRACT_COLUMNS],
            "rows": [files.extract_cells(row, visitor.say) for row in rows],
        }
        return plugin_page(visitor, "log_control/extract.html", context, folder="log_control")

    return [ask, find, show]


def _again(host: Host, visitor: Visitor, words: str, error: Invalid) -> Response[str]:
    """Show the form again with its errors."""
    if "cases" not in error.fields:
        return _page(visitor, {"words": words, "faults": {"words": NO_WORDS}})
    hits = extracts.find_cases(host, visitor.actor, words)
    return _page(visitor, {"words": words, "hits": hits, "searched": True, "faults": error.fields})


def _page(visitor: Visitor, values: Mapping[str, Any]) -> Response[str]:
    field_faults = visitor.say_all(values.get("faults"))
    context = {
        "path": PATH,
        "here": HERE,
        "tab": "extracts",
        "words": values.get("words", ""),
        "hits": values.get("hits", []),
        "searched": values.get("searched", False),
        "language": visitor.language,
        "faults": list(field_faults.items()),
        "fault": field_faults,
    }
    status = 422 if field_faults else 200
    return plugin_page(visitor, "log_control/extracts.html", context, folder="log_control", status=status)
