"""The frame and what is kept there: who may show our pages, and whose session counts where."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from litestar.testing import TestClient
from sqlalchemy import text, update

from budkavle import Loa, Platform
from budkavle.accounts import create_user
from budkavle.accounts.organisations import update_organisation
from budkavle.accounts.users import update_user
from budkavle.identification import linked_identities, sessions
from budkavle.model.people import Role
from budkavle.storage import tables
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.web.app import create_app
from budkavle_teams.settings import TEAMS

SHOWN = "frame-ancestors " + " ".join(TEAMS)
NOBODY = "frame-ancestors 'none'"
WAY = "/plugin/teams/teams"


def ancestors(answer: Any) -> str:
    """The directive that says who may frame a page."""
    return next(one for one in answer.headers["content-security-policy"].split("; ") if one.startswith("frame-an"))


def test_the_language_of_the_frame_is_the_frames_alone(app: Any, browser: Any) -> None:
    """It is kept inside that frame, and neither is taken for the other."""
    browser.get(f"{WAY}/open")
    chosen = browser.get("/language/en", browser.FETCHED)
    (kept,) = (one for one in chosen.headers.get_list("set-cookie") if "language" in one)
    assert kept.startswith("__Host-teams-language=en; ")
    attributes = {one.strip().lower() for one in kept.split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=none", "partitioned"} <= attributes
    assert '<html lang="en" ' in browser.get("/nowhere", browser.FETCHED).text
    assert '<html lang="sv" ' in browser.get("/nowhere", browser.TOP).text


@pytest.mark.feature("M3", "C2")
def test_without_the_frame_nobody_frames_anything(browser: Any) -> None:
    """Not even the app's own pages, and not the pages that have been opened in a frame without it."""
    for path in ("/sign-in", "/", f"{WAY}/tab", f"{WAY}/open", "/nowhere"):
        assert ancestors(browser.get(path, browser.TOP)) == NOBODY, path
    for path in ("/sign-in", "/", "/nowhere", "/plugin/teams/about"):
        assert ancestors(browser.get(path)) == NOBODY, path
    assert browser.cookies == {}


def test_the_app_opens_the_frame_for_every_page(app: Any, browser: Any) -> None:
    """From its first page on, also for what goes wrong and for what a page asks for in place."""
    opened = browser.get(f"{WAY}/open")
    assert ancestors(opened) == SHOWN
    assert (opened.status_code, "data-teams-open" in opened.text) == (200, True)
    (kept,) = opened.headers.get_list("set-cookie")
    assert kept.startswith("__Host-frame=teams; ")
    assert {one.strip().lower() for one in kept.split(";")[1:]} == {
        "httponly",
        "path=/",
        "samesite=none",
        "secure",
        "partitioned",
    }
    for path, headers in (("/", browser.FRAMED), ("/nowhere", browser.FRAMED), ("/session", browser.FETCHED)):
        assert ancestors(browser.get(path, headers)) == SHOWN, path
    assert ancestors(browser.get("/", browser.TOP)) == NOBODY, "a window of its own is no frame"


def test_the_frame_has_its_own_way_in(browser: Any) -> None:
    """Who has no session comes to the tab, and from it back to where they were going; nothing begins by signing out."""
    browser.get(f"{WAY}/open")
    assert browser.get("/account").headers["location"] == f"{WAY}/tab?next=%2Faccount"
    assert browser.get("/sign-in?next=/account").headers["location"] == f"{WAY}/tab?next=%2Faccount&ask=1"
    assert "data-auto" in browser.get(f"{WAY}/tab?next=/account").text
    assert "data-auto" not in browser.get(f"{WAY}/tab?next=/account&ask=1").text
    assert 'name="next" value="/"' in browser.get(f"{WAY}/tab?next=//evil.example").text


def test_a_linked_account_comes_in_with_a_session_of_the_frame(app: Any, browser: Any) -> None:
    """All its cookies are the frame's own, and none is the ordinary one."""
    app.link()
    entered = browser.enter(app.token())
    assert (entered.status_code, entered.headers["location"]) == (303, "/account")
    for line in entered.headers.get_list("set-cookie"):
        assert line.endswith("; Partitioned"), line
        assert "samesite=none" in line.lower()
        assert "secure" in line.lower()
    assert "__Host-budkavle" not in browser.cookies
    assert "anna@habo.example" in browser.get("/account").text


