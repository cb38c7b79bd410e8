"""Administration: the register of organisations, adding one, pausing one; and who may."""

import re
from uuid import uuid4

import pytest
from msgspec.structs import replace

from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.organisations import CHANNELS, organisation_by_slug
from budkavle.accounts.stored_settings import read_settings, write_settings
from budkavle.accounts.users import account
from budkavle.identification import flow
from budkavle.identification.mail_links import invitations
from budkavle.identification.outcome import PAUSED
from budkavle.messaging import sending
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.people import Role
from budkavle.model.states import OrganisationState
from budkavle.operations.organisation_states import pause
from budkavle.organisation import register
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.web.pages.administration import new_organisation

PASSWORD = "en lång mening om vintern"
HERE = "/administration/organisations"


@pytest.fixture
def chief(other_organisation):
    """Who administers the installation, from the other organisation."""
    return other_organisation.add_user("Root Chef", Role.PLATFORM)


@pytest.fixture
def root(browse, chief):
    """The browser of the installation's administrator."""
    return browse(chief)


def step(browser, place, go="on", /, **fields):
    return browser.post(f"{HERE}/new", step=str(place), go=go, **fields)


@pytest.mark.feature("N1", "N2", "N4")
def test_every_page_and_step_is_the_installations_alone(platform, organisation, browse, root):
    """An organisation's administrator and a user get 403 everywhere, nobody signed in is led to sign in."""
    one = f"{HERE}/{organisation.id}"
    shown = ["/administration", f"{HERE}/new", one, "/administration/nodes", "/administration/nodes/new"]
    shown.append("/administration/plugins")
    shown.append("/administration/administrators")
    changed = [f"{HERE}/new", one, f"{one}/pause", f"{one}/resume", "/administration/nodes"]
    changed += [f"{one}/remove", "/administration/administrators", "/administration/administrators/remove"]
    for person in (organisation.administrator, organisation.case_worker, organisation.mailbox_administrator):
        browser = browse(person)
        assert {path: browser.get(path).status_code for path in shown} == dict.fromkeys(shown, 403)
        assert {path: browser.post(path, reason="x", name="x").status_code for path in changed} == dict.fromkeys(
            changed, 403
        )
    nobody = browse(None)
    assert {nobody.get(path).status_code for path in shown} == {303}
    assert {nobody.post(path).status_code for path in changed} <= {303, 401, 403}
    assert {path: root.get(path).status_code for path in shown} == dict.fromkeys(shown, 200)
    assert {root.post(path, csrf="wrong").status_code for path in changed} == {403}
    assert root.get(f"{HERE}/{uuid4()}").status_code == 404
    assert root.post(f"{HERE}/{uuid4()}/pause", reason="x").status_code == 404
    with platform.database.transaction(organisation.id):
        pass
    assert organisation_by_slug(platform, organisation.slug).state is OrganisationState.ACTIVE


@pytest.mark.feature("N2")
def test_an_organisation_is_added_step_by_step_and_nothing_is_lost(platform, root, browse):
    """A fault leads back to its step with all that was written; the first administrator signs in."""
    written = {"name": "Nya kommun", "number": "212000-1612", "slug": "", "administrator": "Åsa Ny"}
    answer = step(root, 0, **written)
    assert answer.status_code == 422
    assert "Numret stämmer inte" in answer.text
    assert 'value="Nya kommun"' in answer.text
    assert 'value="Åsa Ny"' in answer.text
    written |= {"number": "2120001611", "email": "fel"}
    assert "Steg 2 av 6" in step(root, 0, **written).text
    assert "Skriv en e-postadress" in step(root, 1, **written).text
    written |= {"email": "Asa@Nya.example", "language": "en", "channels": "fake"}
    assert "Steg 1 av 6" in step(root, 1, "back", **written).text
    assert "Steg 3 av 6" in step(root, 1, **written).text
    nothing = step(root, 2, **written | {"channels": ""})
    assert nothing.status_code == 422
    assert "Steg 3 av 6" in nothing.text
    assert "Välj minst ett slag av meddelanden." in nothing.text
    long = step(root, 0, **written | {"slug": "ny" * 40})
    assert long.status_code == 422
    assert "Det korta namnet får ha högst 60 tecken." in long.text
    for place in (2, 3):
        assert f"Steg {place + 2} av 6" in step(root, place, **written).text
    summary = step(root, 4, **written).text
    assert "212000-1611" in summary
    assert "asa@nya.example" in summary
    assert account(platform, "asa@nya.example") is None
    made = step(root, 5, **written)
    assert made.status_code == 201
    password = re.search(r"\w{5}-\w{5}-\w{5}", made.text)
    assert password
    first = account(platform, "asa@nya.example")
    assert (first.role, first.language, first.name) == (Role.ADMIN, "en", "Åsa Ny")
    assert "212000-1611" in root.get("/administration?q=nya").text
    assert browse(first).get("/organisation").status_code == 200
    again = step(root, 5, **written)
    assert again.status_code == 422
    assert "Det korta namnet är upptaget" in again.text


