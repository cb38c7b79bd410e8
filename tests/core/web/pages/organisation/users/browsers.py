"""Browsers at one level or another, and what they ask about users."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import text, update

from budkavle.identification import flow, sessions
from budkavle.model.errors import NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import User
from budkavle.storage import tables
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation

ANNA, EVA = "199001012385", "198108222384"
PASSWORD = "en lång mening om vintern"


def sure(browse: Callable[..., Browser], user: User) -> Browser:
    """A browser in which somebody has just shown who they are, at level 3."""
    made = browse(user)
    platform = made.client.app.state.platform
    made.cookie = sessions.start(platform, flow.SignedIn(user, Loa.THREE, "eid", "/"))
    made.csrf = sessions.find(platform, made.cookie).csrf
    return made


def url(user: User, deed: str = "") -> str:
    return f"/organisation/users/{user.id}" + (f"/{deed}" if deed else "")


def done(answer: Any) -> str:
    """What the page says after a redirect that saved something."""
    assert answer.status_code == 303, answer.text
    where: str = answer.headers["location"]
    return where.partition("?said=")[2]


def age(organisation: SampleOrganisation, browser: Browser) -> None:
    """Let it be twenty minutes since the browser's user showed who they are."""
    ago = tables.sessions.c.identified_at - text("interval '20 minutes'")
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.sessions).values(identified_at=ago))


def is_out(organisation: SampleOrganisation, browser: Browser) -> bool:
    try:
        sessions.find(organisation.platform, browser.cookie)
    except NotSignedIn:
        return True
    return False


def password(organisation: SampleOrganisation, user: User, word: str = PASSWORD) -> flow.Turn:
    begun = flow.begin(organisation.platform, "password", "b", hints={"ip": "192.0.2.1"})
    return flow.advance(organisation.platform, begun.flow, "b", {"email": user.email, "password": word})
