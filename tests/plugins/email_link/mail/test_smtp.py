"""Sending to a mail server: securely or not at all, and what its replies mean for the delivery."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from budkavle import Misconfigured, Unavailable, call
from budkavle.testing.working import deliver_due
from budkavle_email_link import transport
from budkavle_email_link.mail.message import Mail
from budkavle_email_link.settings import EmailLinkSettings

USER, PASSWORD = "budkavle", "hemligt lösenord"
OpenEmailLink = Callable[..., Any]


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_tls_with_sign_in(
    open_email_link: OpenEmailLink, serve: Callable[..., Any], handler: Any, pair: Any, tls: str
) -> None:
    """STARTTLS and implicit TLS, the server's certificate judged, and a password."""
    host, port = serve(tls=tls, sign_in=tls == "starttls")
    user = {"user": USER, "password": PASSWORD} if tls == "starttls" else {}
    email_link = open_email_link(host=host, port=port, tls=tls, ca=str(pair.certificate), **user)
    message = email_link.write()
    assert email_link.delivery(message).state == "WAITING_FOR_RECEIPT"
    assert len(handler.got) == 1


@pytest.mark.parametrize(
    ("served", "wanted", "trusted"),
    [("none", "starttls", True), ("starttls", "starttls", False), ("none", "implicit", True)],
    ids=["no STARTTLS is offered", "a certificate of nobody", "no TLS at all"],
)
def test_never_less_safe_than_asked_for(
    open_email_link: OpenEmailLink,
    serve: Callable[..., Any],
    handler: Any,
    pair: Any,
    served: str,
    wanted: str,
    trusted: bool,
) -> None:
    """No mail is sent, and the delivery waits with the reason in words."""
    host, port = serve(tls=served)
    ca = {"ca": str(pair.certificate)} if trusted else {}
    email_link = open_email_link(host=host, port=port, tls=wanted, **ca)
    message = email_link.write()
    row = email_link.delivery(message)
    assert handler.got == []
    assert row.state == "WAITING_FOR_RETRY"
    assert "säkert" in row.failure or "svarar inte" in row.failure


def test_a_wrong_password_waits_for_the_right_one(
    open_email_link: OpenEmailLink, serve: Callable[..., Any], handler: Any, pair: Any
) -> None:
    """Nothing is lost while somebody mends the settings."""
    host, port = serve(tls="starttls", sign_in=True)
    email_link = open_email_link(
        host=host, port=port, tls="starttls", ca=str(pair.certificate), user=USER, password="något annat"
    )
    row = email_link.delivery(email_link.write())
    assert (row.state, handler.got) == ("WAITING_FOR_RETRY", [])
    assert "inloggningen" in row.failure


def test_no_password_in_clear() -> None:
    """A password without TLS is refused with the settings, not sent."""
    with pytest.raises(ValueError, match="starttls"):
        EmailLinkSettings(user=USER, password=PASSWORD, tls="none")


@pytest.mark.parametrize(
    ("command", "answer", "state", "words"),
    [
        ("MAIL", "451 4.3.0 later", "WAITING_FOR_RETRY", "kan inte ta emot just nu (svar 451)"),
        ("RCPT", "450 4.2.1 greylisted", "WAITING_FOR_RETRY", "kan inte ta emot just nu (svar 450)"),
        ("DATA", "452 4.3.1 full disk", "WAITING_FOR_RETRY", "kan inte ta emot just nu (svar 452)"),
        ("MAIL", "550 5.7.1 not you", "SEND_FAILURE", "avsändaradress (svar 550)"),
        ("RCPT", "550 5.1.1 no such user", "SEND_FAILURE", "E-postadressen finns inte"),
        ("RCPT", "552 5.2.2 over quota", "SEND_FAILURE", "e-postlåda är full"),
        ("DATA", "554 5.7.1 spam", "SEND_FAILURE", "tog inte emot meddelandet (svar 554)"),
    ],
)
def test_what_an_answer_means(email_link: Any, handler: Any, command: str, answer: str, state: str, words: str) -> None:
    """4xx is tried again, 5xx is parked with a sentence; neither quotes the server."""
    handler.answers[command] = [answer]
    message = email_link.write()
    row = email_link.delivery(message)
    assert row.state == state
    assert words in row.failure.replace("{code}", answer.split(maxsplit=1)[0])
    assert answer.split(maxsplit=2)[2] not in row.failure


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", ["dropping", "slow"])
def test_a_server_that_drops_or_dawdles(
    open_email_link: OpenEmailLink, mail_server: Any, handler: Any, command: str, how: str
) -> None:
    """The delivery waits, and the next try has the same link and the same name."""
    email_link = open_email_link(host=mail_server[0], port=mail_server[1], timeout_seconds=0.3)
    getattr(handler, how).add(command)
    message = email_link.write()
    assert email_link.delivery(message).state == "WAITING_FOR_RETRY"
    assert handler.got == []


