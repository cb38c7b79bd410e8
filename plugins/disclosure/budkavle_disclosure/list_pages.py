"""The pages of lists: the overview, a new list, its masks, what is given out, and the files."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Host, Invalid, NotFound, as_uuid
from budkavle.accounts import search_mailboxes
from budkavle.organisation import read_day
from budkavle.storage import EventLog
from budkavle.web import Form, Visitor, plugin_page
from budkavle_disclosure.access import DESK, N_, PATH, reader
from budkavle_disclosure.files import FORMATS
from budkavle_disclosure.grounds import GROUNDS, chosen_ground
from budkavle_disclosure.lists import (
    FIELDS,
    ROW,
    SHOWN,
    ZONE,
    PostList,
    create_list,
    delete_list,
    find_list,
    mask,
    saved_lists,
    unmask,
)
from budkavle_disclosure.rows import COLUMNS, GivenRow, ListRow, give_out, open_rows

SAID = {
    "masked": N_("Maskeringen är sparad."),
    "unmasked": N_("Beslutet är sparat. Inget i raderna maskeras."),
    "deleted": N_("Listan är borttagen."),
}
FIELD_LABELS = {
    "sender": N_("Avsändare"),
    "receiver": N_("Mottagare"),
    "subject": N_("Vad det rör"),
    "registration": N_("Diarienummer"),
    ROW: N_("Hela raden"),
}
NO_ROWS = "Markera minst en rad."
NO_FIELDS = "Välj vad som ska maskeras."


def handlers(host: Host) -> list[Any]:
    """Return the routes for lists."""
    return [*_of_all(host), *_of_one(host), *_of_files(host)]


def _of_all(host: Host) -> list[Any]:
    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], page: FromQuery[int] = 1, said: FromQuery[str] = "") -> Response[str]:
        """Show the lists."""
        page = max(1, page)
        lists, total = saved_lists(host, visitor.actor, page)
        context = {
            "path": PATH,
            "tab": "lists",
            "lists": lists,
            "pager": pager(PATH, page, -(-total // SHOWN)),
            "said": visitor.say(SAID[said]) if said in SAID else "",
        }
        return plugin_page(visitor, "disclosure/lists.html", context, folder="disclosure")

    @get(f"{PATH}/lists/new", sync_to_thread=True)
    def new(visitor: NamedDependency[Visitor], q: FromQuery[str] = "") -> Response[str]:
        """Show the form for a new list; `q` searches for mailboxes."""
        return _new_page(host, visitor, q)

    @post(f"{PATH}/lists", sync_to_thread=True, status_code=200)
    def create(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Create a list."""
        chosen = [mailbox_id for text in form.all("mailboxes") if (mailbox_id := as_uuid(text))]
        try:
            days = _day(form, "since"), _day(form, "until")
            list_id = create_list(host, visitor.actor, form.get("name"), chosen, days)
        except Invalid as error:
            return _new_page(host, visitor, form.get("q"), form=form, faults=error.fields)
        return Redirect(f"{PATH}/lists/{list_id}", status_code=303)

    return [show, new, create]


def _of_one(host: Host) -> list[Any]:
    @get(f"{PATH}/lists/{{list_id:uuid}}", sync_to_thread=True)
    def show(
        visitor: NamedDependency[Visitor],
        list_id: FromPath[UUID],
        page: FromQuery[int] = 1,
        said: FromQuery[str] = "",
    ) -> Response[str]:
        """Show a list with all its content, for masking."""
        return _list_page(host, visitor, (find_list(host, visitor.actor, list_id), max(1, page)), said=said)

    @post(f"{PATH}/lists/{{list_id:uuid}}", sync_to_thread=True, status_code=200)
    def change(
        visitor: NamedDependency[Visitor], form: NamedDependency[Form], list_id: FromPath[UUID]
    ) -> Response[Any]:
        """Mask the ticked rows, or decide that nothing in them is masked."""
        post_list = find_list(host, visitor.actor, list_id)
        page = _number(form.get("page"))
        shown = range((page - 1) * SHOWN + 1, page * SHOWN + 1)
        ticked = set(form.all("position"))
        positions = [number for number in shown if form.get("all") or str(number) in ticked]
        try:
            _decide(host, visitor, list_id, positions, form)
        except Invalid as error:
            return _list_page(host, visitor, (post_list, page), form=form, faults=error.fields)
        said = "unmasked" if form.get("do") == "unmask" else "masked"
        return Redirect(f"{PATH}/lists/{list_id}?page={page}&said={said}", status_code=303)

    @post(f"{PATH}/lists/{{list_id:uuid}}/delete", sync_to_thread=True)
    def delete(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        list_id: FromPath[UUID],
    ) -> Response[Any]:
        """Delete a list."""
        delete_list(host, visitor.actor, list_id)
        return Redirect(f"{PATH}?said=deleted", status_code=303)

    return [show, change, delete]


