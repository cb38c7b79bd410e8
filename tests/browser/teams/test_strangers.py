"""Strangers around and beside us in Teams frame nothing and change nothing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.teams.teams_tab import EVIL, OURS, TEAMS, TeamsInstallation, TeamsTab


def strange(installation: TeamsInstallation, host: str, path: str, content: str) -> str:
    """Put a page on a stranger's site, or beside the app in Teams; gives its address."""
    installation.teams.pages[host, path] = (
        f'<!DOCTYPE html><html lang="sv"><title>x</title><body>{content}</body></html>'
    )
    return f"https://{host}{path}"


def framed(url: str) -> str:
    return f'<iframe id="app" title="x" src="{url}" style="width:90vw;height:90vh"></iframe>'


@pytest.mark.feature("M3")
@pytest.mark.parametrize(
    ("path", "host"),
    [("/plugin/teams/teams/open", EVIL), ("/", EVIL), ("/", TEAMS), ("/sign-in", TEAMS)],
)
def test_nobody_else_frames_us_and_teams_only_by_its_own_door(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab], path: str, host: str
) -> None:
    """Another site frames nothing of ours, and Teams no page that has not been opened as the app."""
    tab = open_tab()
    tab.page.goto(strange(installation, host, "/plain", framed(f"https://{OURS}{path}")))
    tab.page.wait_for_function("() => document.getElementById('app').contentDocument === null")
    assert "frame-ancestors" in tab.refused()
    assert not tab.frame.url.startswith("https://")


@pytest.mark.feature("M3")
def test_a_stranger_between_teams_and_us_frames_nothing(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab]
) -> None:
    """Every page above ours counts, also where the topmost is Teams and Anna has a session there."""
    installation.link()
    tab = open_tab()
    tab.open()
    expect(tab.app.get_by_role("button", name="Meny för Anna Ek")).to_be_visible()
    between = strange(installation, EVIL, "/between", framed(f"https://{OURS}/"))
    tab.page.goto(strange(installation, TEAMS, "/outer", framed(between)))
    assert "frame-ancestors" in tab.refused()


FORGED = """\
([url, fields]) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: url, target: "hidden" });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), { name, value }));
  }
  const frame = Object.assign(document.createElement("iframe"), { name: "hidden" });
  document.body.append(frame, form);
  form.submit();
}"""


@pytest.mark.feature("M3")
def test_a_stranger_beside_us_in_teams_changes_nothing(
    installation: TeamsInstallation, open_tab: Callable[..., TeamsTab]
) -> None:
    """Another app in Teams shares the frame's cookies, and even with the form's token its forms are refused."""
    installation.link()
    installation.write("Orörd", installation.to_anna())
    tab = open_tab()
    tab.open()
    tab.app.get_by_role("link", name="Min inkorg").click()
    tab.app.get_by_role("link", name="Orörd").first.click()
    expect(tab.app.get_by_role("button", name="Arkivera")).to_be_visible()
    action = tab.app.locator("form", has=tab.page.get_by_role("button", name="Arkivera")).get_attribute("action")
    token = tab.app.locator("input[name=csrf]").first.get_attribute("value")
    beside = strange(installation, EVIL, "/beside", "Hej")
    tab.page.goto(strange(installation, TEAMS, "/two", framed(beside)))
    stranger = next(one for one in tab.page.frames if one.url == beside)
    for path, fields in (
        (action, {"csrf": token}),
        ("/sign-out", {"csrf": token}),
        (
            "/sign-in/begin",
            {"way": "teams", "token": installation.entra.token(installation.entra.people[installation.anna.email])},
        ),
        (
            "/plugin/teams/teams/enter",
            {"token": installation.entra.token(installation.entra.people[installation.anna.email])},
        ),
        ("/plugin/teams/teams/arrive", {"code": "x", "word": "x"}),
        ("/account/methods", {"csrf": token, "way": "teams", "token": "x"}),
    ):
        with tab.page.expect_response(re.compile(re.escape(path or ""))) as answered:
            stranger.evaluate(FORGED, [f"https://{OURS}{path}", fields])
        sent = answered.value.request.all_headers()
        assert "__Host-teams-budkavle=" in sent["cookie"], "the browser did send the session along"
        assert sent["sec-fetch-site"] == "cross-site"
        assert answered.value.status == 403, path
        tab.refused()
    tab.open()
    tab.app.get_by_role("link", name="Min inkorg").click()
    expect(tab.app.get_by_role("link", name="Orörd").first).to_be_visible()
