"""The page of an invitation, for a person without an open account: they identify, or choose a password."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle.identification import providers
from budkavle.identification.mail_links import invitations
from budkavle.identification.mail_links.invitations import PATH, Invitation
from budkavle.identification.outcome import SignedIn
from budkavle.model.errors import Invalid
from budkavle.model.loa import Loa
from budkavle.web import identification
from budkavle.web.auth import open_session, platform_of, remember_language
from budkavle.web.http.forms import WebRequest
from budkavle.web.pages.sign_in import find_answers, shown
from budkavle.web.required_code import needs_more_than_password
from budkavle.web.views.delivery_status import N_

ANSWERS = {"answers": Provide(find_answers)}
DIFFERENT = N_("Lösenorden är olika. Skriv samma i båda fälten.")


@get(f"{PATH}{{token:str}}", sync_to_thread=True)
def show(request: WebRequest, token: FromPath[str]) -> Response[str]:
    """Show the invitation; opening the page changes nothing, since a mail scanner may open it too."""
    return _page(request, token, invitations.find_invitation(platform_of(request), token))


@post(
    f"{PATH}{{token:str}}/begin", sync_to_thread=True, dependencies={"answers": Provide(find_answers)}, status_code=200
)
def begin(request: WebRequest, token: FromPath[str], answers: NamedDependency[dict[str, str]]) -> Response[Any]:
    """Start identification by the chosen method; the identified person opens the account."""
    invitation = invitations.find_invitation(platform_of(request), token)
    again = f"{PATH}{token}"
    return identification.begin(request, answers.get("way", ""), invitation=invitation, return_to="/", again=again)


@post(f"{PATH}{{token:str}}/password", sync_to_thread=True, dependencies=ANSWERS)
def choose_password(
    request: WebRequest, token: FromPath[str], answers: NamedDependency[dict[str, str]]
) -> Response[Any]:
    """Open the account with a password that the person chooses."""
    platform = platform_of(request)
    invitation = invitations.find_invitation(platform, token)
    password = answers.get("password", "")
    try:
        _require_same(password, answers.get("again", ""))
        user = invitations.choose_password(platform, invitation, password)
    except Invalid as error:
        return _page(request, token, invitation, list(error.fields.items()), status=422)
    provider = providers.require_password(platform)
    response = open_session(request, Redirect("/", status_code=303), SignedIn(user, Loa.ONE, provider.name, "/"))
    return remember_language(request, response, user.language)


def _require_same(password: str, again: str) -> None:
    if password != again:
        raise Invalid(DIFFERENT, fields={"again": DIFFERENT})


def _page(
    request: WebRequest,
    token: str,
    invitation: Invitation,
    faults: Sequence[tuple[str, str]] = (),
    *,
    status: int = 200,
) -> Response[str]:
    context = {
        "here": f"{PATH}{token}",
        "name": invitation.user.name,
        "email": invitation.user.email,
        "organisation": invitation.organisation.name,
        "needs_number": invitation.needs_number,
        "ways": shown([way for way in invitation.ways if not way.traits.asks_for_password]),
        "takes_password": invitation.takes_password,
        "needs_more": needs_more_than_password(platform_of(request), invitation.user, invitation.organisation),
        "faults": list(faults),
        "fault": dict(faults),
        "referrer": "no-referrer",
    }
    answer = identification.page(request, "pages/invitation.html", context, status, invitation.user.language)
    answer.headers["referrer-policy"] = "no-referrer"
    return answer


HANDLERS = [show, begin, choose_password]