def test_a_session_counts_only_where_it_was_made(app: Any, browsers: Callable[[], Any]) -> None:
    """Carried out of the frame, or into it, under whatever name, it is nobody's."""
    app.link()
    inside, outside = browsers(), browsers()
    inside.enter(app.token())
    framed, ordinary = inside.cookies["__Host-teams-budkavle"], app.session()
    outside.cookies = {"__Host-budkavle": ordinary}
    assert outside.get("/account", outside.TOP).status_code == 200
    for value in (framed, framed.replace("teams.", "")):
        outside.cookies = {"__Host-budkavle": value, "__Host-teams-budkavle": value}
        assert outside.get("/account", outside.TOP).status_code == 303
    for value in (ordinary, ordinary.replace(".", ".teams.")):
        inside.cookies |= {"__Host-teams-budkavle": value, "__Host-budkavle": ordinary}
        assert inside.get("/account").status_code == 303
    inside.cookies = {"__Host-frame": "nothing", "__Host-teams-budkavle": framed}
    assert inside.get("/account", inside.FETCHED).status_code == 303


def test_an_account_that_is_not_linked_is_led_to_the_window(app: Any, browser: Any) -> None:
    """With a sentence, and without being let in; a link to somebody's address would be no link."""
    shown = browser.enter(app.token(preferred_username=app.anna.email, upn=app.anna.email))
    assert "inte kopplat till något konto här än" in shown.text
    assert "__Host-teams-budkavle" not in browser.cookies


@pytest.mark.parametrize(
    "lies",
    [{"tid": "9188040d-6c67-4c5b-b112-36a304b66dad"}, {"aud": "other"}, {"exp": 1}],
    ids=["tenant", "aud", "old"],
)
def test_a_wrong_token_lets_nobody_in(app: Any, browser: Any, lies: dict[str, Any]) -> None:
    """The page says so, in the frame, and says nothing of why."""
    app.link()
    shown = browser.enter(app.token(**lies))
    assert "gick inte att lita på" in shown.text
    assert ancestors(shown) == SHOWN
    assert "__Host-teams-budkavle" not in browser.cookies


def test_a_token_that_was_seen_elsewhere_lets_nobody_in(app: Any, browsers: Callable[[], Any]) -> None:
    """Replayed by a thief in a browser of their own, while its owner comes and goes."""
    app.link()
    mine, thief, token = browsers(), browsers(), app.token()
    assert mine.enter(token).status_code == 303
    assert "gick inte att lita på" in thief.enter(token).text
    assert mine.enter(token).status_code == 303


def test_forms_from_elsewhere_are_refused(app: Any, browser: Any) -> None:
    """Cookies that go along with other sites' requests do not make them ours (login CSRF included)."""
    app.link()
    browser.enter(app.token())
    csrf = browser.field(browser.get("/account"), "csrf")
    kept = dict(browser.cookies)
    for site in ("cross-site", "same-site", "none"):
        headers = {**browser.FRAMED, "sec-fetch-site": site}
        for path, form in (
            ("/account", {"csrf": csrf, "name": "Stulen", "language": "sv"}),
            ("/sign-out", {"csrf": csrf}),
            (f"{WAY}/enter", {"token": app.token()}),
            (f"{WAY}/arrive", {"code": "x", "word": "x"}),
            ("/sign-in/begin", {"way": "teams", "token": app.token()}),
            ("/sign-in", {"token": app.token()}),
        ):
            assert browser.post(path, form, headers).status_code == 403, (site, path)
    headers = {"origin": "https://teams.microsoft.com", "accept": "text/html"}
    assert browser.post("/sign-out", {"csrf": csrf}, headers).status_code == 403, "a browser without Fetch Metadata"
    assert browser.post("/account", {"csrf": "wrong", "name": "x", "language": "sv"}).status_code == 403
    assert browser.cookies == kept
    assert browser.get("/account").status_code == 200


