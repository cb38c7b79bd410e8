"""An organisation's own mail server, or a mailbox's: used for its mails, and tested step by step."""

import base64
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dkim
import dns.message
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec.structs import replace

from budkavle import Address, BudkavleError, Draft, Invalid, Loa, Platform, SettingsSection
from budkavle.accounts import add_members, create_mailbox, write_settings
from budkavle.deliveries.destinations.naming import number_of
from budkavle.messaging import send
from budkavle.notices import Notice, NoticeKind, notify
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import SettingsSectionContract
from budkavle.testing.working import deliver_due, do_job
from budkavle_email_link.mail import dns_records
from budkavle_email_link.mail.own_server import try_server
from budkavle_email_link.mail.server_settings import MailServer

HOST = "127.0.0.1"
USER, PASSWORD = "budkavle", "hemligt lösenord"
SENDER = "meddelande@kommun.example"
ASKS = "ada@kommun.example"
OTHER_KIND = "MA0wBQYDKgMEAwQAAQID"
"""A public key of an algorithm that does not exist, in DER and base64."""


def new_key(bits: int = 2048) -> tuple[str, str]:
    """A private key as PEM, and its public half as the DNS has it."""
    key = rsa.generate_private_key(65537, bits)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.private_bytes(*form).decode(), base64.b64encode(public).decode()


@pytest.fixture(scope="module")
def key() -> tuple[str, str]:
    return new_key()


