"""The visitor of a request: the session behind the cookie, and the form that belongs to it.

Handlers get dependencies by name: `visitor` is the signed-in user, and `form` is the form, with its token checked.
Pages for people without an account use `guest` (the person who has identified to read one message, or None) and
`guest_form`.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from litestar import Response
from litestar.di import NamedDependency, Provide

from budkavle.accounts.core_settings import AdministrationSettings
from budkavle.accounts.permissions import require_admin
from budkavle.accounts.stored_settings import S, settings_of
from budkavle.identification import sessions
from budkavle.identification.account_methods import device_keys, required_loa
from budkavle.identification.guest_sessions import Guest
from budkavle.identification.outcome import SignedIn
from budkavle.identification.sessions import Session
from budkavle.model import sources
from budkavle.model.errors import Copied, Invalid, NotSignedIn, StepUp
from budkavle.model.loa import Loa
from budkavle.model.people import UserActor
from budkavle.networks import opens_from
from budkavle.storage.platform import Platform, Work
from budkavle.web.browser_sessions import address_mark, guest_of, kind_of, session_cookie, session_of
from budkavle.web.http import forms, request_limits
from budkavle.web.http.cookies import KNOWN, browser_mark, cookie_name, drop_cookie, keep_cookie
from budkavle.web.http.devices import device_of, network_address, network_of
from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import (
    MAX_FIELDS_BYTES,
    Form,
    WebRequest,
    check_token,
    has_token,
    read_form,
    read_multipart,
)
from budkavle.web.http.kept_forms import open_secrets, resume_token
from budkavle.web.http.language import COOKIE, chosen_language
from budkavle.web.required_code import is_device_key, is_weak_administrator, require_code
from budkavle.web.views.render import LANGUAGES, Pages

YEAR = 31_536_000
FRESH = timedelta(minutes=15)
"""How long after identifying a user may change their sign-in methods, or continue in a frame."""
LOCK = "lock"
"""The cookie of a browser whose sessions have a lock."""
AGAIN = "Visa vem du är igen, innan du ändrar det som skyddar organisationen."
FOUND = "visitor"
"""Where a request's state has its visitor."""
LOOK = "/session"
"""The URL where a page asks how long its session lasts; such a request does not count as activity."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in user, during one request.

    A handler of a plugin asks for it by the parameter `visitor`.

    Attributes:
        request: The current request.
        platform: The installation.
        pages: The templates of this process.
        session: The session behind the cookie, with the user and the organisation.
        language: The language of the pages: the one chosen in the browser, else the account's.
        began: When the request began; what was committed later may be missing on its page.

    Example:
        @get("/pigeons", sync_to_thread=True)
        def show(visitor: NamedDependency[Visitor]) -> Response[str]:
            with visitor.work() as work:
                boxes = all_mailboxes(work)
            return plugin_page(visitor, "pigeon/pigeons.html", {"boxes": boxes})
    """

    request: WebRequest
    platform: Platform
    pages: Pages
    session: Session
    language: str
    began: datetime = field(default_factory=sources.now)

    @property
    def actor(self) -> UserActor:
        """The user as an actor, for functions that act on the user's behalf."""
        return self.session.actor

    def work(self) -> AbstractContextManager[Work]:
        """Open a unit of work of the visitor.

        Returns:
            A context manager. It commits when its block ends, and rolls back when the block raises.
        """
        return self.platform.work(self.actor)

    def settings(self, settings_type: type[S]) -> S:
        """Return the organisation's settings in a section of the core, as they were when the request arrived."""
        return settings_of(self.platform, settings_type, self.session.choices)

    def check_form(self, form: Form) -> None:
        """Check a form that a handler has read itself; the parameter `form` is already checked.

        Raises:
            Forbidden: It does not belong to the session, and this browser is not resending it after a new sign-in.
        """
        check_own(self.request, self, form)

    def require_fresh(self, sentence: str) -> None:
        """Require that the visitor has identified recently, before a dangerous action.

        Args:
            sentence: Why it is needed; shown on the page where they identify again.

        Raises:
            StepUp: It was too long ago. The visitor is sent to identify again, and then back.
        """
        require_fresh(self, sentence)

    @property
    def mark(self) -> str:
        """A name of the session for its own pages; it reveals no secret."""
        return sha256(f"mark|{self.session.csrf}".encode()).hexdigest()[:32]

    @property
    def can_lock(self) -> bool:
        """Whether the account has a passkey, which can unlock a session."""
        with self.work() as work:
            return bool(device_keys(work))

    def set_lock(self, answer: Response[Any], minutes: int | None) -> Response[Any]:
        """Set whether, and after how long, this browser's sessions lock while the user is away.

        Args:
            answer: The response; its cookie keeps the choice for later sessions.
            minutes: Minutes away until the lock: 1, 5 or 15; None for no lock.

        Raises:
            Invalid: The account has no passkey.
            ValueError: Locking after this many minutes is not offered.
        """
        if minutes is not None and not self.can_lock:
            raise Invalid("Lägg till en passkey innan du slår på låset.")
        sessions.set_lock(self.platform, session_cookie(self.request), minutes)
        if minutes is None:
            return drop_cookie(self.request, answer, LOCK)
        return keep_cookie(self.request, answer, LOCK, str(minutes), YEAR)

    def say(self, sentence: str, /, **values: object) -> str:
        """Translate a Swedish sentence into the visitor's language.

        Args:
            sentence: The Swedish sentence, with `{name}` as placeholders, or a `Sentence` that has its values.
            values: The values by name.

        Returns:
            The sentence in the visitor's language, or in Swedish if there is no translation.
        """
        translate: Callable[..., str] = self.pages.environments[self.language].globals["translate"]  # type: ignore[assignment]
        return translate(sentence, **values)

    def say_all(self, sentences: Mapping[str, str] | None) -> dict[str, str]:
        """Translate named sentences, such as the errors of a form's fields; empty for None."""
        return {name: self.say(sentence) for name, sentence in (sentences or {}).items()}


