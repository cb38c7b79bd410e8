"""The pages where administrators add and remove API clients, and connect to another's message service; the commands."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from joserfc.jwk import ECKey

from budkavle import Misconfigured
from budkavle.accounts.mailboxes import set_administrator
from budkavle.cli import tell
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser, browsing
from budkavle_message_api import commands
from budkavle_message_api.access import clients
from budkavle_message_api.upstream import connections

CLIENTS, SERVICE = "/plugin/message_api/clients", "/plugin/message_api/service"
KEY = ECKey.generate_key("P-256").as_pem(private=False).decode()


@pytest.fixture
def sign_in(api: Any) -> Iterator[Callable[..., Browser]]:
    with browsing(api.platform) as browser:
        yield browser


@pytest.mark.feature("O13")
def test_an_administrator_adds_and_removes_a_client(api: Any, sign_in: Any) -> None:
    """From Min organisation, with key, scopes and function addresses; what is wrong is told at its field."""
    browser = sign_in(api.habo.admin)
    assert CLIENTS in browser.get("/organisation").text
    assert "Inga API-klienter" in browser.get(CLIENTS).text
    wrong = browser.post(CLIENTS, name="", auth_ids="", keys="x")
    assert wrong.status_code == 422
    for sentence in ("Skriv ett namn", "Skriv minst en funktionsadress", "Välj minst en sak", "Nyckeln går inte"):
        assert sentence in wrong.text
    scopes = ["urn:sdk.api:getMessage", "urn:sdk.api:getMessageByFilter"]
    added = browser.post(CLIENTS, name="Diariet", auth_ids="*.habo.se\nsdk:x", keys=KEY, scopes=scopes)
    assert added.status_code == 303
    (known,) = clients.listed(api.host, api.habo.admin)
    assert (known.name, known.auth_ids, list(known.scopes)) == ("Diariet", ("*.habo.se", "sdk:x"), scopes)
    page = browser.get(added.headers["location"].partition("#")[0]).text
    assert "Klienten är tillagd." in page
    assert str(known.id) in page
    assert "https://sakert.habo.se/plugin/message_api/token" in page
    remove = f"{CLIENTS}/{known.id}/remove"
    assert "Ta bort Diariet" in browser.get(remove).text
    assert browser.post(remove).status_code == 303
    assert clients.listed(api.host, api.habo.admin) == []


@pytest.mark.feature("ZS3")
def test_an_administrator_lets_a_client_in_after_a_restore(api: Any, sign_in: Any) -> None:
    """The page says that it is shut out, and has a button; where it is let in there is none."""
    client, browser = api.client(api.habo), sign_in(api.habo.admin)
    assert "Släpp in" not in browser.get(CLIENTS).text
    api.platform.plugins.call_hook("budkavle_end_access", organisation_id=api.habo.organisation.id)
    assert "återställts från en säkerhetskopia" in browser.get(CLIENTS).text
    done = browser.post(f"{CLIENTS}/{client.known.id}/let-in")
    assert done.status_code == 303
    page = browser.get(done.headers["location"].partition("#")[0]).text
    assert "Klienten släpps in igen." in page
    assert "säkerhetskopia" not in page
    client.sign_in()


@pytest.mark.feature("F7")
def test_a_mailbox_has_clients_of_its_own(api: Any, sign_in: Any) -> None:
    """An administrator of the mailbox manages its clients alone; ordinary members and others do nothing."""
    box, path = api.habo.mailbox.id, f"{CLIENTS}?mailbox={api.habo.mailbox.id}"
    member = sign_in(api.habo.member)
    assert member.get(path).status_code == 403
    assert member.get(CLIENTS).status_code == 403
    assert member.get(f"/mailboxes/{box}/api").status_code == 403
    in_work(api.platform, api.habo.admin, set_administrator, box, api.habo.member.user_id, administrator=True)
    assert path in member.get(f"/mailboxes/{box}/api").text
    page = member.get(path)
    assert page.status_code == 200
    assert "Funktionsadresser" not in page.text
    added = member.post(CLIENTS, mailbox=str(box), name="Diariet", keys=KEY, scopes=["urn:sdk.api:getMessage"])
    assert added.status_code == 303
    (known,) = clients.listed(api.host, api.habo.admin, box)
    assert known.mailbox_id == box
    assert "Diariet" in member.get(f"/mailboxes/{box}/api").text
    whole = api.client(api.habo).known
    assert member.post(f"{CLIENTS}/{whole.id}/remove").status_code == 403
    other = sign_in(api.kisa.admin)
    for ask in (other.get, other.post):
        assert ask(f"{CLIENTS}/{known.id}/remove").status_code == 404
    assert other.get(path).status_code == 404
    assert other.get(f"{CLIENTS}?mailbox=x").status_code == 422
    assert member.post(f"{CLIENTS}/{known.id}/remove").status_code == 303


@pytest.mark.feature("MT4")
def test_an_administrator_connects_to_a_message_service(open_api: Any) -> None:
    """Where it is and who we are there; our public key is shown, the private one never."""
    api = open_api(client=True)
    with browsing(api.platform) as sign_in:
        browser = sign_in(api.habo.admin)
        assert SERVICE in browser.get("/organisation/settings").text
        assert sign_in(api.habo.member).get(SERVICE).status_code == 403
        wrong = browser.post(SERVICE, url="http://mt.example", token_url="x", client_id="")
        assert wrong.status_code == 422
        assert wrong.text.count("Adressen ska börja med https://") >= 2
        inside = browser.post(SERVICE, url="https://10.1.2.3/v1", token_url="https://127.0.0.1:9/t", client_id="mk1")
        assert inside.status_code == 422
        assert inside.text.count("private_addresses") >= 2
        saved = browser.post(SERVICE, url="https://mt.example/v1/", token_url="https://mt.example/t", client_id="mk1")
        assert saved.status_code == 303
        service = connections.of(api.host, api.habo.organisation.id)
        assert service is not None
        assert (service.url, service.deletes) == ("https://mt.example/v1", False)
        assert b"PRIVATE" not in service.sealed
        page = browser.get(SERVICE).text
        assert "kty" in page
        assert "PRIVATE" not in page
        again = browser.post(SERVICE, url="https://mt.example/v2", token_url="https://mt.example/t", client_id="mk1")
        assert again.status_code == 303
        changed = connections.of(api.host, api.habo.organisation.id)
        assert changed is not None
        assert changed.public == service.public
        assert browser.post(SERVICE, remove="1").status_code == 303
        assert connections.of(api.host, api.habo.organisation.id) is None


@pytest.mark.feature("O13")
def test_clients_are_managed_from_the_command_line(api: Any, tmp_path: Path) -> None:
    """Added with a key in a file, listed, let in after a restore, removed; without an installation, an error."""
    (tmp_path / "key.pem").write_text(KEY, "utf-8")
    slug, run = api.habo.organisation.slug, CliRunner().invoke
    group = commands.group(api.host)
    more = ["--key", str(tmp_path / "key.pem"), "--auth-id", "*"]
    added = run(group, ["add", slug, "Diariet", *more], catch_exceptions=False)
    name = added.output.strip()
    assert re.fullmatch(r"[0-9a-f-]{36}", name)
    assert f"{name}  Diariet  *  aldrig använd" in run(group, ["clients", slug], catch_exceptions=False).output
    tell.learn({"message_api": Path(commands.__file__).parent / "locale"})
    assert "never used" in run(group, ["clients", slug], env={"LANGUAGE": "en"}, catch_exceptions=False).output
    api.platform.plugins.call_hook("budkavle_end_access", organisation_id=api.habo.organisation.id)
    assert "utestängd efter en återställning" in run(group, ["clients", slug], catch_exceptions=False).output
    assert "Diariet är insläppt." in run(group, ["let-in", slug, name], catch_exceptions=False).output
    assert "utestängd" not in run(group, ["clients", slug], catch_exceptions=False).output
    assert "Diariet är borttagen." in run(group, ["remove", slug, name], catch_exceptions=False).output
    assert clients.listed(api.host, api.habo.admin) == []
    assert isinstance(run(commands.group(None), ["clients", slug]).exception, Misconfigured)
    assert "Organisationen nobody finns inte." in str(run(group, ["clients", "nobody"]).exception)
