"""Adding users: by hand, by an invitation that their person uses once, and from a file that is judged row by row."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text

from budkavle.accounts import mailboxes
from budkavle.identification import flow, identities, providers, sessions
from budkavle.identification.mail_links import invitations
from budkavle.identification.outcome import NOT_OWNER
from budkavle.model.errors import NotFound
from budkavle.model.loa import Loa
from budkavle.model.notices import Notice
from budkavle.model.people import Identity, NewIdentity
from budkavle.plugins.protocols.identity_provider import Failed, ProviderTraits, Step
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.pages.organisation.new_users import pack, unpack

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
ANNA, EVA = "199001012385", "198108222384"
PASSWORD = "en lång mening om vintern"
NEW = "/organisation/users/new"
IMPORT = "/organisation/users/import"
FILE = (
    "Namn;E-post;Roll;Personnummer;Funktionsbrevlådor\r\n"
    f"Anna Öst;anna@habo.example;;{ANNA};Socialnämnden\r\n"
    ";;;;\r\n"
    "Bo Väst;bo.vast@habo.example;administratör;;Socialnämnden | Okänd\r\n"
    "Cilla;inte en adress;;;\r\n"
    "Dan;ANNA@habo.example;kung;123;\r\n"
    f"Eva;eva@habo.example;;{ANNA};\r\n"
    "=Fel();fel@habo.example;;;\r\n"
    "Ada;ada@habo.example;;;\r\n"
)


@pytest.fixture
def root(browse: Callable[..., Browser], administrator: SampleUser) -> Browser:
    return browse(administrator)


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[Notice]:
    """What is sent by mail, by a notifier that takes everything."""
    sent: list[Notice] = []
    monkeypatch.setattr(invitations, "can_invite", lambda platform: True)
    monkeypatch.setattr(invitations, "notify", lambda work, notice: sent.append(notice))
    return sent


class Eid(FakeIdentityProvider):
    """Says the number of whoever knows its code."""

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        step = super().advance(state, answers)
        if isinstance(step, Identity):
            return replace(step, attributes={"personnummer": step.subject})
        return step


@pytest.fixture
def eid(monkeypatch: pytest.MonkeyPatch) -> FakeIdentityProvider:
    """A way to level 3 beside the password, which says the person's number."""
    traits = ProviderTraits(Loa.THREE, asserts_personnummer=True)
    codes = {"anna": ANNA, "eva": EVA}
    own, made = providers.providers, Eid(codes=codes, name="eid", label="E-legitimation", traits=traits)
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), "eid": made})
    return made


def user_of(organisation: SampleOrganisation, email: str) -> Any:
    with organisation.platform.database.transaction(organisation.id) as connection:
        return connection.execute(select(tables.users).where(tables.users.c.email == email)).mappings().one_or_none()


def token_of(notice: Notice) -> str:
    assert notice.link is not None
    return notice.link.url.rpartition("/")[2]


def invite(root: Browser, mails: list[Notice], **more: str) -> str:
    typed = {"name": "Nina Ny", "email": "Nina@Habo.example", "role": "user", "language": "sv", "open": "invite"}
    answer = root.post(NEW, **(typed | more))
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].endswith("?said=invited")
    return token_of(mails[-1])


@pytest.mark.feature("O2")
def test_an_account_is_added_by_hand(organisation: SampleOrganisation, root: Browser) -> None:
    assert "Lägg till användare" in root.get(NEW).text
    typed = {"name": " Nina Ny ", "email": "Nina@Habo.example", "role": "admin", "language": "en", "open": "now"}
    answer = root.post(NEW, **typed)
    assert answer.headers["location"].endswith("?said=added")
    row = user_of(organisation, "nina@habo.example")
    assert (row["name"], row["role"], row["language"], row["active"]) == ("Nina Ny", "admin", "en", True)
    again = root.post(NEW, **typed)
    assert again.status_code == 422
    assert "Det finns redan ett konto med den e-postadressen." in again.text
    assert 'value="Nina@Habo.example"' in again.text
    for wrong, sentence in (
        ({"role": "king"}, "Välj en roll"),
        ({"email": "x"}, "Skriv en e-postadress"),
        ({"email": f"{'x' * 250}@habo.example"}, "Skriv en e-postadress"),
        ({"name": "\u202eNina"}, "tecken som inte syns"),
    ):
        refused = root.post(NEW, **(typed | {"email": "ny@habo.example"} | wrong))
        assert refused.status_code == 422
        assert sentence in refused.text
    assert root.post(NEW, **(typed | {"email": "ny@habo.example", "role": "platform"})).status_code == 403
    assert user_of(organisation, "ny@habo.example") is None