def test_a_token_in_an_address_is_none(app: Any, browser: Any) -> None:
    """A link that somebody is led to signs nobody in as somebody else, whatever flow is under way."""
    app.link()
    browser.get(f"{WAY}/open")
    begun = browser.post("/sign-in/begin", {"way": "teams"})
    assert begun.status_code == 200
    browser.get(f"/sign-in/back/teams?token={app.token()}", {**browser.FRAMED, "sec-fetch-site": "cross-site"})
    assert "__Host-teams-budkavle" not in browser.cookies


def test_ways_are_used_where_they_belong(app: Any, browser: Any) -> None:
    """Teams only in Teams, and passwords never inside another site's page."""
    assert "Microsoft Teams" not in browser.get("/sign-in", browser.TOP).text
    assert browser.post("/sign-in/begin", {"way": "teams", "token": "x"}, browser.TOP).status_code == 404
    browser.get(f"{WAY}/open")
    assert browser.post("/sign-in/begin", {"way": "password"}).status_code == 404
    browser.cookies["__Host-budkavle"] = app.session()
    assert "Microsoft Teams" not in browser.get("/account/methods", browser.TOP).text


def test_the_organisation_chooses_whether_teams_is_a_way(app: Any, browser: Any) -> None:
    """One that has chosen only the password lets nobody in by Teams alone, and offers no link."""
    app.link()
    chief = system_actor(app.anna.organisation_id)
    in_work(app.platform, chief, update_organisation, settings={"login_methods": ["password"]})
    assert "har valt andra sätt att logga in" in browser.enter(app.token()).text
    in_work(app.platform, chief, update_organisation, settings={"login_methods": ["password", "teams"]})
    assert browser.enter(app.token()).status_code == 303


def test_a_tenant_opens_only_the_accounts_of_its_own_organisations(app: Any, browser: Any) -> None:
    """Also where somebody there has come to be linked."""
    app.link(app.kim)
    assert "har valt andra sätt att logga in" in browser.enter(app.token()).text
    assert "__Host-teams-budkavle" not in browser.cookies


def test_who_is_closed_does_not_come_in(app: Any, browser: Any) -> None:
    """The link is worth nothing then."""
    app.link()
    chief = system_actor(app.anna.organisation_id)
    in_work(app.platform, chief, create_user, email="eva@habo.example", name="Eva", role=Role.ADMIN)
    in_work(app.platform, chief, update_user, app.anna.id, active=False)
    browser.enter(app.token())
    assert "__Host-teams-budkavle" not in browser.cookies


# From the window to the frame


@pytest.fixture
def opened(browser: Any) -> tuple[str, str]:
    """Open the page that opens a window; gives the word that it keeps, and the window's address."""
    browser.get(f"{WAY}/open")
    page = browser.get(f"{WAY}/window?next=/account&loa=1")
    return browser.field(page, "word"), page.text.split('data-window="')[1].split('"')[0].replace("&amp;", "&")


def confirm(app: Any, window: Any, path: str, cookie: str) -> Any:
    """Go on in the window: look at the page, and press its button."""
    window.cookies["__Host-budkavle"] = cookie
    page = window.get(path, window.TOP)
    if page.status_code != 200:
        return page
    fields = {name: window.field(page, name) for name in ("csrf", "challenge", "loa")}
    return window.post(f"{WAY}/done", fields, window.TOP)


def code_of(page: Any) -> str:
    return str(page.text.split('data-teams-code="')[1].split('"')[0])


def test_the_windows_code_opens_the_frame_that_asked(
    app: Any, browser: Any, browsers: Callable[[], Any], opened: tuple[str, str]
) -> None:
    """Once, and nowhere else; the window keeps its own session, and the frame gets one of its own at its level."""
    word, path = opened
    done = confirm(app, browsers(), path, app.session(loa=Loa.THREE))
    form = {"code": code_of(done), "word": word, "next": "/account"}
    stranger = browsers()
    stranger.get(f"{WAY}/open")
    assert stranger.post(f"{WAY}/arrive", form).status_code == 404, "another browser's frame"
    assert browser.post(f"{WAY}/arrive", {**form, "word": "other"}).status_code == 404, "another page of the frame"
    arrived = browser.post(f"{WAY}/arrive", form)
    assert arrived.headers["location"] == f"{WAY}/link?next=%2Faccount"
    assert browser.cookies["__Host-teams-budkavle"].split(".")[1] == "teams"
    assert "3: du visade vem du är" in browser.get("/account").text
    assert browser.post(f"{WAY}/arrive", form).status_code == 404, "a second time"


