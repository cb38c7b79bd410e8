"""What every SCIM client counts on: versions, pages, filters, and errors in SCIM's form, whatever went wrong."""

from collections.abc import Callable
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from tests.plugins.scim.conftest import ERROR, USER, Directory

from budkavle.testing import SampleOrganisation
from budkavle_scim.server import users

REFUSED: tuple[tuple[str, str, bytes | None, int], ...] = (
    ("GET", "/Users/0b6f2a34-8c1e-4d68-9a0b-0d5a3a0a7f11", None, 404),
    ("GET", "/Users/x", None, 404),
    ("GET", "/Nobody", None, 404),
    ("GET", "/Schemas/urn:nobody", None, 404),
    ("GET", "/Users/a/b", None, 404),
    ("POST", "/Users/x", b"{}", 405),
    ("PATCH", "/Users", b"{}", 405),
    ("OPTIONS", "/Users", None, 405),
    ("POST", "/Schemas", b"{}", 405),
    ("POST", "/Users", b"{", 400),
    ("POST", "/Users", b"[]", 400),
    ("POST", "/Users", b"\xff\xfe", 400),
    ("POST", "/Users", b'{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}', 400),
    ("POST", "/Users", b'{"userName": "a\\u0000b"}', 400),
    ("POST", "/Users", b'{"userName": "a\\ud800b"}', 400),
    ("POST", "/Groups", b'{"displayName": "a\\u0000b"}', 400),
    ("GET", '/Users?filter=userName+eq+"a%00b"', None, 400),
    ("GET", "/Users?count=x", None, 400),
    ("GET", "/Users?startIndex=99999999999999999999", None, 400),
    ("GET", "/Users?filter=userName+eq", None, 400),
    ("GET", '/Users?filter=title+co+"x"', None, 400),
    ("GET", '/Users?filter=userName+co+"x"', None, 400),
    ("GET", "/Users?filter=userName+pr", None, 400),
    ("GET", '/Users?filter=not+(userName+eq+"x")', None, 400),
    ("GET", '/Users?filter=emails[type+eq+"home"].value+eq+"x"', None, 400),
    ("GET", "/Users?cursor=x", None, 400),
    ("GET", "/Schemas?filter=a", None, 403),
    ("POST", "/Bulk", b"{}", 501),
    ("POST", "/.search", b"{}", 501),
    ("GET", "/Me", None, 501),
)
"""Method, path, body, and the status of the refusal."""


def test_each_refusal_is_an_error_of_scim(directory: Directory) -> None:
    """Never a page, and never a problem of the kind that the rest of the installation has."""
    for method, path, content, status in REFUSED:
        answer = directory.ask(method, path, content=content)
        assert answer.status_code == status, (method, path, content, answer.text)
        assert answer.headers["content-type"].startswith("application/scim+json")
        assert (answer.json()["schemas"], answer.json()["status"]) == ([ERROR], str(status))


def test_nobody_is_let_in_without_a_token(directory: Directory) -> None:
    """Whatever the path: who has no token learns nothing of what is there."""
    for header, path in product(
        ("", "Bearer", "Bearer no", "Basic YTpi"), ("/Users", "/ServiceProviderConfig", "/Nobody")
    ):
        answer = directory.ask("GET", path, headers={"Authorization": header})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["schemas"] == [ERROR]


