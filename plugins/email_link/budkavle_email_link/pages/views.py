"""Renders the pages of a link, in the language of its reader."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from litestar import Response
from litestar.response import Redirect

from budkavle import (
    BudkavleError,
    Conflict,
    DeliveryState,
    Forbidden,
    Host,
    IdentityProvider,
    Loa,
    Sentence,
)
from budkavle.operations import FileReader
from budkavle.organisation import departures
from budkavle.web import (
    Guest,
    WebRequest,
    dismiss_guest,
    guest_page,
    open_guest_message,
    reader_language,
)
from budkavle_email_link.pages import guests
from budkavle_email_link.pages.guests import Door, Elsewhere
from budkavle_email_link.texts import Wording, day

NAMES = {"sv": "Svenska", "en": "English"}


class Gone(BudkavleError):
    """The link opens nothing, or no longer; the page says why."""

    slug, title, status = "gone", "Meddelandet går inte att öppna", 410

    def __init__(self, *, why: str, door: Door | None = None) -> None:
        """Store the reason: `unknown`, `guessing`, `expired`, `recalled` or `destroyed`."""
        super().__init__("Länken leder inte till något meddelande.")
        self.why, self.door = why, door


STATUS = {"unknown": 404, "guessing": 429}


class Pages:
    """Renders the pages of one installation.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._wording = Wording(host)

    def door(self, request: WebRequest, token: str) -> Door:
        """Return the link with a token.

        Raises:
            Gone: It is unknown, or can no longer be opened.
        """
        door = guests.find(self._host, token)
        if door is None:
            raise Gone(why="guessing" if guests.guessing(self._host, _address(request)) else "unknown")
        if not door.open:
            recalled, destroyed = door.known.state is DeliveryState.RECALLED, not door.known.readable
            raise Gone(why="recalled" if recalled else "destroyed" if destroyed else "expired", door=door)
        return door

    def hints(self, request: WebRequest, door: Door, way: IdentityProvider) -> Mapping[str, str]:
        """Return the hints about the reader for an identification method.

        At level 1, a method that asserts no personnummer gets none, even if the case has one from before.
        """
        terms, reader = door.known.terms, door.link.reader
        compared = door.known.loa > Loa.ONE or way.traits.asserts_personnummer
        return {
            "email": reader.email,
            "phone": terms.phone,
            "personnummer": terms.personnummer if compared else "",
            "purpose": Sentence("Läs meddelandet från {organisation}", organisation=door.known.organisation),
            "language": reader_language(request, door.known.language),
        }

    def first(self, request: WebRequest, door: Door, *, said: str = "", typed: str = "") -> Response[Any]:
        """Show who has sent the message, until when it can be read, why it is genuine, and how to open it.

        Args:
            request: The request.
            door: The link.
            said: The error, in Swedish.
            typed: An answer that could not be stored, so that its writer can keep it.
        """
        ways = [] if door.by_link_alone else guests.ways(self._host, door)
        context = {
            "ways": ways,
            "by_link_alone": door.by_link_alone,
            "loa": int(door.known.loa),
            "phone_end": door.known.terms.phone[-2:] if any(guests.by_phone(way) for way in ways) else "",
            "said": said,
            "typed": typed,
        }
        return self.page(request, "link.html", door, context, status=409 if said else 200)

    def message(
        self,
        request: WebRequest,
        door: Door,
        guest: Guest,
        *,
        typed: str = "",
        errors: Mapping[str, str] | None = None,
    ) -> Response[Any]:
        """Show the message, and a form for an answer if the sender accepts one."""
        organisation_id, delivery_id = door.which
        try:
            with self._host.work(self._host.system(organisation_id)) as work:
                message = open_guest_message(work, delivery_id, **door.shown(guest))
        except Conflict:
            return self._over(request, door)
        except Forbidden as error:  # also if the guest's level is too low
            return dismiss_guest(request, self.first(request, door, said=error.message))
        context = {
            "message": message,
            "files": FileReader.tiles(message.attachments, door.file_path),
            "method": guest.method,
            "csrf": guest.csrf,
            "key": str(uuid4()),
            "typed": typed,
            "errors": errors or {},
            "most_megabytes": self._host.settings.answer_bytes // 1_000_000,
        }
        return self.page(request, "message.html", door, context, status=422 if errors else 200)

    def done(self, request: WebRequest, door: Door, *, answered: bool) -> Response[Any]:
        """Show that the reader is signed out, and whether an answer has been sent."""
        return self.page(request, "done.html", door, {"answered": answered})

    def refused(self, request: WebRequest, error: BudkavleError) -> Response[Any]:
        """Show why something could not be done, with a link back."""
        path = "/".join(request.url.path.split("/")[:3])
        context = {"sentence": str(error), "fields": error.fields.values()}
        return self.page(request, "refused.html", None, {"home_url": path, **context}, status=error.status)

    def _over(self, request: WebRequest, door: Door) -> Response[Any]:
        """Show a reader that the message has just been recalled."""
        return dismiss_guest(request, self.gone(request, Gone(why="recalled", door=door)))

    def gone(self, request: WebRequest, gone: Gone) -> Response[Any]:
        """Show that there is nothing to read here, and what to do."""
        context: dict[str, Any] = {"why": gone.why}
        if gone.why == "unknown":  # it may belong to an organisation that has moved and was removed here
            context["moved"] = [
                (departure.name, f"{departure.address.rstrip('/')}{quote(_page_of(request))}")
                for departure in departures(self._host.platform)
            ]
        return self.page(request, "gone.html", gone.door, context, status=STATUS.get(gone.why, gone.status))

    def elsewhere(self, request: WebRequest, moved: Elsewhere) -> Response[Any]:
        """Redirect the reader to the same link in the installation that the organisation has moved to."""
        return private(Redirect(f"{moved.address.rstrip('/')}{_page_of(request)}", status_code=303))

    def page(
        self,
        request: WebRequest,
        template: str,
        door: Door | None,
        context: Mapping[str, Any],
        *,
        status: int = 200,
    ) -> Response[Any]:
        """Render a page of the link, in the language of its reader.

        Args:
            request: The request.
            template: The name of the page's template in this plugin.
            door: The link; None if it is unknown.
            context: What the template needs; `message` and `file` are only given to a reader who has identified.
            status: The HTTP status.
        """
        language = reader_language(request, door.known.language if door else "")
        path = door.path if door else request.url.path
        other_languages = [(f"{path}?lang={code}", code, name) for code, name in NAMES.items() if code != language]
        values = {
            "referrer": "no-referrer",
            "home_url": path,
            "languages": other_languages,
            # The mailbox's name may be a person's, or reveal the subject: shown only to a reader who has identified.
            **(
                self._door_context(door, language, identified="message" in context or "file" in context) if door else {}
            ),
            **context,
        }
        return private(guest_page(request, f"email_link/{template}", values, status, language, keep_language=True))

    def _door_context(self, door: Door, language: str, *, identified: bool) -> dict[str, Any]:
        preview = door.known
        return {
            "door": door,
            "organisation": preview.organisation,
            "mailbox": preview.mailbox,
            "sender": {
                "name": preview.organisation,
                "detail": preview.mailbox if identified else "",
                "slug": preview.slug,
                "logo_url": preview.logo_url,
                "colour": preview.colour,
            },
            "until": day(door.link.expires_at, language),
            "host_name": self._wording.host_name,
            "contact": self._wording.contact(preview.contact, preview.organisation, language),
        }


def private(answer: Response[Any]) -> Response[Any]:
    """Keep the page's secret address from being sent to other sites or indexed."""
    answer.headers["referrer-policy"] = "no-referrer"
    answer.headers["x-robots-tag"] = "noindex, nofollow"
    return answer


def _address(request: WebRequest) -> str:
    return request.client.host if request.client else ""


def _page_of(request: WebRequest) -> str:
    """Return the path of the link's own page, also for a request to one of its forms."""
    return "/".join(request.url.path.split("/")[:3])
