"""Mitt konto: who one is, one's name and language, and one's password."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from budkavle.identification import sessions
from budkavle.model.errors import NotSignedIn
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
OLD, NEW = "en lång mening om vintern", "en annan mening om våren"


@pytest.mark.feature("U2")
def test_the_account_says_who_one_is(browse: Callable[..., Any], case_worker: SampleUser) -> None:
    """E-mail address, organisation and level of assurance of this session."""
    page = browse(case_worker).get("/account").text
    assert case_worker.email in page
    assert "Habo" in page
    assert "2: du visade vem du är med lösenord eller kod" in page


@pytest.mark.feature("U3", "U4")
def test_name_and_language_are_changed(browse: Callable[..., Any], case_worker: SampleUser) -> None:
    """The new name is in the frame at once, and the pages speak the new language."""
    ada = browse(case_worker)
    saved = ada.post("/account", name="Ada Åberg", language="en")
    assert saved.status_code == 303
    assert "language=en" in saved.headers["set-cookie"]
    page = ada.get("/account?said=saved", cookie=f"budkavle={ada.cookie}; language=en").text
    assert "Ada Åberg" in page
    assert "The changes are saved." in page
    assert 'lang="en"' in page


@pytest.mark.feature("U3")
def test_a_fault_stands_at_its_field(browse: Callable[..., Any], case_worker: SampleUser) -> None:
    """Without a name, or with a language that is not offered, nothing is changed."""
    ada = browse(case_worker)
    empty = ada.post("/account", name=" ", language="sv")
    assert empty.status_code == 422
    assert 'id="name-error"' in empty.text
    odd = ada.post("/account", name="Ada Ny", language="xx")
    assert odd.status_code == 422
    assert 'id="language-error"' in odd.text
    assert 'value="Ada Ny"' in odd.text
    hidden = ada.post("/account", name="Ada\u202eAhl", language="sv")
    assert hidden.status_code == 422
    assert "Namnet har tecken som inte syns." in hidden.text
    assert 'value="Ada Ahl"' in ada.get("/account").text


def test_the_password_is_changed_with_the_old_one(
    browse: Callable[..., Any], platform: Platform, case_worker: SampleUser
) -> None:
    """Every other session ends; this browser gets a new one and stays."""
    here, elsewhere = browse(case_worker), browse(case_worker)
    done = here.post("/account/password", old=OLD, password=NEW, again=NEW)
    assert done.status_code == 303
    assert elsewhere.get("/account").status_code == 303
    for cookie in (here.cookie, elsewhere.cookie):
        with pytest.raises(NotSignedIn):
            sessions.find(platform, cookie)
    found = re.search(r"budkavle=([^;]+)", done.headers["set-cookie"])
    assert found
    here.cookie = found[1]
    assert "Lösenordet är bytt" in here.get("/account?said=password").text


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"old": "fel", "password": NEW, "again": NEW}, ["old"]),
        ({"old": OLD, "password": "kort", "again": "kort"}, ["password"]),
        ({"old": OLD, "password": NEW, "again": OLD}, ["again"]),
        ({}, ["old", "password"]),
        ({"again": OLD}, ["old", "password", "again"]),
    ],
)
def test_what_is_wrong_with_a_password_stands_at_its_field(
    browse: Callable[..., Any], case_worker: SampleUser, typed: dict[str, str], fields: list[str]
) -> None:
    """All at once; nobody is signed out, and no password comes back in the page."""
    ada = browse(case_worker)
    answer = ada.post("/account/password", **typed)
    assert answer.status_code == 422
    assert re.findall(r'id="(old|password|again)-error"', answer.text) == fields
    assert NEW not in answer.text
    assert OLD not in answer.text
    assert ada.get("/account").status_code == 200


def test_nobody_and_a_foreign_form_change_nothing(browse: Callable[..., Any], case_worker: SampleUser) -> None:
    """Without a session one is led to sign in; without the token nothing happens."""
    assert browse().get("/account").headers["location"].startswith("/sign-in")
    assert browse().post("/account", name="X", language="sv").status_code == 401
    ada = browse(case_worker)
    assert ada.post("/account", csrf="fel", name="X", language="sv").status_code == 403
    assert ada.post("/account/password", csrf="fel", old=OLD, password=NEW, again=NEW).status_code == 403
    assert "Ada Ahl" in ada.get("/account").text


@pytest.mark.feature("U6")
def test_messages_end_with_the_signature(
    browse: Callable[..., Any], case_worker: SampleUser, colleague: SampleUser
) -> None:
    """It stands in every message that is begun after that; a long one is refused at its field, and kept there."""
    ada = browse(case_worker)
    assert ada.post("/account/signature", signature="Hälsningar\r\nAda Ahl").status_code == 303
    for path in ("/account", "/compose"):
        assert "Hälsningar\nAda Ahl" in ada.get(path).text
    assert "Hälsningar" not in browse(colleague).get("/compose").text
    long = ada.post("/account/signature", signature="x" * 5_000)
    assert long.status_code == 422
    assert 'id="signature-error"' in long.text
    ada.post("/account/signature", signature="")
    assert "Hälsningar" not in ada.get("/compose").text


@pytest.mark.feature("E30")
def test_a_person_chooses_light_or_dark(browse: Callable[..., Any], case_worker: SampleUser) -> None:
    """The choice is kept at the server and holds in every browser; what is no choice is refused."""
    here = browse(case_worker)
    assert 'data-color-scheme="auto"' in here.get("/account").text
    for look, shown in (("dark", "dark"), ("light", "light"), ("", "auto"), ("dark", "dark")):
        assert here.post("/account/look", look=look).status_code == 303
        assert f'data-color-scheme="{shown}"' in browse(case_worker).get("/account").text
    refused = here.post("/account/look", look="pink")
    assert (refused.status_code, 'id="look-error"' in refused.text) == (422, True)
    assert 'data-color-scheme="dark"' in browse(case_worker).get("/account").text


@pytest.mark.feature("E30")
def test_whoever_is_not_signed_in_has_the_look_of_the_system(
    browse: Callable[..., Any], case_worker: SampleUser
) -> None:
    """Also in a browser where somebody has chosen another."""
    browse(case_worker).post("/account/look", look="dark")
    assert 'data-color-scheme="auto"' in browse(None).get("/sign-in").text