def platform_of(request: WebRequest) -> Platform:
    """Return the installation that serves the request."""
    platform: Platform = request.app.state.platform
    return platform


def pages_of(request: WebRequest) -> Pages:
    """Return the templates of this process."""
    pages: Pages = request.app.state.pages
    return pages


def open_session(request: WebRequest, answer: Response[Any], signed_in: SignedIn) -> Response[Any]:
    """Sign a user in with this response; an earlier session of this browser ends."""
    kind, platform = kind_of(request), platform_of(request)
    if is_device_key(platform, signed_in.provider) and sessions.unlock(platform, session_cookie(request), signed_in):
        return answer
    minutes = request.cookies.get(cookie_name(request, LOCK), "")
    lock = int(minutes) if minutes in map(str, sessions.LOCK_MINUTES) else None
    origin = sessions.Origin(device_of(request.headers.get("user-agent", "")), network_of(network_address(request)))
    cookie = sessions.start(platform, signed_in, session_cookie(request), f"{kind}." if kind else "", lock, origin)
    return keep_cookie(request, keep_cookie(request, answer, KNOWN, browser_mark(request), YEAR), "budkavle", cookie)


def remember_language(request: WebRequest, answer: Response[Any], language: str) -> Response[Any]:
    """Store the language of the pages in a cookie."""
    return keep_cookie(request, answer, COOKIE, language, YEAR)


def sign_in_url(request: WebRequest, target: str, *, ask: bool = False) -> str:
    """Return the URL for signing in before continuing to one of our pages; in a frame, the frame's own sign-in page."""
    frame = frame_of(request)
    return frame.sign_in_url(target, ask=ask) if frame else f"/sign-in?next={quote(target, safe='/')}"


def unlock_url(target: str) -> str:
    """Return the URL for unlocking a locked session before continuing to one of our pages."""
    return f"/unlock?next={quote(target, safe='/')}"


def step_up_url(request: WebRequest, loa: int, target: str) -> str:
    """Return the URL for identifying at a higher level before continuing to one of our pages."""
    frame = frame_of(request)
    return frame.step_up_url(loa, target) if frame else f"/step-up?loa={loa:d}&next={quote(target, safe='/')}"


def is_fresh(visitor: Visitor) -> bool:
    """Tell whether the visitor has identified recently."""
    return datetime.now(UTC) - visitor.session.identified_at < FRESH


def require_fresh(visitor: Visitor, sentence: str, loa: Loa = Loa.NONE) -> None:
    """Require that the visitor has identified recently.

    Raises:
        StepUp: It was too long ago; `sentence` says why it is needed, `loa` the least level to identify at.
    """
    if not is_fresh(visitor):
        raise StepUp(sentence, wanted=max(loa, visitor.session.loa))


def require_authority(visitor: Visitor, sentence: str) -> None:
    """Require an administrator who has identified recently, at the level for changing other people's accounts.

    Args:
        visitor: The signed-in user.
        sentence: Why it is needed; shown on the page where they identify again.

    Raises:
        Forbidden: The visitor is not an administrator of the organisation.
        StepUp: It was too long ago, or the level was too low. The visitor is sent to identify again, and then back.

    Example:
        require_authority(visitor, "Visa vem du är, innan du ger ut en nyckel.")
    """
    require_admin(visitor.actor)
    with visitor.work() as work:
        required = required_loa(work)
    if not is_fresh(visitor) or not visitor.session.loa.meets(required):
        raise StepUp(sentence, wanted=max(required, visitor.session.loa))


