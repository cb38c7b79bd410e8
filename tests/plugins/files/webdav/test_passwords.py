"""Application passwords: made by who has just signed in, kept as a hash, and of no use any more once they end."""

import re
from base64 import b64encode
from typing import Any

import pytest
from tests.plugins.files.conftest import Files
from tests.plugins.files.webdav.conftest import Computer, Connect

from budkavle import Conflict, Forbidden, Host, Invalid, Loa, NotFound
from budkavle.accounts import write_settings
from budkavle.identification import Limit
from budkavle.identification.administration import end_sessions, reset_methods
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.event_log import installation_entries
from budkavle_files.tree.settings import FileSettings
from budkavle_files.webdav import password_pages, server
from budkavle_files.webdav.passwords import NewPassword, create_password, end_password, list_passwords
from budkavle_files.webdav.server import PATH

PAGE = password_pages.PATH


def status(computer: Computer) -> int:
    """Return what the computer is answered."""
    return int(computer.ask("PROPFIND", "/", headers={"depth": "0"}).status_code)


def test_it_is_off_by_default(host: Host, case_worker: SampleUser, http: Any, browse: Any) -> None:
    """Nobody makes a password before the organisation has switched it on, and no page speaks of it."""
    with pytest.raises(Forbidden), host.work(case_worker.at(Loa.ONE)) as work:
        create_password(host, work, NewPassword("Dator", 30, 1))
    assert http.request("PROPFIND", PATH, headers={"depth": "0"}).status_code == 401
    browser = browse(case_worker)
    assert browser.get(PAGE).status_code == 403
    assert PAGE not in browser.get("/plugin/files").text
    assert PAGE not in browser.get("/account").text


def test_switching_off_ends_what_was_made(computer: Computer, files: Files, organisation: SampleOrganisation) -> None:
    """A password opens nothing in an organisation that has switched it off again, or that is paused."""
    assert status(computer) == 207
    with files.host.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"webdav": False})
    assert status(computer) == 401


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET active = false WHERE id = %(user)s",
        "UPDATE organisations SET state = 'paused' WHERE id = %(organisation)s",
        "UPDATE files_passwords SET expires_at = now() - interval '1 second'",
    ],
)
def test_it_ends_with_what_it_came_from(
    computer: Computer, case_worker: SampleUser, organisation: SampleOrganisation, statement: str
) -> None:
    """A closed account, a paused organisation and the password's own end: each refuses the next request."""
    assert status(computer) == 207
    with organisation.platform.database.transaction(organisation.id) as connection:
        values = {"user": case_worker.user_id, "organisation": organisation.id}
        connection.exec_driver_sql(statement, values if "%(" in statement else {})
    assert status(computer) == 401


@pytest.mark.parametrize("act", [end_sessions, reset_methods])
def test_who_is_signed_out_everywhere_is_so_on_the_computer_too(
    computer: Computer, connect: Connect, files: Files, case_worker: SampleUser, act: Any
) -> None:
    """An intruder who has made a password keeps nothing by it; one that is made afterwards opens."""
    assert status(computer) == 207
    files.do(files.organisation.administrator.at(Loa.THREE), lambda host, work: act(work, case_worker.id))
    assert status(computer) == 401
    assert [password.is_over for password in files.do(case_worker, list_passwords)] == [True]
    assert status(connect(case_worker)) == 207
    assert [password.is_over for password in files.do(case_worker, list_passwords)] == [False, True]


