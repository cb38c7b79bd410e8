"""The routes of "Välj en tid": choose and hold a time, identify, confirm, and later move or cancel it.

GET changes nothing. The address of a person's own page is a secret, so the pages send no referrer.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from anyio import to_thread
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import ActorScope, Conflict, Forbidden, Host, Loa, NotFound, Sentence
from budkavle.accounts import find_organisation, organisation_by_slug
from budkavle.identification import Limit, within_limit
from budkavle.web import (
    Form,
    Guest,
    GuestOf,
    WebRequest,
    dismiss_guest,
    identify_guest,
    read_multipart,
    reader_language,
)
from budkavle_meetings.appointments import booking, store
from budkavle_meetings.appointments.form import NO_TIME, Typed, read_visitor, ways_of
from budkavle_meetings.appointments.free_times import NO_PAGE, Page, find_page, require_free
from budkavle_meetings.appointments.notices import own_path
from budkavle_meetings.appointments.store import Appointment
from budkavle_meetings.appointments.views import Pages, is_for
from budkavle_meetings.booking.wording import PATH
from budkavle_meetings.lobby.doors import from_us, private

BOOK = f"{PATH}/book/{{slug:str}}/{{number:int}}"
OWN = f"{BOOK}/time/{{token:str}}"
FOREIGN = {"foreign_callers": True}
"""Our pages send no referrer, so older browsers send `null` as the origin of their forms; see `from_us`."""
HOLDS = Limit(12, timedelta(minutes=15))
"""Times that one network address may hold: enough for a family, too few to fill a week."""
TOO_MANY = "Du har valt många tider på kort tid. Vänta en kvart och försök igen."


def router(host: Host) -> Router:
    """Return the routes."""
    pages = Pages(host)
    return Router("", route_handlers=[*_choosing(host, pages), *_confirming(host, pages), *_changing(host, pages)])


def _choosing(host: Host, pages: Pages) -> list[HTTPRouteHandler]:
    @get(BOOK, sync_to_thread=True)
    def choose(
        request: WebRequest, slug: FromPath[str], number: FromPath[int], week: FromQuery[int | None] = None
    ) -> Response[Any]:
        """Show the free times."""
        return pages.choose(request, _page(host, slug, number), Typed(), week)

    @post(BOOK, status_code=200, opt=FOREIGN)
    async def hold(request: WebRequest, slug: FromPath[str], number: FromPath[int]) -> Response[Any]:
        """Hold a time, and start identification."""
        from_us(request)
        form = await read_multipart(request)
        return await to_thread.run_sync(_hold, host, pages, request, (slug, number), form)

    return [choose, hold]


def _confirming(host: Host, pages: Pages) -> list[HTTPRouteHandler]:
    @get(OWN, sync_to_thread=True)
    def own(
        request: WebRequest,
        slug: FromPath[str],
        number: FromPath[int],
        token: FromPath[str],
        guest: NamedDependency[Guest | None],
    ) -> Response[Any]:
        """Show the person's own time."""
        page, appointment = _own(host, slug, number, token)
        return pages.own(request, page, appointment, guest)

    @post(f"{OWN}/identify", sync_to_thread=True, status_code=200, opt=FOREIGN)
    def identify(
        request: WebRequest, slug: FromPath[str], number: FromPath[int], token: FromPath[str]
    ) -> Response[Any]:
        """Start identification again."""
        from_us(request)
        page, appointment = _own(host, slug, number, token)
        return _identify(host, request, page, appointment)

    @post(f"{OWN}/confirm", sync_to_thread=True, status_code=200, opt=FOREIGN)
    def confirm(
        request: WebRequest,
        slug: FromPath[str],
        number: FromPath[int],
        token: FromPath[str],
        guest: NamedDependency[Guest | None],
        guest_form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
    ) -> Response[Any]:
        """Book the held time."""
        from_us(request)
        page, appointment = _own(host, slug, number, token)
        if guest is None or not is_for(guest, page, appointment):
            raise Forbidden("Visa först vem du är, så kan du bekräfta tiden.")
        try:
            booking.confirm(host, page, appointment)
        except Conflict as error:
            return pages.own(request, page, appointment, guest, said=error.sentence)
        return private(dismiss_guest(request, Redirect(own_path(page, appointment), status_code=303)))

    return [own, identify, confirm]