def test_opening_the_app_makes_nobody_fresh(app: Any, browser: Any, browsers: Callable[[], Any]) -> None:
    """Whoever sits down at somebody's Teams reads, but changes no way to sign in: a window asks who it is first."""
    app.link()
    assert browser.enter(app.token()).status_code == 303
    assert browser.get("/account").status_code == 200
    led = browser.get("/account/code").headers.get("location", "")
    assert led.startswith(f"{WAY}/window?loa=2")
    page = browser.get(led)
    word, path = browser.field(page, "word"), page.text.split('data-window="')[1].split('"')[0].replace("&amp;", "&")
    form = {"code": code_of(confirm(app, browsers(), path, app.session())), "word": word}
    assert browser.post(f"{WAY}/arrive", form).status_code == 303
    assert browser.get("/account/code").status_code == 200


def test_going_on_in_a_frame_makes_nobody_fresh(
    app: Any, browser: Any, browsers: Callable[[], Any], opened: tuple[str, str]
) -> None:
    """The frame's session has the moment of the window's."""
    word, path = opened
    cookie = app.session()
    ago = tables.sessions.c.identified_at - text("interval '14 minutes'")
    with app.platform.database.transaction(app.anna.organisation_id) as connection:
        connection.execute(update(tables.sessions).values(identified_at=ago))
    browser.post(f"{WAY}/arrive", {"code": code_of(confirm(app, browsers(), path, cookie)), "word": word})
    before, after = (
        sessions.find(app.platform, one).identified_at for one in (cookie, browser.cookies["__Host-teams-budkavle"])
    )
    assert after == before


def test_the_frame_is_linked_with_the_token_of_that_moment(
    app: Any, browser: Any, browsers: Callable[[], Any], opened: tuple[str, str]
) -> None:
    """By the core's own flow; afterwards Teams is enough, and the page does not ask again."""
    word, path = opened
    form = {"code": code_of(confirm(app, browsers(), path, app.session())), "word": word}
    page = browser.get(browser.post(f"{WAY}/arrive", {**form, "next": "/account"}).headers["location"])
    assert "Koppla ditt konto i Teams" in page.text
    fields = {"csrf": browser.field(page, "csrf"), "way": "teams", "next": "/account", "token": app.token()}
    linked = browser.post("/account/methods", fields)
    assert (linked.status_code, linked.headers["location"]) == (303, "/account")
    assert [one.provider for one in in_work(app.platform, app.anna.acting(), linked_identities)] == ["teams"]
    assert browser.get(f"{WAY}/link?next=/account").headers["location"] == "/account"
    assert browsers().enter(app.token()).status_code == 303


def test_the_window_asks_who_it_is_and_how_surely(app: Any, browsers: Callable[[], Any]) -> None:
    """Nobody, long ago, or not surely enough: the core's own pages come first. Kisa's people have no business here."""
    window, path = browsers(), f"{WAY}/start?challenge=x&loa=3"
    assert window.get(path, window.TOP).headers["location"].startswith("/sign-in?next=/plugin/teams/teams/start")
    window.cookies["__Host-budkavle"] = app.session()
    assert window.get(path, window.TOP).headers["location"].startswith("/step-up?loa=3&next=/plugin/teams")
    old = app.session(loa=Loa.THREE)
    with app.platform.database.transaction(app.anna.organisation_id) as connection:
        moved = "UPDATE sessions SET identified_at = identified_at - interval '16 minutes'"
        connection.execute(text(moved))
    window.cookies["__Host-budkavle"] = old
    assert window.get(path, window.TOP).headers["location"].startswith("/step-up?loa=3")
    window.cookies["__Host-budkavle"] = app.session(app.kim, Loa.THREE)
    assert "hör till en annan organisation" in window.get(path, window.TOP).text
    csrf = {"csrf": window.field(window.get("/account", window.TOP), "csrf"), "challenge": "x", "loa": "1"}
    assert window.post(f"{WAY}/done", csrf, window.TOP).status_code == 403
    assert window.post(f"{WAY}/done", csrf | {"loa": "9" * 5000}, window.TOP).status_code == 403


