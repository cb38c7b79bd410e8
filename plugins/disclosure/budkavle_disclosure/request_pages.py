"""The pages of requests by GDPR article 15: the overview, a new one, what belongs to the person, and the package."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream
from msgspec.structs import replace

from budkavle import Conflict, Host, Invalid, NotFound
from budkavle.organisation import read_day
from budkavle.web import Form, Visitor, plugin_page
from budkavle_disclosure.access import DESK, N_, PATH, reader_of_all
from budkavle_disclosure.finding import Hits, deleted_mailboxes, find_hits, mailbox_names, read_cases
from budkavle_disclosure.grounds import GROUNDS, chosen_ground
from budkavle_disclosure.list_pages import pager
from budkavle_disclosure.lists import ZONE
from budkavle_disclosure.package import make_package
from budkavle_disclosure.requests import (
    CLOSED,
    Request,
    close_request,
    create_request,
    find_request,
    keep_selection,
    list_requests,
    take_package,
)
from budkavle_disclosure.selection import Person

HERE = f"{PATH}/requests"
FRESH = "Visa vem du är, innan du lämnar ut uppgifter om en person."
MOST_CASES = 100
SAID = {
    "kept": N_("Valet är sparat."),
    "packed": N_("Paketet är klart."),
    "closed": N_("Begäran är avslutad."),
}
FIELDS = ("name", "personnummer", "email", "phone", "organisation")


def handlers(host: Host) -> list[Any]:
    """Return the routes for requests."""
    return [*_of_all(host), *_of_one(host), *_of_content(host), *_of_package(host)]


def _of_all(host: Host) -> list[Any]:
    @get(HERE, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], page: FromQuery[int] = 1, said: FromQuery[str] = "") -> Response[str]:
        """Show the requests, those that are not closed first."""
        page = max(1, page)
        requests, more = list_requests(host, visitor.actor, page)
        context = {
            "path": PATH,
            "tab": "requests",
            "rows": [(request, request.days_left(_today())) for request in requests],
            "pager": pager(HERE, page, page + more),
            "said": visitor.say(SAID[said]) if said in SAID else "",
        }
        return plugin_page(visitor, "disclosure/requests.html", context, folder="disclosure")

    @get(f"{HERE}/new", sync_to_thread=True)
    def new(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show the form for a new request."""
        return _new_page(host, visitor)

    @post(HERE, sync_to_thread=True, status_code=200)
    def create(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Store a new request."""
        lines = tuple(line.strip() for line in form.get("spellings").splitlines() if line.strip())
        person = Person(**{name: form.get(name) for name in FIELDS}, spellings=lines)
        try:
            request_id = create_request(host, visitor.actor, person, _day(form.get("received_on")))
        except Invalid as error:
            return _new_page(host, visitor, form=form, faults=error.fields)
        return Redirect(f"{HERE}/{request_id}", status_code=303)

    return [show, new, create]


def _of_one(host: Host) -> list[Any]:
    @get(f"{HERE}/{{request_id:uuid}}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], request_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
        """Show what was found about the person, and the progress of the request."""
        request = find_request(host, visitor.actor, request_id)
        hits = Hits([], [], [], ())
        if request.person and request.state != CLOSED:
            hits = find_hits(host, visitor.actor, request.person, request.id, request.texts)
        with host.work(reader_of_all(host, visitor.actor)) as work:
            names, deleted = mailbox_names(work), deleted_mailboxes(work)
        context = {
            "here": f"{HERE}/{request_id}",
            "back": HERE,
            "request": request,
            "days_left": request.days_left(_today()),
            "hits": hits,
            "names": names,
            "deleted": deleted,
            "most": MOST_CASES,
            "said": visitor.say(SAID[said]) if said in SAID else "",
        }
        return plugin_page(visitor, "disclosure/request.html", context, folder="disclosure")

    @post(f"{HERE}/{{request_id:uuid}}", sync_to_thread=True)
    def choose(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], request_id: FromPath[UUID]
    ) -> Response[Any]:
        """Store what belongs to the person; only what was found can be chosen."""
        request = _open(host, visitor, request_id)
        hits = find_hits(host, visitor.actor, _person(request), request.id, request.texts)
        cases = tuple(str(case.id) for case in hits.cases if str(case.id) in form.all("cases"))[:MOST_CASES]
        accounts = tuple(str(user.id) for user in hits.accounts if str(user.id) in form.all("accounts"))
        contacts = tuple(contact for contact in hits.contacts if contact.key in form.all("contacts"))
        selection = replace(request.selection, cases=cases, accounts=accounts, contacts=contacts)
        keep_selection(host, visitor.actor, request, selection)
        return Redirect(f"{HERE}/{request_id}/content", status_code=303)

    return [show, choose]


def _of_content(host: Host) -> list[Any]:
    @get(f"{HERE}/{{request_id:uuid}}/content", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], request_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
        """Show the messages that would be given out."""
        return _content_page(host, visitor, _open(host, visitor, request_id), said=said)

    @post(f"{HERE}/{{request_id:uuid}}/content", sync_to_thread=True, status_code=200)
    def keep(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], request_id: FromPath[UUID]
    ) -> Response[Any]:
        """Store what is held back and masked."""
        request = _open(host, visitor, request_id)
        words = tuple(line.strip() for line in form.get("words").splitlines() if len(line.strip()) > 1)
        try:
            held = _held(form)
            ground = chosen_ground(form.get("ground"), form.get("free")) if words else ""
        except Invalid as error:
            return _content_page(host, visitor, request, form=form, faults=error.fields)
        selection = replace(
            request.selection, held=held, files=tuple(form.all("files")), words=words, words_ground=ground
        )
        keep_selection(host, visitor.actor, request, selection)
        return Redirect(f"{HERE}/{request_id}?said=kept", status_code=303)

    return [show, keep]


def _of_package(host: Host) -> list[Any]:
    @post(f"{HERE}/{{request_id:uuid}}/package", sync_to_thread=True)
    def make(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], request_id: FromPath[UUID]
    ) -> Response[Any]:
        """Make the package."""
        request = _open(host, visitor, request_id)
        visitor.require_fresh(FRESH)
        make_package(host, visitor.actor, request, "en" if form.get("language") == "en" else "sv")
        return Redirect(f"{HERE}/{request_id}?said=packed", status_code=303)

    @post(f"{HERE}/{{request_id:uuid}}/download", sync_to_thread=True, status_code=200)
    def download(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        request_id: FromPath[UUID],
    ) -> Any:
        """Return the package, which can be downloaded a limited number of times."""
        request = find_request(host, visitor.actor, request_id)
        visitor.require_fresh(FRESH)
        chunks = take_package(host, visitor.actor, request)
        headers = {"content-disposition": 'attachment; filename="registerutdrag.zip"'}
        return Stream(iter(chunks), media_type="application/zip", headers=headers)

    @post(f"{HERE}/{{request_id:uuid}}/close", sync_to_thread=True)
    def close(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        request_id: FromPath[UUID],
    ) -> Response[Any]:
        """Close a request."""
        close_request(host, visitor.actor, _open(host, visitor, request_id))
        return Redirect(f"{HERE}?said=closed", status_code=303)

    return [make, download, close]


def _new_page(
    host: Host, visitor: Visitor, *, form: Form | None = None, faults: Mapping[str, str] | None = None
) -> Response[str]:
    DESK.require(host.platform, visitor.actor)
    usual = {**dict.fromkeys((*FIELDS, "spellings"), ""), "received_on": _today().isoformat()}
    field_faults = visitor.say_all(faults)
    context = {
        "here": HERE,
        "typed": {name: form.get(name) if form else value for name, value in usual.items()},
        "faults": list(field_faults.items()),
        "fault": field_faults,
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "disclosure/request_new.html", context, folder="disclosure", status=status)


def _content_page(
    host: Host,
    visitor: Visitor,
    request: Request,
    *,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    said: str = "",
) -> Response[str]:
    views = read_cases(host, visitor.actor, [UUID(case_id) for case_id in request.selection.cases])
    field_faults = visitor.say_all(faults)
    selection = request.selection
    context = {
        "here": f"{HERE}/{request.id}",
        "request": request,
        "cases": [(view.case, [threaded.message for threaded in view.thread]) for view in views],
        "selection": selection,
        "held_options": [("", visitor.say(N_("Lämnas ut")))]
        + [(ground, visitor.say("Hålls inne: {ground}", ground=ground)) for ground in GROUNDS],
        "grounds": [("", visitor.say(N_("Välj lagrum")))]
        + [(ground, f"{ground}, {visitor.say(about)}") for ground, about in GROUNDS.items()],
        "typed": {
            "words": form.get("words") if form else "\n".join(selection.words),
            "ground": form.get("ground") if form else selection.words_ground,
            "free": form.get("free") if form else ("" if selection.words_ground in GROUNDS else selection.words_ground),
        },
        "faults": list(field_faults.items()),
        "fault": field_faults,
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "disclosure/content.html", context, folder="disclosure", status=status)


def _open(host: Host, visitor: Visitor, request_id: UUID) -> Request:
    request = find_request(host, visitor.actor, request_id)
    if request.state == CLOSED:
        raise Conflict("Begäran är avslutad och kan inte ändras.")
    return request


def _held(form: Form) -> dict[str, str]:
    """Return the legal ground for each message that is held back."""
    names = [name for name in form.values if name.startswith("held-") and form.get(name)]
    held = {name.removeprefix("held-"): form.get(name) for name in names}
    if any(ground not in GROUNDS for ground in held.values()):
        raise Invalid("Valet kunde inte sparas.", fields={"ground": "Välj ett av lagrummen."})
    return held


def _person(request: Request) -> Person:
    if request.person is None:
        raise NotFound("Begäran finns inte, eller så har den tagits bort.")
    return request.person


def _today() -> date:
    return datetime.now(ZONE).date()


def _day(text: str) -> date:
    day = read_day(text)
    if day is None:
        sentence = "Skriv dagen då begäran kom in, till exempel 2026-03-01."
        raise Invalid("Begäran kunde inte sparas.", fields={"received_on": sentence})
    return day
