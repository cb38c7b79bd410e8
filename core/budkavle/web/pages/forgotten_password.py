"""Resetting a forgotten password: requesting the link, and the page that the link opens."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from budkavle.identification import rate_limit
from budkavle.identification.mail_links import new_passwords
from budkavle.identification.mail_links.new_passwords import PATH
from budkavle.model.errors import Invalid, NotFound
from budkavle.web import identification
from budkavle.web.auth import platform_of
from budkavle.web.http.forms import WebRequest
from budkavle.web.pages.sign_in import find_answers
from budkavle.web.views.delivery_status import N_

ANSWERS = {"answers": Provide(find_answers)}
DIFFERENT = N_("Lösenorden är olika. Skriv samma i båda fälten.")
NO_ADDRESS = N_("Skriv din e-postadress, till exempel anna@kommunen.se.")
TOO_OFTEN = N_("Du har begärt nya lösenord många gånger. Vänta en kvart, eller be din administratör om hjälp.")


@get("/forgotten-password", sync_to_thread=True)
def ask(request: WebRequest) -> Response[str]:
    """Ask for the account's e-mail address."""
    _require_offered(request)
    return identification.page(request, "pages/forgotten_password.html", {"email": "", "fault": None, "sent": False})


@post("/forgotten-password", sync_to_thread=True, status_code=200, dependencies=ANSWERS)
def send(request: WebRequest, answers: NamedDependency[dict[str, str]]) -> Response[str]:
    """Handle the request; the response is the same whether the address has an account or not."""
    _require_offered(request)
    platform, email = platform_of(request), answers.get("email", "").strip()
    fault = None
    if "@" not in email:
        fault = NO_ADDRESS
    elif not rate_limit.may_ask(platform, "new password", email.lower(), _address(request)):
        fault = TOO_OFTEN
    else:
        new_passwords.request(platform, email)
    context = {"email": email, "fault": fault, "sent": fault is None}
    return identification.page(request, "pages/forgotten_password.html", context, 422 if fault else 200)


@get(f"{PATH}{{token:str}}", sync_to_thread=True)
def show(request: WebRequest, token: FromPath[str]) -> Response[str]:
    """Show the form of a link; opening it changes nothing, since a mail scanner may open it too."""
    new_passwords.find_user(platform_of(request), token)
    return _page(request, token)


@post(f"{PATH}{{token:str}}", sync_to_thread=True, status_code=200, dependencies=ANSWERS)
def choose(request: WebRequest, token: FromPath[str], answers: NamedDependency[dict[str, str]]) -> Response[Any]:
    """Store the new password. It does not sign the user in: a code may be needed first."""
    password = answers.get("password", "")
    if password != answers.get("again", ""):
        return _page(request, token, {"again": DIFFERENT}, 422)
    try:
        new_passwords.choose(platform_of(request), token, password)
    except Invalid as error:
        return _page(request, token, error.fields, 422)
    return _page(request, "", {}, 200)


def _page(request: WebRequest, token: str, faults: Mapping[str, Any] | None = None, status: int = 200) -> Response[str]:
    context = {
        "here": f"{PATH}{token}",
        "is_done": not token,
        "faults": list((faults or {}).items()),
        "fault": faults or {},
        "referrer": "no-referrer",
    }
    answer = identification.page(request, "pages/new_password.html", context, status)
    answer.headers["referrer-policy"] = "no-referrer"
    return answer


def _require_offered(request: WebRequest) -> None:
    if not new_passwords.is_offered(platform_of(request)):
        raise NotFound("Här går det inte att välja ett nytt lösenord med e-post. Be din administratör om ett.")


def _address(request: WebRequest) -> str:
    return request.client.host if request.client else ""


HANDLERS = [ask, send, show, choose]
