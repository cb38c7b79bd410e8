"""What an organisation decides of ways and sessions, and who reaches the pages for it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.web.identifying.windows import at_three

from budkavle.accounts import organisations, users
from budkavle.accounts.core_settings import CaseSettings, SignOutSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.identification import sessions
from budkavle.model.people import Role
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


SIGN_OUT, CASES = "settings/budkavle.sign_out", "settings/budkavle.cases"


@pytest.mark.feature("Q2", "Q3", "Q4")
def test_the_menu_and_its_pages_by_role(
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    colleague: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """Nobody else reaches the pages of an administrator, and no administrator another organisation's users."""
    ada, root = browse(case_worker), browse(administrator)
    for path in ("/organisation", *(f"/organisation/{name}" for name in ("levels", "methods", SIGN_OUT, CASES))):
        assert ada.get(path).status_code == 403
        assert root.get(path).status_code == 200
        if path != "/organisation":
            assert ada.post(path).status_code == 403
    assert ada.get(f"/organisation/users/{colleague.id}").status_code == 403
    assert root.get(f"/organisation/users/{other_administrator.id}").status_code == 404
    assert root.get("/administration").status_code == 403
    in_work(platform, system_actor(organisation.id), users.update_user, colleague.id, role=Role.PLATFORM)
    assert "Mullsjö" in browse(colleague).get("/administration").text


@pytest.mark.feature("A11", "A12", "O5", "O6", "C2")
def test_an_organisation_decides(
    admin: Any, platform: Platform, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """What is saved stands in the settings; what cannot be stands at its field."""
    fields = {"on.2": "1", "text.2": "Kod i mobilen.", "on.3": "1", "text.3": ""}
    assert admin.post("/organisation/levels", **fields).status_code == 303
    assert (
        admin.post(f"/organisation/{SIGN_OUT}", session_idle_minutes="30", session_absolute_minutes="600").status_code
        == 303
    )
    kept = in_work(platform, administrator, organisations.organisation).settings
    assert kept["loa"]["2"] == {"on": True, "text": "Kod i mobilen."}  # type: ignore[index]
    assert kept["loa"]["1"]["on"] is False  # type: ignore[index]
    times = in_work(platform, administrator, read_settings, SignOutSettings)
    assert (times.session_idle_minutes, times.session_absolute_minutes) == (30, 600)
    assert "minst en" in admin.post("/organisation/levels").text
    swedish, admin.cookie = admin.cookie, admin.cookie + "; language=en"
    in_english = admin.get("/organisation/levels").text
    admin.cookie = swedish
    assert "Kod i mobilen." in in_english
    assert "E-legitimation. För känsliga uppgifter" not in in_english
    assert "E-identification. For sensitive and confidential" in in_english
    long = admin.post("/organisation/levels", **{**fields, "text.2": "x" * 301}).text
    assert re.search(r'id="text.2-error">.*?högst', long, re.DOTALL)
    assert 'id="text.3-error"' not in long
    for bad in ("", "x", "-1", "9" * 40, "²"):
        assert admin.post(f"/organisation/{SIGN_OUT}", session_idle_minutes=bad).status_code == 422
    assert admin.post("/organisation/methods", login_methods=["redirect"], guest_methods=["app"]).status_code == 422
    chosen = {"login_methods": ["password"], "guest_methods": ["app"]}
    assert admin.post("/organisation/methods", **chosen).headers["location"].startswith("/step-up?loa=3")
    admin.cookie = at_three(organisation, administrator)
    admin.csrf = sessions.find(platform, admin.cookie).csrf
    assert admin.post("/organisation/methods", **chosen).headers["location"].endswith("said=saved")
    assert admin.post(f"/organisation/{CASES}").status_code == 303
    kept = in_work(platform, administrator, organisations.organisation).settings
    assert not in_work(platform, administrator, read_settings, CaseSettings).join_by_reference
    assert (kept["login_methods"], kept["guest_methods"]) == (["password"], ["app"])