@pytest.mark.feature("N2")
def test_the_first_administrator_is_invited_where_mail_is_sent(platform, root, monkeypatch):
    """The account stays closed until they come by the link, and no password is shown to anybody."""
    sent = []
    monkeypatch.setattr(invitations, "can_invite", lambda platform: True)
    monkeypatch.setattr(invitations, "notify", lambda work, notice: sent.append(notice))
    made = step(root, 5, name="Inbjudna kommun", administrator="Åsa Ny", email="asa@inbjuden.example", channels="fake")
    assert made.status_code == 201
    assert "En inbjudan är skickad" in made.text
    assert not re.search(r"\w{5}-\w{5}-\w{5}<", made.text)
    (mail,) = sent
    assert "har lagt upp ett konto för dig hos Inbjudna kommun" in mail.text
    assert account(platform, "asa@inbjuden.example") is None  # not open yet
    assert organisation_by_slug(platform, "inbjudna-kommun").name == "Inbjudna kommun"


def test_two_channels_of_one_name_are_told_apart_in_a_new_licence(root, monkeypatch):
    """They say whom they reach, at the choice and in the summary."""
    texts = {"fake": "Låtsas till användare här"}
    monkeypatch.setattr(new_organisation, "channel_texts", lambda visitor, names: {name: texts[name] for name in names})
    written = {"name": "Nya kommun", "administrator": "Åsa Ny", "email": "asa@nya.example", "channels": "fake"}
    assert texts["fake"] in step(root, 3, **written).text
    assert texts["fake"] in step(root, 4, **written, licence_channels="fake").text


@pytest.mark.feature("ZS2")
def test_a_new_organisation_asks_for_a_code_beside_a_password(platform, root):
    """The summary says so before, and the organisation may choose otherwise afterwards."""
    written = {"name": "Säkra kommun", "administrator": "Åsa Ny", "email": "asa@sakra.example", "channels": "fake"}
    assert "behöver också en kod från en app" in step(root, 4, **written).text
    assert step(root, 5, **written).status_code == 201
    inside = system_actor(organisation_by_slug(platform, "sakra-kommun").id)
    assert in_work(platform, inside, read_settings, SignInSettings).code_beside_password
    in_work(platform, inside, write_settings, SignInSettings, {"code_beside_password": False})
    assert not in_work(platform, inside, read_settings, SignInSettings).code_beside_password


def test_no_code_is_promised_where_the_settings_file_decides_against_it(platform, root):
    """The summary says what a new organisation will have."""
    platform.settings = replace(platform.settings, fixed={"budkavle": {"sign_in": {"code_beside_password": False}}})
    written = {"name": "Fria kommun", "administrator": "Åsa Ny", "email": "asa@fria.example", "channels": "fake"}
    assert "behöver också en kod" not in step(root, 4, **written).text


@pytest.mark.feature("N2")
def test_a_taken_address_makes_no_organisation(platform, root, chief, organisation):
    """All of it or nothing: there is never an organisation without an administrator."""
    written = {"name": "Tagen", "administrator": "X", "email": organisation.administrator.email, "channels": "fake"}
    answer = step(root, 5, **written)
    assert answer.status_code == 422
    assert "Steg 2 av 6" in answer.text
    assert register.list_organisations(platform, chief, words="Tagen").total == 0