async def find_visitor(request: WebRequest) -> Visitor:
    """Return the signed-in user; a route with `asks_fresh=True` requires that they have identified recently.

    Raises:
        NotSignedIn: Nobody is signed in, or the session has ended; `SignedOut` if a page has sent a form.
        StepUp: The route requires it, and it was too long ago; `AskedAgain` if a page has sent a form.
    """
    try:
        visitor = await to_thread.run_sync(visitor_of, request)
    except NotSignedIn as error:
        if not forms.sends_form(request):
            raise
        request_limits.allow_known(request)
        # A browser that is new here has no form to resume, so its body is not read.
        form = await read_multipart(request) if cookie_name(request, "browser") in request.cookies else Form()
        raise forms.SignedOut(error.message, form) from error
    request.scope["state"][FOUND] = visitor
    request_limits.allow(request, _most(request), f"session {visitor.session.csrf}")
    if request.scope["route_handler"].opt.get("asks_fresh"):
        await _require_fresh_form(request, visitor)
    return visitor


async def _require_fresh_form(request: WebRequest, visitor: Visitor) -> None:
    """Do as `require_fresh`, but keep the submitted form, unless its route reads the form itself (it has files)."""
    try:
        require_fresh(visitor, AGAIN)
    except StepUp as error:
        reads_itself = "form" not in request.scope["route_handler"].parsed_fn_signature.parameters
        if reads_itself or not (forms.sends_form(request) and resume_token(request)):
            raise
        form = await read_multipart(request)
        check_own(request, visitor, form)
        raise forms.AskedAgain(error.message, form, visitor.session.user.id, wanted=error.wanted) from error


def check_own(request: WebRequest, visitor: Visitor, form: Form) -> None:
    """Check that a form belongs to the visitor's session, or that this browser is resending it.

    Raises:
        Forbidden: It is neither, or the secrets that were kept for it have expired.
    """
    resent_token = resume_token(request)
    if not (resent_token and has_token(form, resent_token)):
        check_token(form, visitor.session.csrf, request.headers.get("x-csrf"))
    open_secrets(request, form, str(visitor.session.user.id))


def visitor_of(request: WebRequest) -> Visitor:
    """Return the signed-in user, or raise NotSignedIn or LacksCode."""
    touch = "text/event-stream" not in request.headers.get("accept", "") and request.url.path != LOOK
    platform = platform_of(request)
    session = session_of(request, touch=touch)
    require_code(platform, session, request.url.path)
    request.scope["state"]["theme"] = session.theme
    language = chosen_language(request) or session.user.language
    chosen = language if language in LANGUAGES else "sv"
    administration, address = settings_of(platform, AdministrationSettings, session.choices), network_address(request)
    is_inside = opens_from(address, platform.settings.administration_networks, administration.networks.split())
    is_weak = is_weak_administrator(platform, session)
    actor = replace(session.actor, address=address_mark(request), is_outside=not is_inside, is_weak=is_weak)
    return Visitor(request, platform, pages_of(request), replace(session, actor=actor), chosen)


def known_visitor(request: WebRequest) -> Visitor:
    """Return the visitor that was found before in this request, or find it: for answers that permit nothing."""
    state = request.scope["state"]
    visitor: Visitor = state.get(FOUND) or visitor_of(request)
    state[FOUND] = visitor
    return visitor


def visitor_or_none(request: WebRequest) -> Visitor | None:
    """Return the signed-in user, or None, for a page that is open to all.

    Raises:
        Copied: The session has just been ended because two browsers used it; the user is told so.
    """
    try:
        return visitor_of(request)
    except Copied:
        raise
    except NotSignedIn:
        return None


async def find_form(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read a form and check that its token belongs to the visitor's session."""
    form = await read_form(request)
    check_own(request, visitor, form)
    return form


async def find_guest(request: WebRequest) -> Guest | None:
    """Return who has identified in this browser to read one message, or None; the caller must check its `ref`."""
    guest = await to_thread.run_sync(guest_of, request)
    if guest is None:
        request_limits.allow_known(request)
    else:
        request_limits.allow(request, _most(request), f"guest {guest.csrf}", request_limits.RUNNING_GUEST)
    return guest


async def find_guest_form(request: WebRequest, guest: NamedDependency[Guest | None]) -> Form:
    """Read a guest's form and check that its token belongs to the guest's session.

    Raises:
        NotSignedIn: Nobody has identified in this browser, or it was too long ago.
    """
    if guest is None:
        raise NotSignedIn("Det var för länge sedan du legitimerade dig. Öppna länken igen och legitimera dig på nytt.")
    form = await read_form(request)
    check_token(form, guest.csrf, request.headers.get("x-csrf"))
    return form


def _most(request: WebRequest) -> int:
    """Return the bytes of the largest form: as many files as a message may have."""
    uploads = platform_of(request).settings.uploads
    return uploads.max_bytes * uploads.max_files + MAX_FIELDS_BYTES


DEPENDENCIES = {
    "visitor": Provide(find_visitor),
    "form": Provide(find_form),
    "guest": Provide(find_guest),
    "guest_form": Provide(find_guest_form),
}
"""Dependencies that handlers get by parameter name."""