def test_what_is_our_fault_is_an_error_of_scim_and_tells_nothing(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log has where; the directory has 500."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("anna@kommun.example")

    monkeypatch.setattr(users, "read", broken)
    answer = directory.get(f"/Users/{uuid4()}")
    assert (answer.status_code, answer.json()["schemas"]) == (500, [ERROR])
    assert "anna" not in answer.text


def test_a_version_is_told_and_judged(directory: Directory) -> None:
    """`If-None-Match` saves a body, `If-Match` a change that somebody has made meanwhile."""
    path = directory.add_user("anna")
    tag = directory.get(path).headers["etag"]
    assert directory.ask("GET", path, headers={"If-None-Match": tag}).status_code == 304
    operation = {"op": "replace", "path": "title", "value": "x"}
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    changed = directory.ask("PATCH", path, json=body, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    for method in ("PATCH", "PUT", "DELETE"):
        assert directory.ask(method, path, json=body, headers={"If-Match": tag}).status_code == 412
    assert directory.get(path).headers["etag"] == changed.headers["etag"]


@pytest.mark.parametrize("make", [lambda directory, name: directory.add_user(name), Directory.add_group])
def test_pages_by_index_and_by_cursor_hold_each_once(
    directory: Directory, make: Callable[[Directory, str], str]
) -> None:
    """In a stable order; `count=0` gives the total alone."""
    paths = {make(directory, f"namn{number}") for number in range(7)}
    kind = next(iter(paths)).split("/")[1]
    by_index = []
    for start in (0, 4, 7):
        page = directory.get(f"/{kind}", startIndex=start, count=3).json()
        assert page["totalResults"] == 7
        assert page["startIndex"] == max(1, start)
        by_index += [f"/{kind}/{one['id']}" for one in page["Resources"]]
    assert set(by_index) == paths
    assert len(by_index) == 7
    by_cursor, cursor = [], ""
    while cursor is not None:
        page = directory.get(f"/{kind}", cursor=cursor, count=3).json()
        by_cursor += [f"/{kind}/{one['id']}" for one in page["Resources"]]
        cursor = page.get("nextCursor")
    assert by_cursor == by_index
    empty = directory.get(f"/{kind}", count=0).json()
    assert (empty["totalResults"], empty.get("Resources", [])) == (7, [])
    searched = directory.post(f"/{kind}/.search", {"count": 2, "startIndex": 2}).json()
    assert [f"/{kind}/{one['id']}" for one in searched["Resources"]] == by_index[1:3]


def test_a_name_and_an_address_are_had_once(directory: Directory, other_organisation: SampleOrganisation) -> None:
    """409 `uniqueness`, whoever has it: another user of the directory, or an account elsewhere in the installation."""
    directory.add_user("anna")
    for body in (
        {"userName": "ANNA@Kommun.example"},
        {"userName": "x", "emails": [{"type": "work", "value": "anna@kommun.example"}]},
        {"userName": other_organisation.case_worker.email},
    ):
        answer = directory.post("/Users", {"schemas": [USER], **body})
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness"), answer.text


def test_a_user_without_an_address_has_an_account_once_it_comes(directory: Directory) -> None:
    """Nobody is made who could not be told from others."""
    path = f"/Users/{directory.post('/Users', {'schemas': [USER], 'userName': 'anna'}).json()['id']}"
    assert directory.account("anna") is None
    mail = [{"type": "work", "value": "anna@kommun.example"}]
    assert directory.patch(path, {"op": "add", "path": "emails", "value": mail}).status_code == 200
    assert directory.account("anna").source == "scim"


def test_an_account_made_by_hand_is_taken_over(directory: Directory) -> None:
    """The same person keeps their mailbox and their messages."""
    made = directory.organisation.add_user("Anna", email="anna@kommun.example")
    directory.add_user("anna")
    account = directory.account("anna")
    assert (account.id, account.source) == (made.id, "scim")
    assert "user.taken-over" in directory.organisation.log_kinds()


def test_what_was_closed_by_hand_stays_closed(directory: Directory) -> None:
    """A new name opens nobody; only the directory's own word does."""
    path = directory.add_user("anna")
    directory.organisation.rows("UPDATE users SET active = false WHERE email = 'anna@kommun.example'")
    assert directory.patch(path, {"op": "replace", "path": "displayName", "value": "Anna B"}).status_code == 200
    account = directory.account("anna")
    assert (account.name, account.active) == ("Anna B", False)


def test_what_more_is_said_of_a_person_is_sealed(directory: Directory) -> None:
    """It comes back whole, and stands nowhere in the database in plain."""
    path = directory.add_user("anna", title="Förtrolig titel", phoneNumbers=[{"type": "work", "value": "+46 8 123"}])
    assert directory.get(path).json()["title"] == "Förtrolig titel"
    (row,) = directory.organisation.rows("SELECT s::text AS whole, sealed FROM scim_users s")
    assert "Förtrolig" not in row.whole
    assert "Förtrolig".encode() not in bytes(row.sealed)


@pytest.mark.feature("OX1")
def test_a_token_reaches_its_own_organisation_alone(
    directory: Directory, connect: Callable[[SampleOrganisation], Directory], other_organisation: SampleOrganisation
) -> None:
    """By id, by filter, by list and as a member: nothing of another organisation is there."""
    theirs = connect(other_organisation)
    user, mine = directory.add_user("anna"), theirs.add_user("bo")
    group = directory.add_group("Grupp", user)
    for path in (user, group):
        assert theirs.get(path).status_code == 404
        assert theirs.delete(path).status_code == 404
        assert theirs.put(path, {"schemas": [USER], "userName": "x", "displayName": "x"}).status_code == 404
        assert theirs.patch(path, {"op": "replace", "path": "displayName", "value": "x"}).status_code == 404
    assert theirs.get("/Users", filter='userName eq "anna@kommun.example"').json()["totalResults"] == 0
    assert theirs.get("/Groups").json()["totalResults"] == 0
    own = theirs.add_group("Egen", mine, user)
    assert [one["value"] for one in theirs.get(own).json()["members"]] == [mine.rpartition("/")[2]]


def test_the_last_administrator_is_not_closed(directory: Directory) -> None:
    """409, and the event log says that the directory was refused."""
    administrator = directory.organisation.administrator
    body = {"schemas": [USER], "userName": administrator.email, "displayName": administrator.name}
    made = directory.post("/Users", body)
    path = f"/Users/{made.json()['id']}"
    for answer in (directory.patch(path, {"op": "replace", "value": {"active": False}}), directory.delete(path)):
        assert (answer.status_code, answer.json()["schemas"]) == (409, [ERROR])
    assert directory.get(path).json()["active"] is True
    assert directory.organisation.log_kinds().count("scim.refused") == 2


def test_the_log_holds_no_personal_data(directory: Directory, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the process's log nor the directory's own entries in the event log tell an address."""
    path = directory.add_user("anna")
    directory.patch(path, {"op": "replace", "path": "displayName", "value": "Anna Hemlig"})
    directory.delete(path)
    said: Any = capsys.readouterr()
    assert "anna@kommun" not in said.err + said.out
    kinds = ("user.created", "user.changed", "user.closed")
    assert not [line for kind in kinds for line in directory.organisation.log_entries(kind) if "anna@kommun" in line]


def test_an_export_has_what_the_directory_said(directory: Directory) -> None:
    """The document of a user in clear; no token."""
    directory.add_user("anna", title="Handläggare")
    (user,) = directory.organisation.exported("scim_users")
    assert user["sealed"]["title"] == "Handläggare"
    assert all("hash" not in token for token in directory.organisation.exported("scim_tokens"))