def cut(text: str) -> str:
    """A text as a zone has it: in pieces of at most 255 octets."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))


@pytest.fixture
def zone(key: tuple[str, str]) -> dict[str, list[str]]:
    """What the DNS says, by name; an empty list gives no answer at all."""
    return {
        "kommun.example": ['"v=spf1 include:_spf.moln.example mx -all"', '"annat"'],
        "_spf.moln.example": ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
        "budkavle._domainkey.kommun.example": [cut(f"v=DKIM1; k=rsa; p={key[1]}")],
        "_dmarc.kommun.example": ['"v=DMARC1; p=reject; rua=mailto:d@kommun.example"'],
    }


@pytest.fixture
def name_server(zone: dict[str, list[str]]) -> Iterator[str]:
    """A name server of the test's own."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked = dns.message.from_wire(self.request[0])
            answer = dns.message.make_response(asked)
            name = str(asked.question[0].name).lower().rstrip(".")
            if zone.get(name) == []:
                return
            if name in zone:
                answer.answer.append(dns.rrset.from_text_list(f"{name}.", 60, "IN", "TXT", zone[name]))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.request[1].sendto(answer.to_wire(), self.client_address)

    server = socketserver.ThreadingUDPServer((HOST, 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"{HOST}:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def office(budkavle_open: Callable[..., Platform], open_email_link: Callable[..., Any], name_server: str) -> Any:
    """An installation whose own mail server answers nobody; organisations may reach this machine."""
    return open_email_link(host="mail.invalid", name_server=name_server, private=(HOST,))


@pytest.fixture
def server(serve: Callable[..., Any], pair: Any, key: tuple[str, str]) -> Callable[..., MailServer]:
    """Run a mail server with STARTTLS and sign-in, or as it is asked for, and say how to reach it."""

    def make(runs: str = "starttls", *, sign_in: bool = True, offers: bool = True, **values: Any) -> MailServer:
        host, port = serve(tls=runs, sign_in=sign_in, offers=offers)
        usual = {
            "host": host,
            "port": port,
            "tls": "implicit" if runs == "implicit" else "starttls",
            "ca": pair.certificate.read_text(),
            "user": USER if sign_in else "",
            "password": PASSWORD if sign_in else "",
            "sender": SENDER,
            "dkim_key": key[0].replace("\n", ""),
        }
        return MailServer(**{**usual, **values})

    return make


def tell(office: Any, server: MailServer) -> tuple[list[str], str]:
    """The sentences of the steps that went well, and the fault; empty where there is none."""
    told: list[str] = []
    try:
        for sentence in try_server(office.host, server, ASKS):
            told.append(str(sentence))  # noqa: PERF401 - what came before a fault is kept
    except BudkavleError as error:
        return told, str(error)
    return told, ""


def choose(office: Any, server: MailServer, mailbox_id: Any = None) -> None:
    """Save a server for the organisation, or a mailbox."""
    values = {name: getattr(server, name) for name in server.__struct_fields__}
    with office.platform.work(office.organisation.administrator) as work:
        write_settings(work, MailServer, values, mailbox_id=mailbox_id)


@pytest.mark.feature("O15")
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_all_steps_are_told_and_the_mail_comes_signed(
    office: Any, server: Callable[..., MailServer], handler: Any, key: tuple[str, str], tls: str
) -> None:
    """From connecting to the last answer, then SPF, DKIM and DMARC; the mail has our key's signature."""
    told, fault = tell(office, server(tls, sign_in=tls == "starttls"))
    assert fault == ""
    assert told[0].startswith("Servern 127.0.0.1 tar emot anslutningar")
    assert told[-4:] == [
        "Servern har tagit emot mejlet.",
        "SPF för kommun.example finns.",
        "DKIM för kommun.example finns, och nyckeln i DNS är den som vi signerar med.",
        "DMARC för kommun.example finns: mejl som inte klarar kontrollen avvisas.",
    ]
    (mail,) = handler.got
    assert (mail.sender, mail.recipients) == (SENDER, [ASKS])
    found = f"v=DKIM1; k=rsa; p={key[1]}".encode()
    assert dkim.verify(mail.raw, dnsfunc=lambda *_, **__: found)


@pytest.mark.feature("O15")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # aiosmtpd leaves broken handshakes open
@pytest.mark.parametrize(
    ("options", "values", "answers", "last", "fault"),
    [
        ({}, {"host": "finns-inte.invalid"}, {}, "", "Namnet finns-inte.invalid går inte att slå upp"),
        ({}, {"port": 1}, {}, "", "tar inte emot anslutningar på port 1"),
        (
            {"runs": "implicit", "sign_in": False},
            {"tls": "starttls"},
            {},
            "tar emot anslutningar",
            "hälsar inte. Har porten TLS",
        ),
        ({}, {"tls": "implicit"}, {}, "tar emot anslutningar", "talar inte TLS från början"),
        ({"runs": "none", "sign_in": False}, {}, {}, "Servern hälsar.", "erbjuder inte STARTTLS"),
        ({}, {"ca": ""}, {}, "låter oss kryptera", "certifikat som inte godtas"),
        ({"offers": False}, {}, {}, "krypterad", "ingen inloggning"),
        ({}, {"password": "fel"}, {}, "krypterad", "godtar inte användarnamnet och lösenordet (svar 535)"),
        ({}, {}, {"MAIL": ["530 not yours"]}, "godtar användarnamnet", "godtar inte avsändaren"),
        ({}, {}, {"RCPT": ["524 expansion problem"]}, "godtar avsändaren", "E-postadressen finns inte"),
        ({}, {}, {"DATA": ["552 too big"]}, "beredd att ta emot", "tog inte emot meddelandet"),
    ],
)
def test_a_fault_names_its_step(
    office: Any,
    server: Callable[..., MailServer],
    handler: Any,
    options: dict[str, Any],
    values: dict[str, Any],
    answers: dict[str, list[str]],
    last: str,
    fault: str,
) -> None:
    """The step decides, whatever code the server replies; the earlier steps are shown."""
    handler.answers.update(answers)
    told, said = tell(office, server(**options, **values))
    assert fault in said
    assert last in (told[-1] if told else "")
    assert handler.got == []


@pytest.mark.feature("O15")
def test_a_wrong_password_is_tried_once(
    office: Any, server: Callable[..., MailServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers lock accounts after a few tries."""
    tries: list[str] = []
    import smtplib

    docmd = smtplib.SMTP.docmd

    def count(self: Any, command: str, words: str = "") -> Any:
        tries.extend([command] if command == "AUTH" else [])
        return docmd(self, command, words)

    monkeypatch.setattr(smtplib.SMTP, "docmd", count)
    tell(office, server(password="fel"))
    assert tries == ["AUTH"]


@pytest.mark.feature("O15")
def test_a_server_inside_is_not_reached(
    open_email_link: Callable[..., Any], server: Callable[..., MailServer], handler: Any, name_server: str
) -> None:
    """An internal address is refused when connecting (ADR 029), for a mail as for the test."""
    office = open_email_link(host="mail.invalid", name_server=name_server)
    made = server()
    told, fault = tell(office, made)
    assert told == []
    assert "internt nät" in fault
    choose(office, made)
    message = office.write()
    assert "internt nät" in office.organisation.deliveries(message)[0].failure or handler.sessions == set()
    assert handler.got == []


@pytest.mark.feature("O15")
@pytest.mark.parametrize(
    ("records", "fault"),
    [
        ({"kommun.example": ['"annat"']}, "SPF saknas"),
        ({"kommun.example": ['"v=spf1 -all"', '"v=spf1 mx -all"']}, "har 2 poster för SPF"),
        ({"kommun.example": ['"v=spf1 include:kommun.example -all"']}, "fler än tio uppslag"),
        ({"_spf.moln.example": ['"annat"']}, "hänvisar till _spf.moln.example"),
        ({"kommun.example": []}, "Namnservern svarar inte om kommun.example"),
        ({"budkavle._domainkey.kommun.example": ['"annat=1"']}, "är återkallad"),
        ({"budkavle._domainkey.kommun.example": None}, "Lägg in den som TXT på budkavle._domainkey"),
        ({"budkavle._domainkey.kommun.example": [cut(f"p={new_key(1024)[1]}")]}, "har 1024 bitar"),
        ({"budkavle._domainkey.kommun.example": [cut(f"p={new_key()[1]}")]}, "en annan än den som vi signerar med"),
        ({"budkavle._domainkey.kommun.example": [cut(f"p={new_key()[1][:250]}")]}, "går inte att läsa"),
        ({"budkavle._domainkey.kommun.example": [f'"p={OTHER_KIND}"']}, "går inte att läsa"),
        ({"_dmarc.kommun.example": None}, "DMARC saknas"),
        ({"_dmarc.kommun.example": ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"']}, "har flera poster"),
    ],
)
def test_what_the_dns_says_wrongly_is_told_in_words(
    name_server: str,
    zone: dict[str, Any],
    key: tuple[str, str],
    records: dict[str, Any],
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With what to do; one fault does not affect the other two checks."""
    monkeypatch.setattr(dns_records, "SECONDS", 1.0)
    for name, texts in records.items():
        zone.pop(name)
        zone.update({} if texts is None else {name: texts})
    server = MailServer(host="x", sender=SENDER, dkim_key=key[0])
    verdicts = list(dns_records.verdicts(server, dns_records.resolver(name_server)))
    assert [fault in str(verdict.sentence) for verdict in verdicts if not verdict.ok] == [True]


@pytest.mark.feature("O15")
def test_dmarc_is_inherited_from_above(name_server: str, zone: dict[str, list[str]]) -> None:
    """With the policy for names below (RFC 9989)."""
    zone["_dmarc.kommun.example"] = ['"v=DMARC1; p=reject; sp=quarantine"']
    server = MailServer(host="x", sender="a@post.kommun.example")
    *_, verdict = dns_records.verdicts(server, dns_records.resolver(name_server))
    told = (
        "DMARC för post.kommun.example ärvs från kommun.example: mejl som inte klarar kontrollen hamnar i skräpposten."
    )
    assert str(verdict.sentence) == told


@pytest.mark.feature("O15", "F6")
def test_mails_go_by_the_mailboxs_server_else_the_organisations(
    office: Any, server: Callable[..., MailServer], handler: Any
) -> None:
    """A mail from a mailbox with its own server has that server's sender; all others have the organisation's."""
    made = server()
    choose(office, made)
    office.write()
    admin = office.organisation.administrator
    in_work(office.platform, admin, notify, Notice(NoticeKind.MAIL, ASKS, "core.test", subject="Hej", text="Hej"))
    assert do_job(office.platform, "outbox.notices.mail") == 1
    assert [mail.sender for mail in handler.got] == [SENDER, SENDER]
    assert {mail.message["From"].addresses[0].addr_spec for mail in handler.got} == {SENDER}
    box = in_work(office.platform, admin, create_mailbox, "Bygglov")
    in_work(office.platform, admin, add_members, box.id, [office.anna.id])
    choose(office, replace(made, sender="bygglov@kommun.example"), box.id)
    draft = Draft((Address("link", "eva@exempel.example"),), "Kallelse", "Hej!", loa=Loa.ONE)
    in_work(office.platform, office.anna, send, box.id, draft)
    deliver_due(office.platform)
    assert (handler.got[-1].sender, handler.got[-1].recipients) == ("bygglov@kommun.example", ["eva@exempel.example"])
    query = "SELECT destination FROM deliveries ORDER BY created_at DESC LIMIT 1"
    (sent,) = office.organisation.rows(query)
    assert sent.destination == number_of(HOST)  # the queue of that server, not of the installation's


@pytest.mark.feature("O15")
def test_a_server_that_is_down_lets_the_message_wait(office: Any, server: Callable[..., MailServer]) -> None:
    """No other server is used meanwhile, and the sentence names the failed step."""
    choose(office, server(port=1))
    message = office.write()
    assert office.delivery(message).state == "WAITING_FOR_RETRY" or office.delivery(message).failure


class TestMailServer(SettingsSectionContract):
    @pytest.fixture
    def platform(self, budkavle_open: Callable[..., Platform]) -> Platform:
        return budkavle_open(enabled=("email_link",), plugins={"email_link": {"sender": "no-reply@habo.example"}})

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["email_link.server"]

    @pytest.fixture
    def changes(self, key: tuple[str, str]) -> Mapping[str, object]:
        return {
            "host": "smtp.habo.example",
            "port": 465,
            "tls": "implicit",
            "ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "user": "budkavle",
            "password": "hemligt",
            "sender": "meddelande@habo.example",
            "bounce_domain": "studs.habo.example",
            "dkim_key": key[0].replace("\n", ""),
            "dkim_selector": "vinter",
        }

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"port": 0, "tls": "none"}


NO_SERVERS: list[tuple[dict[str, Any], str]] = [
    ({"host": "https://smtp.habo.se"}, "host"),
    ({"sender": ""}, "sender"),
    ({"sender": "Åsa@habo"}, "sender"),
    ({"user": "x"}, "user"),
    ({"dkim_key": "inget"}, "dkim_key"),
    ({"dkim_selector": "a b"}, "dkim_selector"),
    ({"bounce_domain": "studs habo"}, "bounce_domain"),
    ({"ca": "inget"}, "ca"),
]


def test_what_could_not_work_is_refused(office: Any) -> None:
    """With a sentence at the field."""
    for values, field in NO_SERVERS:
        with office.platform.work(office.organisation.administrator) as work, pytest.raises(Invalid) as error:
            write_settings(work, MailServer, {"host": "smtp.habo.se", "sender": "a@habo.se", **values})
        assert field in error.value.fields, values