def _changing(host: Host, pages: Pages) -> list[HTTPRouteHandler]:
    @get(f"{OWN}/move", sync_to_thread=True)
    def show_move(
        request: WebRequest,
        slug: FromPath[str],
        number: FromPath[int],
        token: FromPath[str],
        week: FromQuery[int | None] = None,
    ) -> Response[Any]:
        """Show the times to move to."""
        page, appointment = _own(host, slug, number, token)
        _require_changeable(host, page, appointment)
        return pages.move(request, page, appointment, Typed(), week)

    @post(f"{OWN}/move", status_code=200, opt=FOREIGN)
    async def move(
        request: WebRequest, slug: FromPath[str], number: FromPath[int], token: FromPath[str]
    ) -> Response[Any]:
        """Move to another time."""
        from_us(request)
        form = await read_multipart(request)
        page, appointment = await to_thread.run_sync(_own, host, slug, number, token)
        return await to_thread.run_sync(_move, host, pages, request, page, appointment, form)

    @post(f"{OWN}/cancel", sync_to_thread=True, status_code=200, opt=FOREIGN)
    def cancel(
        request: WebRequest,
        slug: FromPath[str],
        number: FromPath[int],
        token: FromPath[str],
        guest: NamedDependency[Guest | None],
    ) -> Response[Any]:
        """Cancel the time."""
        from_us(request)
        page, appointment = _own(host, slug, number, token)
        if appointment.meeting_id is None:
            store.forget_held(host, page.organisation_id, appointment.id)
            return private(Redirect(page.path, status_code=303))
        try:
            _require_changeable(host, page, appointment)
            booking.cancel(host, page, appointment)
        except Conflict as error:
            return pages.own(request, page, appointment, guest, said=error.sentence)
        return private(Redirect(own_path(page, appointment), status_code=303))

    return [show_move, move, cancel]


def _hold(host: Host, pages: Pages, request: WebRequest, place: tuple[str, int], form: Form) -> Response[Any]:
    page = _page(host, *place)
    typed, week = Typed.of(form), _week(form)
    address = request.client.host if request.client else ""
    visitor = read_visitor(typed, ways_of(host, page), reader_language(request))
    if visitor is None or typed.starts_at is None:
        return pages.choose(request, page, typed, week, 422)
    if not within_limit(host.platform, HOLDS, "appointment-hold", address):
        typed.errors = {"start": TOO_MANY}
        return pages.choose(request, page, typed, week, 429)
    try:
        slot = require_free(host, page, typed.starts_at, datetime.now(UTC))
        appointment = store.hold(host, page.organisation_id, slot, visitor)
    except Conflict as error:
        typed.start, typed.errors = "", {"start": error.sentence}
        return pages.choose(request, page, typed, week, 409)
    return _identify(host, request, page, appointment)


def _move(
    host: Host, pages: Pages, request: WebRequest, page: Page, appointment: Appointment, form: Form
) -> Response[Any]:
    typed = Typed.of(form)
    if typed.starts_at is None:
        typed.errors = {"start": NO_TIME}
        return pages.move(request, page, appointment, typed, _week(form))
    try:
        _require_changeable(host, page, appointment)
        slot = require_free(host, page, typed.starts_at, datetime.now(UTC))
        booking.move(host, page, appointment, slot)
    except Conflict as error:
        typed.errors = {"start": error.sentence}
        return pages.move(request, page, appointment, typed, _week(form))
    return private(Redirect(own_path(page, appointment), status_code=303))


def _identify(host: Host, request: WebRequest, page: Page, appointment: Appointment) -> Response[Any]:
    """Start identification with the chosen method; it returns to the person's own page."""
    visitor = appointment.visitor
    if appointment.meeting_id is not None or appointment.is_lapsed:
        return private(Redirect(own_path(page, appointment), status_code=303))
    with host.work(host.system(page.organisation_id)) as work:
        organisation = find_organisation(work).name
    hints = {
        "email": visitor.email,
        "phone": visitor.phone,
        "personnummer": visitor.personnummer,
        "purpose": Sentence("Boka en tid hos {organisation}", organisation=organisation),
        "language": visitor.language,
    }
    of, back = GuestOf(page.organisation_id, appointment.ref), own_path(page, appointment)
    loa = Loa(page.settings.loa)
    return private(identify_guest(request, visitor.way, of, loa=loa, return_to=back, hints=hints))


def _page(host: Host, slug: str, number: int, *, switched_off: bool = False) -> Page:
    """Return the page of an address.

    Raises:
        NotFound: There is no such page, or it is switched off.
    """
    organisation = organisation_by_slug(host.platform, slug)
    if organisation is None:
        raise NotFound(NO_PAGE)
    with host.work(host.system(organisation.id, ActorScope.READ)) as work:
        return find_page(host, work, slug, number, switched_off=switched_off)


def _own(host: Host, slug: str, number: int, token: str) -> tuple[Page, Appointment]:
    """Return a person's own time with its page, even if the page is switched off by now.

    Raises:
        NotFound: The address leads to no booking.
    """
    page = _page(host, slug, number, switched_off=True)
    appointment = store.find_by_token(host, page.organisation_id, token)
    if appointment.mailbox_id != page.mailbox.id:
        raise NotFound(NO_PAGE)
    return page, appointment


def _require_changeable(host: Host, page: Page, appointment: Appointment) -> None:
    """Require a booked time that has not started.

    Raises:
        Conflict: It is not confirmed, is cancelled, or has started.
    """
    if appointment.meeting_id is None:
        raise Conflict("Bekräfta tiden först.")
    with host.work(host.system(page.organisation_id)) as work:
        meeting = booking.meeting_of(host, work, appointment)
    if meeting.is_cancelled:
        raise Conflict("Tiden är redan avbokad.")
    if meeting.schedule.starts_at <= datetime.now(UTC):
        raise Conflict("Mötet har börjat. Kontakta den som du har bokat med.")


def _week(form: Form) -> int | None:
    return int(form.get("week")) if form.get("week").isdecimal() and len(form.get("week")) < 4 else None