def test_a_later_try_mails_the_same_link(email_link: Any, handler: Any) -> None:
    """The same address, Message-ID and bounce address, so that nobody gets two links."""
    message = email_link.write()
    email_link.organisation.rows(
        "UPDATE deliveries SET state = 'WAITING_FOR_RETRY', due_at = now() WHERE message_id = :id", id=message.id
    )
    deliver_due(email_link.platform)
    first, second = handler.got
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.sender == second.sender
    assert first.body("plain") == second.body("plain")
    assert email_link.delivery(message).state == "WAITING_FOR_RECEIPT"


def test_a_mail_that_has_gone_is_not_mailed_again_for_a_fault_of_ours(
    email_link: Any, handler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database fails between the mail server's reply and our record of it; reminders are sent all the same."""

    def stumble(*_: Any, **__: Any) -> bool:
        raise Unavailable("Databasen svarar inte.")

    monkeypatch.setattr(transport, "note_fact", stumble)
    message = email_link.write()
    email_link.organisation.make_due()
    deliver_due(email_link.platform)
    assert len(handler.got) == 1
    assert email_link.delivery(message).state == "WAITING_FOR_RECEIPT"
    assert email_link.organisation.rows("SELECT 1 FROM email_link_links WHERE remind_at > now()")


def test_connections_are_kept_for_the_next_mail(email_link: Any, handler: Any) -> None:
    """Ten mails one after the other go over one connection, also after a refusal."""
    handler.answers["RCPT"] = ["550 no"]
    for number in range(10):
        email_link.write(subject=f"Nummer {number}")
    assert len(handler.got) == 9
    assert len(handler.sessions) == 1


def test_no_more_connections_than_the_settings_allow(
    open_email_link: OpenEmailLink, mail_server: Any, handler: Any
) -> None:
    """Many mails at once share them."""
    email_link = open_email_link(host=mail_server[0], port=mail_server[1], connections=2)
    email_link.write()
    link = handler.got[0]
    post = email_link.platform.plugins.transports["link"]._post
    mail = Mail(link.recipients[0], "Håbo kommun", "Ämne", "Text", "<p>Text</p>", "id@habo.example")
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: post.send(mail), range(12)))
    assert len(handler.got) == 13
    assert len(handler.sessions) <= 2


def test_a_kept_connection_that_the_server_has_closed(email_link: Any, handler: Any) -> None:
    """It is found out before the mail is tried on it."""
    email_link.write()
    mailer = email_link.platform.plugins.transports["link"]._post.mailer
    for client, _ in mailer._idle:
        client.transport.get_extra_info("socket").shutdown(2)
    email_link.write()
    assert len(handler.got) == 2


def test_nobody_there(open_email_link: OpenEmailLink) -> None:
    """A server that is down is tried again."""
    email_link = open_email_link(host="127.0.0.1", port=9)
    row = email_link.delivery(email_link.write())
    assert (row.state, row.failure) == ("WAITING_FOR_RETRY", "E-postservern svarar inte. Vi försöker igen.")


def test_dkim_verifies(open_email_link: OpenEmailLink, mail_server: Any, handler: Any) -> None:
    """With a key in the settings each mail is signed so that its receiver can tell (RFC 6376)."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    email_link = open_email_link(host=mail_server[0], port=mail_server[1], dkim_key=pem.decode(), dkim_selector="s1")
    email_link.write(open_text="Räksmörgås · 🔒")
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    (got,) = handler.got
    assert dkim.verify(got.raw, dnsfunc=dns)
    assert asked == [b"s1._domainkey.habo.example."]
    assert not dkim.verify(got.raw.replace(b"habo.example/l/", b"habo.evil.example/l/"), dnsfunc=dns)


def test_a_key_that_is_none(open_email_link: OpenEmailLink, mail_server: Any, handler: Any) -> None:
    """The delivery waits; no mail leaves unsigned."""
    email_link = open_email_link(host=mail_server[0], port=mail_server[1], dkim_key="inte en nyckel")
    assert email_link.delivery(email_link.write()).state == "WAITING_FOR_RETRY"
    assert handler.got == []


def test_the_server_can_be_asked_whether_it_is_well(email_link: Any, handler: Any) -> None:
    """What the health page does."""
    mailer = email_link.platform.plugins.transports["link"]._post.mailer
    call(mailer.ask)
    call(mailer.ask)
    assert handler.got == []


def test_settings_that_cannot_work_are_refused(open_email_link: OpenEmailLink) -> None:
    """A sender that is no address."""
    with pytest.raises(Misconfigured, match="sender"):
        open_email_link(sender="habo.example")