@pytest.mark.feature("O2")
def test_an_invitation_is_used_once_with_a_password(
    browse: Callable[..., Browser], organisation: SampleOrganisation, root: Browser, mails: list[Notice]
) -> None:
    """Opening the link changes nothing; sending the page opens the account and lets in."""
    assert "Med en inbjudan" in root.get(NEW).text
    token = invite(root, mails)
    assert (mails[0].address, mails[0].about) == ("nina@habo.example", user_of(organisation, "nina@habo.example")["id"])
    assert token not in mails[0].text
    guest = browse(None)
    for _ in range(2):
        page = guest.get(f"/invitation/{token}")
        assert page.status_code == 200
        assert "Nina Ny" in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
    assert not user_of(organisation, "nina@habo.example")["active"]
    path, same_site = f"/invitation/{token}/password", {"sec-fetch-site": "same-origin"}
    fields = {"password": PASSWORD, "again": PASSWORD}
    assert guest.client.post(path, data=fields, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    for wrong in ({"again": "annat"}, {"password": "kort", "again": "kort"}):
        assert guest.client.post(path, data=fields | wrong, headers=same_site).status_code == 422
    done = guest.client.post(path, data=fields, headers=same_site, follow_redirects=False)
    assert done.status_code == 303
    assert {"budkavle=", "language=sv"} <= set(re.findall(r"budkavle=|language=\w+", done.headers["set-cookie"]))
    assert user_of(organisation, "nina@habo.example")["active"]
    guest.client.cookies.clear()
    assert guest.client.post(path, data=fields, headers=same_site).status_code == 404
    assert guest.get(f"/invitation/{token}").status_code == 404
    assert {"user.invited", "user.invitation-used", "user.opened"} <= set(organisation.log_kinds())


@pytest.mark.feature("O2")
def test_a_new_invitation_ends_the_old_and_a_withdrawn_one_opens_nothing(
    organisation: SampleOrganisation, platform: Platform, root: Browser, mails: list[Notice]
) -> None:
    first = invite(root, mails)
    user_id = user_of(organisation, "nina@habo.example")["id"]
    listed = root.get("/organisation/users").text
    assert "Inbjuden" in listed
    assert root.post(f"/organisation/users/{user_id}/invite").status_code == 303
    second = token_of(mails[-1])
    with pytest.raises(NotFound):
        invitations.find_invitation(platform, first)
    assert invitations.find_invitation(platform, second).user.id == user_id
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE invitations SET expires_at = now() - interval '1 second'"))
    with pytest.raises(NotFound):
        invitations.find_invitation(platform, second)
    root.post(f"/organisation/users/{user_id}/invite")
    assert root.post(f"/organisation/users/{user_id}/withdraw").status_code == 303
    for token in (token_of(mails[-1]), "x", f"{organisation.id}.x", "x.y"):
        with pytest.raises(NotFound):
            invitations.find_invitation(platform, token)
    assert root.post(f"/organisation/users/{user_id}/withdraw").status_code == 404


def test_an_account_that_is_open_is_not_invited(root: Browser, case_worker: SampleUser, mails: list[Notice]) -> None:
    assert root.post(f"/organisation/users/{case_worker.id}/invite").status_code == 409
    assert mails == []


@pytest.mark.feature("O2")
def test_only_the_person_with_the_number_opens_an_account(
    eid: FakeIdentityProvider,
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    platform: Platform,
    administrator: SampleUser,
    mails: list[Notice],
) -> None:
    """Where the number is known a password does not do, nor another person's identification."""
    root = browse(administrator)
    root.cookie = sessions.start(platform, flow.SignedIn(administrator.user, Loa.THREE, "eid", "/"))
    root.csrf = sessions.find(platform, root.cookie).csrf
    token = invite(root, mails, personnummer=ANNA)
    invitation = invitations.find_invitation(platform, token)
    assert (invitation.takes_password, [way.name for way in invitation.ways]) == (False, ["eid"])
    password = {"password": PASSWORD, "again": PASSWORD}
    path, same_site = f"/invitation/{token}/password", {"sec-fetch-site": "same-origin"}
    assert browse(None).client.post(path, data=password, headers=same_site).status_code == 409
    turn = flow.begin(platform, "eid", "b", invitation=invitation)
    turn = flow.advance(platform, turn.flow, "b", {"code": "eva"})
    assert isinstance(turn.step, Failed)
    assert str(turn.step.message) == NOT_OWNER
    assert not user_of(organisation, "nina@habo.example")["active"]
    turn = flow.begin(platform, "eid", "b", invitation=invitation)
    turn = flow.advance(platform, turn.flow, "b", {"code": "anna"})
    assert turn.signed_in is not None
    assert (turn.signed_in.user.email, turn.signed_in.loa) == ("nina@habo.example", Loa.THREE)
    assert [user.email for user in identities.accounts(platform, "eid", ANNA)] == ["nina@habo.example"]


def preview(root: Browser, content: bytes) -> Any:
    files = {"file": ("users.csv", content, "text/csv")}
    headers = {"cookie": f"budkavle={root.cookie}", "accept": "text/html", "sec-fetch-site": "same-origin"}
    root.client.cookies.clear()
    return root.client.post(IMPORT, data={"csrf": root.csrf}, files=files, headers=headers, follow_redirects=False)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


@pytest.mark.feature("OX2")
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "cp850", "utf-16"])
def test_a_file_is_shown_row_by_row_and_nothing_is_stored(
    organisation: SampleOrganisation, root: Browser, mailbox: Any, encoding: str
) -> None:
    before = organisation.rows("SELECT count(*) FROM users")
    shown = preview(root, FILE.encode(encoding))
    assert shown.status_code == 200, shown.text
    page = shown.text
    for sentence in (
        "Rader: 7. Rätta: 1. Med fel: 6.",
        "Funktionsbrevlådan Okänd finns inte.",
        "Skriv en e-postadress, som namn@exempel.se.",
        "Samma e-postadress som på rad 2.",
        "Personnumret stämmer inte.",
        "Rollen kung finns inte.",
        "Samma personnummer som på rad 2.",
        "En cell börjar som en formel, med =.",
        "Det finns redan ett konto med den e-postadressen.",
    ):
        assert sentence in page, sentence
    rows = page.split("<tbody>")[1]
    assert re.findall(r'<th scope="row" class="number"[^>]*>(\d+)</th>', rows) == ["2", "4", "5", "6", "7", "8", "9"]
    assert ANNA not in page
    assert organisation.rows("SELECT count(*) FROM users") == before
    assert not any(kind.startswith("user.") and kind != "user.created" for kind in organisation.log_kinds())