def test_a_code_is_good_for_ten_minutes_and_for_nothing_else(
    app: Any, browser: Any, browsers: Callable[[], Any], opened: tuple[str, str]
) -> None:
    """It is no flow that the pages of identification go on with."""
    word, path = opened
    code = code_of(confirm(app, browsers(), path, app.session()))
    challenge = parse_qs(urlsplit(path).query)["challenge"][0]
    other = browsers()
    other.cookies = {"__Host-flow": code, "__Host-browser": challenge}
    assert other.post("/sign-in", {"tick": "1"}, other.TOP).status_code in {404, 422}
    assert "__Host-budkavle" not in other.cookies
    with app.platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE flows SET expires_at = now() - interval '1 second'"))
    assert browser.post(f"{WAY}/arrive", {"code": code, "word": word}).status_code == 404


def test_the_window_stays_in_reach_of_teams_and_other_windows_do_not(app: Any, browsers: Callable[[], Any]) -> None:
    """Only while such a window is open, and only on the pages that it goes through."""
    window, name = browsers(), "cross-origin-opener-policy"
    assert window.get("/sign-in", window.TOP).headers[name] == "same-origin"
    assert window.get(f"{WAY}/start", window.TOP).headers[name] == "unsafe-none"
    assert window.get("/sign-in", window.TOP).headers[name] == "unsafe-none"
    window.cookies["__Host-budkavle"] = app.session()
    assert window.get("/account", window.TOP).headers[name] == "same-origin"
    done = confirm(app, window, f"{WAY}/start?challenge=x&loa=1", app.session())
    assert done.headers[name] == "unsafe-none"
    assert window.get("/sign-in", window.TOP).headers[name] == "same-origin"


def test_without_https_there_is_no_frame(installed: Callable[..., Platform]) -> None:
    """Browsers keep no such cookie without it, and Teams shows no such page."""
    base = "http://127.0.0.1:8420"
    with TestClient(app=create_app(installed(base)), base_url=base) as client:
        answer = client.get(f"{WAY}/tab", headers={"sec-fetch-dest": "iframe", "accept": "text/html"})
        assert ancestors(answer) == NOBODY
        assert "set-cookie" not in answer.headers


def test_the_framed_session_ends_when_it_is_idle(app: Any, browser: Any) -> None:
    """By the organisation's own time, as every other; then the tab is asked again."""
    app.link()
    browser.enter(app.token())
    idle = timedelta(minutes=app.platform.settings.sessions.idle_minutes + 1)
    with app.platform.database.transaction(app.anna.organisation_id) as connection:
        connection.execute(text("UPDATE sessions SET seen_at = seen_at - :idle"), {"idle": idle})
    assert browser.get("/account").headers["location"] == f"{WAY}/tab?next=%2Faccount"


def test_another_tab_is_no_help_in_the_frame(app: Any, browser: Any) -> None:
    """Whoever has been signed out signs in again where they are: a tab of its own is another place."""
    app.link()
    browser.enter(app.token())
    page = browser.get("/account")
    assert "/sign-in?next=/drafts" in page.text
    assert "/sign-in?next=/signed-in" not in page.text
    csrf = browser.field(page, "csrf")
    with app.platform.database.transaction(app.anna.organisation_id) as connection:
        connection.execute(text("DELETE FROM sessions"))
    late = browser.post("/account", {"csrf": csrf, "name": "Anna Ny", "language": "sv"})
    assert "Anna Ny" in late.text, "what was written is still there"
    assert "backa sedan hit" in late.text
    assert "_blank" not in late.text.split("<ol")[1].split("</ol")[0]
    assert browser.enter(app.token()).status_code == 303
    again = browser.post("/account", {"csrf": browser.field(late, "csrf"), "name": "Anna Ny", "language": "sv"})
    assert again.headers["location"] == "/account?said=saved"
