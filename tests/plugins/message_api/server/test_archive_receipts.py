"""An archive gives its receipts for packages by the API."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient
from tests.docs.api_fields import check_fields
from tests.plugins.records.archive.acts import begun, make_all, packages

from budkavle import Invalid, Platform, Role
from budkavle.cases import close
from budkavle.testing import in_work
from budkavle_message_api.addresses import BASE
from budkavle_message_api.api_scopes import ALL_SCOPES, ARCHIVE, REGISTER, SCOPES

HOME = "https://sakert.habo.se"
TAKEN = {"outcome": "accepted", "text": "A 2026/17", "day": "2026-11-02"}


@pytest.fixture
def api(budkavle_open: Callable[..., Platform], build_api: Callable[..., Any]) -> Iterator[Any]:
    """An API in an installation that delivers to an archive."""
    from budkavle.web.app import create_app

    platform = budkavle_open(enabled=("message_api", "records"), base_url=HOME)
    with ExitStack() as opened:
        api = build_api(platform)
        api.http = opened.enter_context(TestClient(create_app(platform), base_url=HOME))
        yield api


@pytest.fixture
def archive(api: Any) -> Any:
    """The archive's system, a client of Håbo."""
    return api.client(api.habo, name="Kommunarkivet", scopes=(ARCHIVE,)).sign_in()


def delivered(api: Any, side: Any, *, made: bool = True) -> str:
    """Let a closed case be put into a package, and return the package's id."""
    organisation, host = side.organisation, api.platform.plugins.host("records")
    side.arrive(api.kisa.address if side is api.habo else api.habo.address)
    (case,) = organisation.rows("SELECT id FROM cases")
    in_work(api.platform, side.member, close, case.id)
    transfer_id = begun(host, organisation, organisation.add_user("Sixten Sekreterare", Role.ADMIN))
    if made:
        make_all(api.platform)
    (package,) = packages(host, organisation.administrator, transfer_id)
    return str(package.id)


def ask(client: Any, method: str, name: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {client.token}"}
    return client.http.request(method, f"{BASE}/archive/packages/{name}/receipt", headers=headers, **more)


@pytest.mark.feature("ZR4")
def test_the_archive_takes_a_package(api: Any, archive: Any) -> None:
    """The same twice is one receipt; the client stands by the package and in the log."""
    name = delivered(api, api.habo)
    before = ask(archive, "GET", f"uuid-{name}")
    assert (before.status_code, before.json()["state"], before.json()["text"]) == (200, "made", ""), before.text
    for _ in range(2):
        answer = ask(archive, "PUT", f"uuid-{name}", json=TAKEN)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert (said["packageId"], said["state"], said["text"]) == (name, "accepted", "A 2026/17")
        assert said["day"] == "2026-11-02"
        check_fields("Archive receipt", said)
        assert len(said["sha256"]) == 64
    assert ask(archive, "PUT", name, json={"outcome": "accepted", "text": "A 2026/17"}).status_code == 200
    organisation = api.habo.organisation
    assert len(organisation.log_entries("records.archive-accepted")) == 1
    assert len(organisation.log_entries("api.archive-answered")) == 3


@pytest.mark.feature("ZR4")
def test_the_archive_refuses_a_package(api: Any, archive: Any) -> None:
    """It says why; taking the package afterwards corrects it."""
    name = delivered(api, api.habo)
    silent = ask(archive, "PUT", name, json={"outcome": "refused"})
    assert silent.status_code == 400
    assert "text" in silent.text
    assert ask(archive, "GET", name).json()["state"] == "made"
    said = ask(archive, "PUT", name, json={"outcome": "refused", "text": "Schemat saknas"}).json()
    assert (said["state"], said["text"]) == ("refused", "Schemat saknas")
    assert ask(archive, "PUT", name, json=TAKEN).json()["state"] == "accepted"
    assert len(api.habo.organisation.log_entries("records.archive-refused")) == 1


@pytest.mark.parametrize("change", [{"text": "A 2026/18"}, {"day": "2026-11-03"}])
def test_another_receipt_of_the_same_outcome_is_refused(api: Any, archive: Any, change: dict[str, str]) -> None:
    """Nothing is passed over in silence."""
    name = delivered(api, api.habo)
    ask(archive, "PUT", name, json=TAKEN)
    assert ask(archive, "PUT", name, json={**TAKEN, **change}).status_code == 400
    kept = ask(archive, "GET", name).json()
    assert (kept["text"], kept["day"]) == (TAKEN["text"], TAKEN["day"])


def test_a_package_that_has_not_been_made_has_no_receipt(api: Any, archive: Any) -> None:
    """The archive cannot have seen it."""
    name = delivered(api, api.habo, made=False)
    refused = ask(archive, "PUT", name, json=TAKEN)
    assert refused.status_code == 400
    assert "outcome" in refused.text
    assert ask(archive, "GET", name).json()["state"] == "waiting"


NO_RECEIPT = (
    b"",
    b"[]",
    b"{}",
    b"\xff",
    b'{"outcome": "yes"}',
    b'{"outcome": "accepted", "x": 1}',
    b'{"outcome": "accepted", "day": "2026-02-30"}',
    b'{"outcome": "accepted", "text": 17}',
)


def test_what_is_no_receipt_is_refused(api: Any, archive: Any) -> None:
    """With 400, and nothing changes."""
    name = delivered(api, api.habo)
    for content in NO_RECEIPT:
        assert ask(archive, "PUT", name, content=content).status_code == 400, content
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert ask(archive, "PUT", name, json={**TAKEN, "day": tomorrow}).status_code == 400
    assert ask(archive, "GET", name).json()["state"] == "made"


def test_who_may(api: Any, archive: Any) -> None:
    """Nobody without token or scope, no client of another organisation, and nothing that is not there."""
    name = delivered(api, api.habo)
    usual = api.client(api.habo, scopes=(*SCOPES, REGISTER)).sign_in()
    theirs = api.client(api.kisa, scopes=ALL_SCOPES).sign_in()
    for client, status in ((usual, 401), (theirs, 404)):
        assert ask(client, "GET", name).status_code == status
        assert ask(client, "PUT", name, json=TAKEN).status_code == status
    for other in (str(uuid4()), "x", f"uuid-uuid-{name}", delivered(api, api.kisa)):
        assert ask(archive, "GET", other).status_code == 404
        assert ask(archive, "PUT", other, json=TAKEN).status_code == 404
    archive.token = "x" * 40
    assert ask(archive, "PUT", name, json=TAKEN).status_code == 401
    archive.sign_in()
    assert ask(archive, "GET", name).json()["state"] == "made"


def test_no_client_of_one_mailbox_answers_for_the_archive(api: Any) -> None:
    """Its mailbox's administrator may add clients, but packages are the whole organisation's."""
    mailbox_id: UUID = api.habo.mailbox.id
    with pytest.raises(Invalid) as refused:
        api.client(api.habo, scopes=(ARCHIVE,), mailbox_id=mailbox_id, auth_ids=())
    assert "scopes" in refused.value.fields
    assert ARCHIVE not in SCOPES


def test_where_nothing_goes_to_an_archive(open_api: Callable[..., Any]) -> None:
    """Without the plugin that makes packages, there are none."""
    api = open_api()
    client = api.client(api.habo, scopes=ALL_SCOPES).sign_in()
    assert ask(client, "GET", str(uuid4())).status_code == 404