@pytest.mark.feature("N2")
def test_an_organisation_is_paused_and_goes_on_by_its_page(platform, root, organisation):
    """A reason is asked for; the page says what holds, and a fault keeps what was written."""
    one = f"{HERE}/{organisation.id}"
    assert "Skriv varför" in root.post(f"{one}/pause", reason=" ").text
    assert root.post(f"{one}/pause", reason="Avtal").headers["location"] == f"{one}?said=paused"
    assert root.get("/administration/events").text.count("Avtal") == 1, "the reason stands once"
    shown = root.get(f"{one}?said=paused").text
    assert "Avsluta pausen" in shown
    assert "Alla är utloggade" in shown
    assert root.post(f"{one}/pause", reason="Avtal").status_code == 409
    assert root.post(f"{one}/resume").status_code == 303
    assert root.post(f"{one}/resume").status_code == 409


@pytest.mark.feature("N2")
def test_somebody_of_a_paused_organisation_is_told_so_when_signing_in(platform, chief, organisation):
    """With the right password alone: a wrong one says nothing of the organisation."""

    def sign_in(password):
        turn = flow.begin(platform, "password", "browser", hints={"ip": "192.0.2.1"}, return_to="/")
        answers = {"email": organisation.case_worker.email, "password": password}
        return flow.advance(platform, turn.flow, "browser", answers)

    assert sign_in(PASSWORD).signed_in
    pause(platform, chief, organisation.id, "Avtal")
    told = sign_in(PASSWORD)
    assert told.signed_in is None
    assert told.step.message == PAUSED
    assert getattr(sign_in("fel").step, "message", "") != PAUSED


@pytest.mark.feature("N2")
def test_only_the_kinds_of_message_that_are_allowed_are_sent(platform, root, chief, organisation, draft):
    """Chosen on the organisation's page; all of them is no choice at all."""
    one = f"{HERE}/{organisation.id}"
    register.change_organisation(platform, chief, organisation.id, name="Habo", number="", channels=["other"])
    with pytest.raises(Invalid) as caught:
        in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft())
    assert "får inte skicka" in caught.value.fields["recipients"]
    root.post(one, name="Habo", number="", channels="fake")
    assert organisation_by_slug(platform, organisation.slug).settings[CHANNELS] == []
    in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft())
    assert root.post(one, name="", number="1").status_code == 422
    for none in ({}, {"channels": "brev"}):
        refused = root.post(one, name="Habo", number="", **none)
        assert refused.status_code == 422
        assert '<a href="#channels">Välj minst ett slag av meddelanden.</a>' in refused.text
        assert 'id="channels-error"' in refused.text
    assert organisation_by_slug(platform, organisation.slug).settings[CHANNELS] == []


@pytest.mark.feature("N1")
def test_the_last_administrator_of_the_installation_stays(platform, root, chief, organisation, other_organisation):
    """The role is given by address, and taken back; never from oneself, never from the last one."""
    here = "/administration/administrators"
    assert "Det finns bara en administratör" in root.get(here).text
    assert root.post(here, email="ingen@alls.example").status_code == 422
    assert root.post(here, email=organisation.administrator.email).status_code == 303
    assert root.post(here, email=organisation.administrator.email).status_code == 409
    shown = root.get(f"{here}?said=added").text
    assert organisation.administrator.email in shown
    assert root.post(f"{here}/remove", user=str(chief.id)).status_code == 409
    assert root.post(f"{here}/remove", user=str(organisation.case_worker.id)).status_code == 404
    assert root.post(f"{here}/remove", user="x").status_code == 404
    assert root.post(f"{here}/remove", user=str(organisation.administrator.id)).status_code == 303
    assert [one.id for one in register.installation_administrators(platform, chief)] == [chief.id]
    from budkavle.accounts.users import update_user

    for change in ({"role": Role.ADMIN}, {"active": False}):
        with pytest.raises(Conflict, match="sista"):
            in_work(platform, other_organisation.system, update_user, chief.id, **change)
