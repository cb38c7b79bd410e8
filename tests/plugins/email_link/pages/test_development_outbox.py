"""The development outbox: mails are shown to administrators, stored sealed, and only if the settings choose it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle import Loa, Role
from budkavle.accounts import create_user
from budkavle.identification.outcome import SignedIn
from budkavle.identification.sessions import start
from budkavle.operations.health import check_all
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.web.app import create_app
from budkavle_email_link.mail.outbox import KEPT, Outbox


@contextmanager
def signed_in(email_link: Any, role: Role) -> Iterator[TestClient[Any]]:
    """The browser of somebody with this role."""
    system = system_actor(email_link.organisation.id, "Provaren")
    email = f"{role.value}@habo.example"
    user = in_work(
        email_link.platform, system, create_user, email=email, name="Root", password="tolv tecken minst", role=role
    )
    cookie = start(email_link.platform, SignedIn(user, Loa.TWO, "password", "/"))
    with TestClient(create_app(email_link.platform), base_url="http://127.0.0.1") as client:
        client.cookies.set("budkavle", cookie)
        client.headers["accept"] = "text/html"
        yield client


def test_administrators_see_the_mails(open_email_link: Callable[..., Any]) -> None:
    """With their links, to walk the whole way in the demo; others see nothing."""
    email_link = open_email_link(base_url="http://127.0.0.1", host="outbox")
    message = email_link.write(open_text="Öppet <script>")
    assert email_link.delivery(message).state == "WAITING_FOR_RECEIPT"
    with signed_in(email_link, Role.ADMIN) as client:
        listed = client.get("/plugin/email_link/outbox")
        assert "Håbo kommun har skickat dig ett säkert meddelande" in listed.text
        (url,) = re.findall(r'href="(/plugin/email_link/outbox/\d+)"', listed.text)
        mail = client.get(url)
        assert re.search(r'href="http://127.0.0.1/l/[\w-]{43}"', mail.text)
        assert "Öppet &lt;script&gt;" in mail.text
        assert client.get("/plugin/email_link/outbox/4711").status_code == 404
    with signed_in(email_link, Role.USER) as client:
        assert client.get("/plugin/email_link/outbox").status_code == 403


def test_it_is_sealed(open_email_link: Callable[..., Any]) -> None:
    """The table contains neither address nor link in clear, and the oldest mails are deleted."""
    email_link = open_email_link(host="outbox")
    email_link.write()
    (row,) = email_link.organisation.rows("SELECT * FROM email_link_outbox")
    for secret in (b"maria", b"/l/"):
        assert secret not in bytes(row.sealed)
    outbox = Outbox(email_link.host)
    mail = outbox.latest()[0].mail
    for _ in range(KEPT + 3):
        outbox.add(mail)
    assert len(email_link.organisation.rows("SELECT id FROM email_link_outbox")) == KEPT


def test_without_a_mail_server_nothing_seems_sent(open_email_link: Callable[..., Any]) -> None:
    """The delivery waits with the reason, and nobody is told that a mail has gone."""
    email_link = open_email_link()
    row = email_link.delivery(email_link.write())
    assert (row.state, row.notified_at) == ("WAITING_FOR_RETRY", None)
    assert "Ingen e-postserver är vald" in row.failure
    assert Outbox(email_link.host).latest() == []


@pytest.mark.parametrize("host", ["", "127.0.0.1"])
def test_it_is_not_there_unless_chosen(open_email_link: Callable[..., Any], host: str) -> None:
    """Neither with a mail server nor where none is set."""
    email_link = open_email_link(base_url="http://127.0.0.1", host=host)
    with signed_in(email_link, Role.PLATFORM) as client:
        assert client.get("/plugin/email_link/outbox").status_code == 404


@pytest.mark.parametrize(
    ("settings", "ok"), [({"host": "outbox"}, True), ({}, False), ({"host": "127.0.0.1", "port": 9}, False)]
)
def test_the_health_page_tells(open_email_link: Callable[..., Any], settings: dict[str, Any], ok: bool) -> None:
    """Chosen outbox, no mail server, and one that does not answer."""
    email_link = open_email_link(**settings)
    (mail,) = [one for one in check_all(email_link.platform, None) if one.name == "E-post"]
    assert mail.ok is ok
    assert str(mail)


def test_a_mail_server_that_is_well(email_link: Any) -> None:
    """It was asked, and nothing was sent."""
    assert [one.ok for one in check_all(email_link.platform, None) if one.name == "E-post"] == [True]


def test_a_folder_of_bounces_that_is_not_there(open_email_link: Callable[..., Any], tmp_path: Any) -> None:
    """Then wrong addresses would go unnoticed."""
    email_link = open_email_link(host="outbox", bounces=str(tmp_path / "ingen"))
    assert [one.ok for one in check_all(email_link.platform, None) if one.name == "E-post"] == [True, False]