def test_a_removed_password_opens_nothing(
    computer: Computer, files: Files, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Its user takes it away, nobody else does; the event log has both steps and no secret."""
    (password,) = files.do(case_worker, list_passwords)
    assert status(computer) == 207
    assert files.do(colleague, list_passwords) == []
    with pytest.raises(NotFound):
        files.do(colleague, end_password, password.id)
    assert status(computer) == 207
    files.do(case_worker, end_password, password.id)
    assert status(computer) == 401
    assert {"files.password-made", "files.password-ended"} <= set(files.organisation.log_kinds())
    assert computer.secret not in "".join(files.organisation.log_entries("files.password-made"))


def test_only_a_hash_is_kept_and_the_last_use(computer: Computer, files: Files, case_worker: SampleUser) -> None:
    """The table has nothing that opens anything; the list says when the password was last used."""
    assert files.do(case_worker, list_passwords)[0].used_at is None
    assert status(computer) == 207
    assert files.do(case_worker, list_passwords)[0].used_at is not None
    (row,) = files.rows("SELECT * FROM files_passwords")
    assert computer.secret.encode() not in repr(row).encode()
    assert len(bytes(row.hash)) == 32


def test_wrong_passwords_and_names(computer: Computer) -> None:
    """What is no password, another's name and other ways of signing in let nobody in; the browser is told what will."""
    for wrong in ("", "x", "aaaa" * 15, "å"):
        answer = computer.http.request("PROPFIND", PATH, auth=(computer.user_name, wrong), headers={"depth": "0"})
        assert answer.status_code == 401, wrong
        assert answer.headers["www-authenticate"].startswith("Basic ")
    other = computer.http.request("PROPFIND", PATH, auth=("bo@habo.example", computer.secret), headers={"depth": "0"})
    assert other.status_code == 401
    upper = computer.http.request(
        "PROPFIND", PATH, auth=(computer.user_name.upper(), f" {computer.secret.upper()} "), headers={"depth": "0"}
    )
    assert upper.status_code == 207
    for header in ("Basic", "Basic %%%", "Bearer x", f"Basic {b64encode(bytes([255, 254])).decode()}"):
        answer = computer.http.request("PROPFIND", PATH, headers={"depth": "0", "authorization": header})
        assert answer.status_code == 401, header


def test_guesses_and_requests_are_limited(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who guesses is told to wait, while the true password opens; who asks too much waits as well."""
    monkeypatch.setattr(server, "WRONG", Limit(2, server.WRONG.within))
    wrong = [
        computer.http.request("PROPFIND", PATH, auth=(computer.user_name, f"x{number}")).status_code
        for number in range(4)
    ]
    assert wrong == [401, 401, 429, 429]
    assert status(computer) == 207
    monkeypatch.setattr(server, "REQUESTS", Limit(3, server.REQUESTS.within))
    assert [status(computer) for _ in range(4)][-1] == 429


REFUSED: list[tuple[NewPassword, str]] = [
    (NewPassword(" ", 30, 1), "name"),
    (NewPassword("x" * 101, 30, 1), "name"),
    (NewPassword("Dator", 31, 1), "days"),
    (NewPassword("Dator", 30, 2), "loa"),
    (NewPassword("Dator", 30, -1), "loa"),
]


def test_what_will_not_do_is_said_at_its_field(switched_on: None, host: Host, case_worker: SampleUser) -> None:
    """A password carries no more than its user has shown now."""
    del switched_on
    for new, field in REFUSED:
        with pytest.raises(Invalid) as caught, host.work(case_worker.at(Loa.ONE)) as work:
            create_password(host, work, new)
        assert set(caught.value.fields) == {field}, new


def test_there_is_an_end_to_how_many(switched_on: None, host: Host, case_worker: SampleUser) -> None:
    """Twenty at the same time, no more."""
    del switched_on
    with host.work(case_worker.at(Loa.ONE)) as work:
        for number in range(20):
            create_password(host, work, NewPassword(f"Dator {number}", 30, 1))
        with pytest.raises(Conflict):
            create_password(host, work, NewPassword("En till", 30, 1))


def test_the_page_makes_one_shows_it_once_and_takes_it_away(
    switched_on: None, files: Files, case_worker: SampleUser, colleague: SampleUser, browse: Any, http: Any
) -> None:
    """Through the pages: made, shown once, listed with name, level and end, and taken away after a question."""
    del switched_on
    browser = browse(case_worker)
    assert PAGE in browser.get("/plugin/files").text
    assert PAGE in browser.get("/account").text
    answer = browser.post(PAGE, name="", days="7", loa="3")
    assert answer.status_code == 422
    assert "Skriv ett namn" in answer.text
    made = browser.post(PAGE, name="Min bärbara", days="30", loa="0")
    assert made.status_code == 200
    secret = re.findall(r"\b[a-z2-7]{58}\b", made.text)[0]
    computer = Computer(http, case_worker.user.email, secret)
    assert status(computer) == 207
    listed = browser.get(PAGE)
    assert "Min bärbara" in listed.text
    assert secret not in listed.text
    again = browser.post(PAGE, name="min bärbara ", days="30", loa="0")
    assert again.status_code == 422, "as when the page that shows it is loaded again"
    assert "Välj ett annat namn" in again.text
    (password,) = files.do(case_worker, list_passwords)
    other = browse(colleague)
    assert other.get(f"{PAGE}/{password.id}/end").status_code == 404
    assert other.post(f"{PAGE}/{password.id}/end").status_code == 404
    assert status(computer) == 207
    assert "Min bärbara" in browser.get(f"{PAGE}/{password.id}/end").text
    assert browser.post(f"{PAGE}/{password.id}/end").status_code == 303
    assert status(computer) == 401


def test_making_one_asks_for_a_fresh_sign_in(
    switched_on: None, files: Files, case_worker: SampleUser, browse: Any, organisation: SampleOrganisation
) -> None:
    """Who signed in an hour ago shows who they are again."""
    del switched_on
    browser = browse(case_worker)
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.exec_driver_sql("UPDATE sessions SET identified_at = now() - interval '1 hour'")
    answer = browser.post(PAGE, name="Dator", days="30", loa="0")
    assert "/step-up" in str(answer.url) or answer.status_code in {303, 403}
    assert files.do(case_worker, list_passwords) == []


def test_connect_gives_each_computer_its_own(connect: Connect, case_worker: SampleUser, files: Files) -> None:
    """Two computers have two passwords, and one is taken away without the other."""
    one, two = connect(case_worker), connect(case_worker)
    newest, _ = files.do(case_worker, list_passwords)
    files.do(case_worker, end_password, newest.id)
    assert {status(one), status(two)} == {207, 401}


@pytest.mark.feature("ZS4")
def test_a_wrong_password_is_an_entry_of_the_installation(computer: Computer, files: Files) -> None:
    """Once a minute; a right one is none."""
    for secret in ("fel", "fel igen"):
        computer.http.request("PROPFIND", PATH, auth=(computer.user_name, secret), headers={"depth": "0"})
    assert status(computer) == 207
    (entry,) = installation_entries(files.host.platform, "program.refused")
    assert entry["facts"]["plugin"] == "files"


@pytest.mark.feature("ZS3")
def test_after_a_restore_no_password_opens_anything(computer: Computer, files: Files) -> None:
    """Their people make new ones."""
    assert status(computer) == 207
    platform = files.host.platform
    for organisation in platform.organisations():
        platform.plugins.call_hook("budkavle_end_access", organisation_id=organisation.id)
    assert status(computer) == 401
    assert files.rows("SELECT 1 FROM files_passwords") == []