def _of_files(host: Host) -> list[Any]:
    @get(f"{PATH}/lists/{{list_id:uuid}}/preview", sync_to_thread=True)
    def preview(visitor: NamedDependency[Visitor], list_id: FromPath[UUID], page: FromQuery[int] = 1) -> Response[str]:
        """Show exactly what would be given out."""
        post_list, page = find_list(host, visitor.actor, list_id), max(1, page)
        rows = open_rows(host, visitor.actor, post_list, (page - 1) * SHOWN + 1, SHOWN)
        url = f"{PATH}/lists/{list_id}"
        context = {
            "path": PATH,
            "here": url,
            "list": post_list,
            "columns": [visitor.say(column) for column in COLUMNS],
            "rows": _given(rows, visitor),
            "issued": _issued(host, visitor, post_list),
            "pager": pager(f"{url}/preview", page, -(-post_list.rows // SHOWN)),
        }
        return plugin_page(visitor, "disclosure/preview.html", context, folder="disclosure")

    @post(f"{PATH}/lists/{{list_id:uuid}}/files/{{kind:str}}", sync_to_thread=True, status_code=200)
    def give(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        list_id: FromPath[UUID],
        kind: FromPath[str],
    ) -> Response[bytes]:
        """Return a list as a file to give out."""
        post_list = find_list(host, visitor.actor, list_id)
        if kind not in FORMATS:
            raise NotFound("Listan finns inte i det formatet.")
        write, media_type = FORMATS[kind]
        name = f"postlista-{post_list.since}-{post_list.until}.{kind}"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        content = write(host, visitor.actor, post_list, visitor.language)
        return Response(content, media_type=media_type, headers=headers)

    return [preview, give]


def _new_page(
    host: Host, visitor: Visitor, q: str, *, form: Form | None = None, faults: Mapping[str, str] | None = None
) -> Response[str]:
    DESK.require(host.platform, visitor.actor)
    with host.work(reader(host, visitor.actor)) as work:
        mailboxes = search_mailboxes(work, q, limit=SHOWN)
    today = datetime.now(ZONE).date()
    usual = {"name": "", "since": today.replace(day=1).isoformat(), "until": today.isoformat()}
    field_faults = visitor.say_all(faults)
    context = {
        "path": PATH,
        "q": q,
        "mailboxes": [(str(mailbox.id), mailbox.name, None) for mailbox in mailboxes],
        "chosen": form.all("mailboxes") if form else [],
        "typed": {name: form.get(name) if form else value for name, value in usual.items()},
        "faults": list(field_faults.items()),
        "fault": field_faults,
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "disclosure/list_new.html", context, folder="disclosure", status=status)


def _list_page(
    host: Host,
    visitor: Visitor,
    which: tuple[PostList, int],
    *,
    form: Form | None = None,
    faults: Mapping[str, str] | None = None,
    said: str = "",
) -> Response[str]:
    post_list, page = which
    rows = open_rows(host, visitor.actor, post_list, (page - 1) * SHOWN + 1, SHOWN)
    field_faults = visitor.say_all(faults)
    url = f"{PATH}/lists/{post_list.id}"
    context = {
        "path": PATH,
        "here": url,
        "list": post_list,
        "page": page,
        "rows": [(row, _cells(row, visitor)) for row in rows],
        "unjudged": sum(row.protected and not row.judged for row in rows),
        "fields": [(field, visitor.say(FIELD_LABELS[field]), None) for field in FIELDS],
        "grounds": [("", visitor.say(N_("Välj lagrum")))]
        + [(ground, f"{ground}, {visitor.say(about)}") for ground, about in GROUNDS.items()],
        "typed": {
            "positions": form.all("position") if form else [],
            "fields": form.all("fields") if form else [],
            "ground": form.get("ground") if form else "",
            "free": form.get("free") if form else "",
        },
        "pager": pager(url, page, -(-post_list.rows // SHOWN)),
        "faults": list(field_faults.items()),
        "fault": field_faults,
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    status = 422 if faults else 200
    return plugin_page(visitor, "disclosure/list.html", context, folder="disclosure", status=status)


def _cells(row: ListRow, visitor: Visitor) -> dict[str, tuple[str, str]]:
    """Return the text of each field and the ground for masking it."""
    texts = {name: getattr(row, name) for name in FIELDS if name != ROW}
    return {name: (text, visitor.say(row.ground(name))) for name, text in texts.items()}


def _given(rows: Sequence[ListRow], visitor: Visitor) -> list[GivenRow]:
    return [give_out(row, visitor.say) for row in rows]


def _issued(host: Host, visitor: Visitor, post_list: PostList) -> list[Any]:
    with host.work(reader(host, visitor.actor)) as work:
        entries = EventLog(work).about([post_list.id], ["disclosure.list-issued"])
    return [(entry.at, entry.actor, entry.facts) for entry in reversed(entries)][:SHOWN]


def _decide(host: Host, visitor: Visitor, list_id: UUID, positions: Sequence[int], form: Form) -> None:
    if not positions:
        raise Invalid("Inget maskerades.", fields={"position": NO_ROWS})
    if form.get("do") == "unmask":
        unmask(host, visitor.actor, list_id, positions)
    else:
        mask(host, visitor.actor, list_id, positions, _masks(form))


def _masks(form: Form) -> dict[str, str]:
    fields = [field for field in form.all("fields") if field in FIELDS]
    if not fields:
        raise Invalid("Inget maskerades.", fields={"fields": NO_FIELDS})
    return dict.fromkeys(fields, chosen_ground(form.get("ground"), form.get("free")))


def _day(form: Form, name: str) -> date:
    day = read_day(form.get(name))
    if day is None:
        raise Invalid("Listan kunde inte skapas.", fields={name: "Skriv en dag, till exempel 2026-03-01."})
    return day


def _number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1


def pager(path: str, page: int, pages: int) -> dict[str, Any]:
    """Return the line below a list with several pages."""
    return {
        "page": page,
        "pages": max(1, pages),
        "previous": f"{path}?page={page - 1}" if page > 1 else "",
        "next": f"{path}?page={page + 1}" if page < pages else "",
    }