@pytest.mark.feature("OX2")
def test_confirming_adds_the_right_rows_once(
    organisation: SampleOrganisation, platform: Platform, root: Browser, mailbox: Any, mails: list[Notice]
) -> None:
    page = preview(root, FILE.encode()).text
    fields = {"packed": hidden(page, "packed"), "sha256": hidden(page, "sha256")}
    assert unpack(fields["packed"]) == FILE.encode()
    done = root.post(f"{IMPORT}/save", **fields)
    assert done.headers["location"] == "/organisation/users?said=imported"
    anna = user_of(organisation, "anna@habo.example")
    assert (anna["name"], anna["role"], anna["active"]) == ("Anna Öst", "user", True)
    assert user_of(organisation, "bo.vast@habo.example") is None
    members = in_work(platform, organisation.system, mailboxes.members, mailbox.id)
    assert anna["id"] in {member.user_id for member in members}
    assert mails == []
    assert ANNA not in str(organisation.log_entries("users.imported"))
    again = root.post(f"{IMPORT}/save", **fields)
    assert organisation.rows("SELECT count(*) FROM users WHERE email = 'anna@habo.example'") == [(1,)]
    assert again.status_code == 303


@pytest.mark.feature("OX2")
def test_what_has_become_wrong_meanwhile_stores_nothing(
    organisation: SampleOrganisation, other_organisation: SampleOrganisation, root: Browser
) -> None:
    """An address of another organisation, which the preview cannot see, fails the whole file and names the row."""
    eve = other_organisation.case_worker
    content = f"Namn;E-post\r\nNy Person;ny@habo.example\r\nEve;{eve.email}\r\n".encode()
    page = preview(root, content).text
    assert "Rätta: 2." in page
    answer = root.post(f"{IMPORT}/save", packed=hidden(page, "packed"), sha256=hidden(page, "sha256"))
    assert answer.status_code == 422
    assert "Rad 3: Det finns redan ett konto" in answer.text
    assert user_of(organisation, "ny@habo.example") is None


