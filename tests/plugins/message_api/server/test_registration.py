"""A case system reads what is to be registered, and writes its number back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import TestClient
from tests.docs.api_fields import check_fields

from budkavle import Platform
from budkavle.accounts import write_settings
from budkavle.testing import do_job
from budkavle_message_api.addresses import BASE
from budkavle_message_api.api_scopes import ALL_SCOPES, REGISTER, SCOPES

HOME = "https://sakert.habo.se"


@pytest.fixture
def api(budkavle_open: Callable[..., Platform], build_api: Callable[..., Any]) -> Iterator[Any]:
    """An API in an installation that registers."""
    from budkavle.web.app import create_app
    from budkavle_records.registration.settings import RegistrationSettings

    platform = budkavle_open(enabled=("message_api", "records"), base_url=HOME)
    with ExitStack() as opened:
        api = build_api(platform)
        api.http = opened.enter_context(TestClient(create_app(platform), base_url=HOME))
        do_job(platform, "records.registration")
        for side in (api.habo, api.kisa):
            with platform.work(side.admin) as work:
                write_settings(work, RegistrationSettings, {"on": True})
        yield api


def arrived(api: Any, side: Any) -> str:
    """Let a message come, and return its id in the API."""
    side.arrive(api.kisa.address if side is api.habo else api.habo.address)
    do_job(api.platform, "records.registration")
    rows = side.organisation.rows("SELECT id FROM messages ORDER BY created_at DESC LIMIT 1")
    return str(rows[0].id)


def ask(client: Any, method: str, name: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {client.token}"}
    return client.http.request(method, f"{BASE}/messages/{name}/registration", headers=headers, **more)


@pytest.fixture
def system(api: Any) -> Any:
    """Håbo's case system."""
    return api.client(api.habo, name="Platina", scopes=ALL_SCOPES).sign_in()


@pytest.mark.feature("ZR2")
def test_the_number_is_written_back(api: Any, system: Any) -> None:
    """The same twice is one decision; the client stands in the history and the log."""
    name = arrived(api, api.habo)
    before = ask(system, "GET", name)
    assert before.status_code == 200, before.text
    assert before.json()["outcome"] is None
    body = {"outcome": "registered", "number": "KS 2026/17", "about": "Bygglov"}
    for _ in range(2):
        answer = ask(system, "PUT", name, json=body)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert (said["messageId"], said["number"], said["late"]) == (name, "KS 2026/17", False)
        check_fields("Registration", said)
    organisation = api.habo.organisation
    assert len(organisation.rows("SELECT 1 FROM records_registration_log")) == 1
    assert len(organisation.log_entries("records.registered")) == 1
    assert len(organisation.log_entries("api.registered")) == 2


@pytest.mark.feature("ZR2")
def test_another_number_needs_a_reason(api: Any, system: Any) -> None:
    """Then it is a correction, and the first stays in the history."""
    name = arrived(api, api.habo)
    ask(system, "PUT", name, json={"outcome": "registered", "number": "KS 2026/17"})
    refused = ask(system, "PUT", name, json={"outcome": "registered", "number": "KS 2026/18"})
    assert refused.status_code == 400
    assert "reason" in refused.text
    body = {"outcome": "registered", "number": "KS 2026/18", "reason": "Slogs ihop"}
    assert ask(system, "PUT", name, json=body).json()["number"] == "KS 2026/18"
    assert ask(system, "PUT", name, json=body).status_code == 200
    assert len(api.habo.organisation.rows("SELECT 1 FROM records_registration_log")) == 2


NO_DECISION = (b"", b"[]", b"{}", b"\xff", b'{"outcome": "yes"}', b'{"outcome": "registered"}')
NO_DECISION += (b'{"outcome": "minor", "x": 1}',)


def test_what_is_no_decision_is_refused(api: Any, system: Any) -> None:
    """With 400, and nothing changes."""
    name = arrived(api, api.habo)
    for content in NO_DECISION:
        assert ask(system, "PUT", name, content=content).status_code == 400, content
    assert ask(system, "GET", name).json()["outcome"] is None


def test_who_may(api: Any, system: Any) -> None:
    """Nobody without token or scope, no client of another organisation, and nothing that is not there."""
    name, body = arrived(api, api.habo), {"outcome": "registered", "number": "KS 2026/17"}
    usual, theirs = api.client(api.habo, scopes=SCOPES).sign_in(), api.client(api.kisa, scopes=ALL_SCOPES).sign_in()
    elsewhere = api.habo.organisation.add_mailbox("Annan", api.habo.member)
    limited = api.client(api.habo, scopes=(REGISTER,), mailbox_id=elsewhere.id).sign_in()
    for client, status in ((usual, 401), (theirs, 404), (limited, 404)):
        assert ask(client, "GET", name).status_code == status
        assert ask(client, "PUT", name, json=body).status_code == status
    system.token = "x" * 40
    assert ask(system, "PUT", name, json=body).status_code == 401
    system.sign_in()
    for other in (str(uuid4()), "x", arrived(api, api.kisa)):
        assert ask(system, "PUT", other, json=body).status_code == 404
    assert ask(system, "GET", name).json()["outcome"] is None


def test_where_nothing_is_registered(open_api: Callable[..., Any]) -> None:
    """Without the plugin that keeps it, the message is not to be registered."""
    api = open_api()
    client = api.client(api.habo, scopes=ALL_SCOPES).sign_in()
    api.habo.arrive(api.kisa.address)
    rows = api.habo.organisation.rows("SELECT id FROM messages")
    assert ask(client, "GET", str(rows[0].id)).status_code == 404