@pytest.mark.feature("OX2")
def test_another_file_than_the_one_shown_is_refused(organisation: SampleOrganisation, root: Browser) -> None:
    page = preview(root, FILE.encode()).text
    other = b"Namn;E-post\r\nOnd;ond@habo.example\r\n"
    bomb = pack(b" " * 6_000_000)
    for packed in (pack(other), "", "!", pack(b""), bomb):
        answer = root.post(f"{IMPORT}/save", packed=packed, sha256=hidden(page, "sha256"))
        assert answer.status_code == 422
    assert user_of(organisation, "ond@habo.example") is None


@pytest.mark.feature("OX2")
def test_every_account_of_a_file_may_be_invited(
    organisation: SampleOrganisation, root: Browser, mails: list[Notice]
) -> None:
    page = preview(root, b"Namn;E-post\r\nNy Person;ny@habo.example\r\n").text
    fields = {"packed": hidden(page, "packed"), "sha256": hidden(page, "sha256"), "invite": "1"}
    assert root.post(f"{IMPORT}/save", **fields).status_code == 303
    assert [mail.address for mail in mails] == ["ny@habo.example"]
    assert not user_of(organisation, "ny@habo.example")["active"]


def test_long_files_are_shown_a_page_at_a_time(root: Browser) -> None:
    content = "Namn;E-post\r\n" + "".join(f"P {n};p{n}@habo.example\r\n" for n in range(120)) + "Fel;fel\r\n"
    page = preview(root, content.encode()).text
    assert "1 till 50 av 121" in page
    fields = {"packed": hidden(page, "packed"), "sha256": hidden(page, "sha256")}
    last = multipart(root, **fields, **{"from": "100"}).text
    assert "101 till 121 av 121" in last
    wrong = multipart(root, **fields, wrong="1").text
    assert "till 1 av 1" not in wrong
    assert ">122</th>" in wrong


def multipart(root: Browser, **fields: str) -> Any:
    headers = {"cookie": f"budkavle={root.cookie}", "accept": "text/html", "sec-fetch-site": "same-origin"}
    root.client.cookies.clear()
    return root.client.post(IMPORT, data={"csrf": root.csrf, **fields}, headers=headers, follow_redirects=False)


def test_the_template_is_a_file_that_can_be_read(root: Browser) -> None:
    answer = root.get(f"{IMPORT}/template.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    page = preview(root, answer.content).text
    assert "Funktionsbrevlådan Registrator finns inte." in page
    for wrong, sentence in ((b"PK\x03\x04", "arbetsbok"), (b"Namn\r\n", "saknar kolumnen e-post")):
        refused = preview(root, wrong)
        assert refused.status_code == 422
        assert sentence in refused.text


PAGES = (
    ("GET", NEW),
    ("POST", NEW),
    ("GET", IMPORT),
    ("GET", f"{IMPORT}/template.csv"),
    ("POST", f"{IMPORT}/save"),
    ("POST", IMPORT),
)


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_only_administrators_add_users(
    browse: Callable[..., Browser],
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    organisation: SampleOrganisation,
    method: str,
    path: str,
) -> None:
    before = organisation.rows("SELECT count(*) FROM users")
    for person in (case_worker, mailbox_administrator):
        browser = browse(person)
        answer = browser.get(path) if method == "GET" else browser.post(path, name="X", email="x@habo.example")
        assert answer.status_code == 403
    assert organisation.rows("SELECT count(*) FROM users") == before


@pytest.mark.parametrize("deed", ["invite", "withdraw", "reset"])
def test_accounts_of_others_are_not_found(
    root: Browser,
    browse: Callable[..., Browser],
    case_worker: SampleUser,
    colleague: SampleUser,
    other_administrator: SampleUser,
    deed: str,
) -> None:
    assert root.post(f"/organisation/users/{other_administrator.id}/{deed}").status_code == 404
    assert browse(case_worker).post(f"/organisation/users/{colleague.id}/{deed}").status_code == 403


@pytest.mark.feature("O2")
def test_all_ways_to_sign_in_are_taken_away(
    root: Browser, browse: Callable[..., Browser], platform: Platform, case_worker: SampleUser
) -> None:
    ada = browse(case_worker)
    in_work(platform, case_worker, identities.link, NewIdentity("eid", "1", "E-legitimation"))
    assert root.post(f"/organisation/users/{case_worker.id}/reset").headers["location"].endswith("?said=reset")
    assert in_work(platform, case_worker, identities.linked) == []
    begun = flow.begin(platform, "password", "b", hints={"ip": "192.0.2.1"})
    turn = flow.advance(platform, begun.flow, "b", {"email": case_worker.email, "password": PASSWORD})
    assert turn.signed_in is None
    assert ada.get("/account").status_code == 303
