"""Faxes by services on the net: fakes of the shapes that real ones have, and what never comes out in an error."""

import base64
import json
import mailbox
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from litestar.testing import TestClient

from budkavle import File, Misconfigured, Permanent, Platform, Temporary
from budkavle.cases import list_cases
from budkavle.messaging import read_case
from budkavle.testing import SampleOrganisation
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job
from budkavle_fax.carriers.base import Fax, Stage, Unsure
from budkavle_fax.carriers.email import EmailFax
from budkavle_fax.carriers.http import HttpFax
from budkavle_fax.carriers.simulated import SimulatedCarrier
from budkavle_fax.documents import rendering
from budkavle_fax.parts import parts as parts_of
from budkavle_fax.settings import EmailSettings, HttpSettings

TAG = "0b0b0b0b-0000-4000-8000-000000000001"
TO, FROM = "+46107654321", "+46101234567"
SECRET = "en-hemlighet-lang-nog-att-bruka"


@pytest.fixture(scope="module")
def fax() -> Fax:
    return Fax(TAG, TO, FROM, rendering.prepare(None, [File("a.txt", "text/plain", b"Hej")], 2))


class Desk:
    """What the fake mail server has taken; `answer` is what it says to a mail."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the server's name
        if self.answer.startswith("250"):
            self.mails.append(envelope)
        return self.answer


@pytest.fixture
def post() -> Iterator[tuple[Desk, int]]:
    desk = Desk()
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    controller = Controller(desk, hostname="127.0.0.1", port=port)
    controller.start()
    yield desk, port
    controller.stop()


def by_mail(port: int, **more: Any) -> EmailFax:
    at = {"domain": "fax.operator.example", "sender": "fax@habo.example", "host": "127.0.0.1", "tls": "none"}
    return EmailFax(EmailSettings(**at, port=port, **more), 5)


@pytest.mark.feature("T4", "T6")
def test_a_fax_is_mailed_to_the_number_at_the_service(post: tuple[Desk, int], fax: Fax) -> None:
    """As `0107654321@fax.operator.example`, one PDF with the pages; the mail's name carries the tag."""
    desk, port = post
    name = by_mail(port).submit(fax)
    (envelope,) = desk.mails
    assert envelope.rcpt_tos == ["0107654321@fax.operator.example"]
    assert envelope.mail_from == "fax@habo.example"
    assert TAG in name
    assert b"application/pdf" in envelope.content
    by_mail(port, form="e164").submit(fax)
    assert desk.mails[-1].rcpt_tos == ["+46107654321@fax.operator.example"]


def test_a_mail_server_that_does_not_want_it_says_no_number(post: tuple[Desk, int], fax: Fax) -> None:
    """Now or never, and in the error there is only the code."""
    desk, port = post
    for answer, kind in (("450 +46107654321 later", Temporary), ("554 0107654321 no", Permanent)):
        desk.answer = answer
        with pytest.raises(kind) as caught:
            by_mail(port).submit(fax)
        assert "0107654321" not in str(caught.value)
    with pytest.raises(Temporary):
        by_mail(1).submit(fax)


def letter(to: str, sender: str, subject: str, about: str = "", pdf: bytes = b"") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = sender, to, subject, f"<{subject}@x.example>"
    if about:
        mail["In-Reply-To"] = about
    mail.set_content("Se ämnet.")
    if pdf:
        mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="fax.pdf")
    return mail


def test_the_services_mails_tell_how_it_went(post: tuple[Desk, int], fax: Fax, tmp_path: Path) -> None:
    """An answer to our mail with the words of the settings; other mails are left where they are."""
    box = mailbox.Maildir(tmp_path / "in", create=True)
    carrier = by_mail(post[1], inbox=str(tmp_path / "in"))
    name = carrier.submit(fax)
    assert carrier.progress([(TAG, name)])[TAG].stage is Stage.WAITING
    box.add(letter("fax@habo.example", "robot@fax.operator.example", "Faxet misslyckades", name))
    box.add(letter("fax@habo.example", "robot@fax.operator.example", "Nyhetsbrev"))
    assert carrier.progress([(TAG, name)])[TAG].stage is Stage.FAILED
    assert len(box.keys()) == 1
    box.add(letter("fax@habo.example", "robot@fax.operator.example", "Fax levererat", name))
    assert carrier.progress([(TAG, name)])[TAG].stage is Stage.SENT


@pytest.mark.parametrize("charset", ["", "utf-8", "iso-8859-1", "x-unknown"])
def test_swedish_letters_in_the_services_mails_are_read(
    post: tuple[Desk, int], fax: Fax, tmp_path: Path, charset: str
) -> None:
    """In the subject, and in the text by the charset that the mail names."""
    box = mailbox.Maildir(tmp_path / "in", create=True)
    carrier = by_mail(post[1], inbox=str(tmp_path / "in"), failed=("gick inte då",))
    name = carrier.submit(fax)
    mail = letter("fax@habo.example", "robot@fax.operator.example", "Nej" if charset else "Det gick inte då", name)
    if charset:
        content = "Det gick inte då.".encode("iso-8859-1" if charset == "iso-8859-1" else "utf-8")
        mail.set_content(content, maintype="text", subtype="plain", params={"charset": charset})
    box.add(mail)
    assert carrier.progress([(TAG, name)])[TAG].stage is Stage.FAILED


def report(action: str, words: str, mailed: bytes) -> bytes:
    """Return what a mail server says about a mail, with the whole mail in it (RFC 3464)."""
    head = (
        "From: MAILER-DAEMON@fax.operator.example\nTo: fax@habo.example\nSubject: About your mail\nMIME-Version: 1.0\n"
    )
    head += 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
    told = f"--b\nContent-Type: text/plain\n\n{words}\n--b\nContent-Type: message/delivery-status\n\n"
    told += f"Reporting-MTA: dns; fax.operator.example\n\nFinal-Recipient: rfc822; x\nAction: {action}\n"
    return f"{head}{told}\n--b\nContent-Type: message/rfc822\n\n".encode() + mailed + b"\n--b--\n"


@pytest.mark.feature("T1")
def test_a_fax_that_comes_back_is_no_fax_that_comes(
    post: tuple[Desk, int],
    fax: Fax,
    tmp_path: Path,
    budkavle_open: Callable[..., Platform],
    give_number: Callable[..., SampleOrganisation],
) -> None:
    """The mail server of the service brings our own pages back: its report tells how it went, and opens no case."""
    box = mailbox.Maildir(tmp_path / "in", create=True)
    mail = {"domain": "fax.operator.example", "inbox": str(tmp_path / "in")}
    section = {"carrier": "email", "email": mail}
    platform = budkavle_open(enabled=("fax",), plugins={"fax": section})
    organisation = give_number(SampleOrganisation.create(platform), TO)
    carrier = by_mail(post[1], inbox=str(tmp_path / "in"))
    name = carrier.submit(fax)
    mailed = post[0].mails[0].content.replace(b"\r\n", b"\n")
    box.add(report("failed", "Undelivered mail returned to sender", mailed))
    do_job(organisation.platform, "fax.mails")
    assert in_work(organisation.platform, organisation.case_worker, list_cases, organisation.mailbox.id).items == []
    assert carrier.progress([(TAG, name)])[TAG].stage is Stage.FAILED
    assert len(box.keys()) == 0


def test_a_report_that_a_mail_waits_is_no_word_that_the_fax_has_arrived(
    post: tuple[Desk, int], fax: Fax, tmp_path: Path
) -> None:
    """Mail servers say "could not be delivered yet" of it, and go on trying."""
    box = mailbox.Maildir(tmp_path / "in", create=True)
    carrier = by_mail(post[1], inbox=str(tmp_path / "in"))
    name = carrier.submit(fax)
    mailed = post[0].mails[0].content.replace(b"\r\n", b"\n")
    box.add(report("delayed", "Your mail could not be delivered for more than 4 hours. We try again.", mailed))
    assert carrier.progress([(TAG, name)])[TAG].stage is Stage.WAITING
    box.add(report("delivered", "Sent to the fax machine.", mailed))
    assert carrier.progress([(TAG, name)])[TAG].stage is Stage.SENT


def test_a_server_that_is_rude_in_the_end_has_taken_the_fax(
    post: tuple[Desk, int], fax: Fax, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says no to our goodbye: the fax has gone all the same, and nobody is told to ask the receiver."""

    async def rude(server: SMTP, arg: str) -> None:
        await server.push("421 Too busy for that")

    monkeypatch.setattr(SMTP, "smtp_QUIT", rude)
    assert TAG in by_mail(post[1]).submit(fax)
    assert len(post[0].mails) == 1
    (health,) = by_mail(post[1]).health()
    assert health.ok


@pytest.mark.feature("T1")
def test_a_fax_that_comes_by_mail_reaches_its_mailbox(
    budkavle_open: Callable[..., Platform], give_number: Callable[..., SampleOrganisation], tmp_path: Path
) -> None:
    """From the service's own domain, to the number before the @; a stranger's mail is nobody's fax."""
    box = mailbox.Maildir(tmp_path / "in", create=True)
    section = {"carrier": "email", "email": {"domain": "fax.operator.example", "inbox": str(tmp_path / "in")}}
    platform = budkavle_open(enabled=("fax",), plugins={"fax": section})
    organisation = give_number(SampleOrganisation.create(platform), FROM)
    pdf = b"%PDF-1.4\n%%EOF\n"
    box.add(letter("0101234567@habo.example", "0107654321@fax.operator.example", "Fax", pdf=pdf))
    box.add(letter("0101234567@habo.example", "0107654321@elak.example", "Falskt", pdf=pdf))
    do_job(organisation.platform, "fax.mails")
    (case,) = in_work(organisation.platform, organisation.case_worker, list_cases, organisation.mailbox.id).items
    message = in_work(organisation.platform, organisation.case_worker, read_case, case.id).thread[0].message
    assert message.sender.value == TO
    assert len(box.keys()) == 1


class Service(ThreadingHTTPServer):
    """A fake with the shape of a REST fax service: faxes are posted, asked about by identifier, and stopped."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.taken: list[Any] = []
        self.status, self.state, self.keys = 200, "IN_PROGRESS", [""]
        self.odd: dict[str, int] = {}
        """The status of some faxes alone, by identifier."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v3/projects/p/faxes"


class _Desk(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.keys.append(self.headers.get("Authorization", ""))
        if self.server.status == 200 and body:
            self.server.taken.append(json.loads(body))
        self._say({"id": "01HX", "status": "QUEUED"})

    def do_GET(self) -> None:
        facts = {"id": "01HX", "status": self.server.state, "numberOfPages": 2, "errorMessage": "Busy signal"}
        self._say(facts)

    def _say(self, facts: dict[str, Any]) -> None:
        body = json.dumps(facts).encode()
        if self.server.status == 0:
            self.close_connection = True
            return
        self.send_response(self.server.odd.get(self.path.rpartition("/")[2], self.server.status))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Service]:
    with Service() as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            service.shutdown()
            thread.join()


def by_http(service: Service, **more: Any) -> HttpFax:
    url = service.url
    body = '{"to": "{to}", "from": "{from}", "files": [{"file": "{pdf}", "fileType": "PDF"}], "ref": "{id}"}'
    facts = {"url": url, "status_url": f"{url}/{{remote_id}}", "cancel_url": f"{url}/{{remote_id}}/cancel"}
    return HttpFax(HttpSettings(**facts, body=body, secret=SECRET, **more), 5)


@pytest.mark.feature("T4", "T6")
def test_a_fax_is_posted_asked_about_and_stopped(fax: Fax) -> None:
    """By the templates; the key goes in a header, the pages as a PDF, and the words are those of the settings."""
    with serving() as service:
        carrier = by_http(service)
        assert carrier.submit(fax) == "01HX"
        (taken,) = service.taken
        assert (taken["to"], taken["from"], taken["ref"]) == (TO, FROM, TAG)
        assert base64.b64decode(taken["files"][0]["file"]).startswith(b"%PDF-")
        assert service.keys[-1] == f"Bearer {SECRET}"
        assert carrier.progress([(TAG, "01HX")])[TAG].stage is Stage.SENDING
        service.state = "COMPLETED"
        done = carrier.progress([(TAG, "01HX")])[TAG]
        assert (done.stage, done.pages) == (Stage.SENT, 2)
        service.state = "FAILURE"
        assert carrier.progress([(TAG, "01HX")])[TAG].reason == "Upptaget."
        assert carrier.cancel(TAG, "01HX")


def test_a_service_in_trouble_is_told_from_one_that_refuses(fax: Fax) -> None:
    """And from one whose answer was lost, where nobody knows; no error has the key or a number."""
    with serving() as service:
        not_taken, unsure = dict.fromkeys((503, 429, 401, 302), Temporary), dict.fromkeys((500, 502, 504, 0), Unsure)
        for status, kind in {**not_taken, 422: Permanent, **unsure}.items():
            service.status = status
            with pytest.raises(kind) as caught:
                by_http(service).submit(fax)
            assert isinstance(caught.value, Unsure) == (kind is Unsure)
            assert SECRET not in str(caught.value)
            assert TO not in str(caught.value)
        url = service.url
    with pytest.raises(Temporary) as caught:
        HttpFax(HttpSettings(url=url), 1).submit(fax)
    assert not isinstance(caught.value, Unsure)


def test_one_fax_that_a_service_stumbles_over_does_not_hide_the_others(fax: Fax) -> None:
    """Of that one there is no word, which does not mean that it is unknown; where nobody answers, nothing is told."""
    with serving() as service:
        carrier = by_http(service)
        carrier.submit(fax)
        service.state, service.odd = "COMPLETED", {"01HX-0": 500, "01HX-2": 404}
        told = carrier.progress([(name, f"01HX-{name}") for name in "0123"])
        assert {name: one and one.stage for name, one in told.items()} == {"0": None, "1": Stage.SENT, "3": Stage.SENT}
        service.odd = {"01HX-1": 429}
        told = carrier.progress([(name, f"01HX-{name}") for name in "012"])
        assert {name: one and one.stage for name, one in told.items()} == {"0": Stage.SENT, "1": None, "2": None}
        service.status = 401
        with pytest.raises(Temporary):
            carrier.progress([("0", "01HX-0")])


@pytest.mark.parametrize(
    "wrong", [{"url": "https://x.example/{to}"}, {"body": "{}"}, {"body": '{"{to}" "{pdf}"}'}, {"incoming_secret": "x"}]
)
def test_templates_that_cannot_work_are_refused_at_the_start(wrong: dict[str, str]) -> None:
    """Before anybody waits for a fax."""
    with pytest.raises(Misconfigured):
        HttpFax(HttpSettings(**wrong), 1)


@pytest.mark.feature("T1")
def test_a_service_brings_a_fax_only_with_its_secret(
    budkavle_open: Callable[..., Platform], give_number: Callable[..., SampleOrganisation]
) -> None:
    """Once stored it is answered; the same again is the same; a stranger is sent away."""
    from budkavle.web.app import create_app

    section = {"carrier": "http", "http": {"incoming_secret": SECRET}}
    platform = budkavle_open(enabled=("fax",), plugins={"fax": section}, base_url="https://x.example")
    organisation = give_number(SampleOrganisation.create(platform), FROM)
    pdf = base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()
    words = {"event": "INCOMING_FAX", "fax": {"id": "01HY", "to": FROM, "from": TO}, "file": pdf}
    with TestClient(create_app(organisation.platform), base_url="https://x.example") as client:

        def bring(key: str, content: Any) -> int:
            headers = {"authorization": f"Bearer {key}".encode(), "content-type": "application/json"}
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            answer = client.post("/plugin/fax/incoming", content=body, headers=headers)  # type: ignore[arg-type]
            return int(answer.status_code)

        assert bring("fel", words) == 403
        assert bring(SECRET, b"{") == 422
        assert bring(SECRET, {"fax": {}}) == 422
        assert bring(SECRET, {**words, "file": "!"}) == 422
        assert bring(SECRET, {**words, "file": "å"}) == 422
        assert bring(SECRET, words) == 204
        assert bring(SECRET, words) == 204
    (case,) = in_work(organisation.platform, organisation.case_worker, list_cases, organisation.mailbox.id).items
    assert len(in_work(organisation.platform, organisation.case_worker, read_case, case.id).thread) == 1


def test_the_pretended_exchange_reaches_the_installations_own_numbers(
    budkavle_open: Callable[..., Platform], give_number: Callable[..., SampleOrganisation], fax: Fax
) -> None:
    """What is sent to one of them comes in there; a number that ends in 00 is busy."""
    platform = budkavle_open(enabled=("fax",), plugins={"fax": {"carrier": "simulator"}})
    organisation = give_number(SampleOrganisation.create(platform), TO)
    exchange = parts_of(platform.plugins.host("fax")).carrier
    assert isinstance(exchange, SimulatedCarrier)
    exchange.submit(fax)
    assert exchange.find(TAG) == TAG
    assert exchange.progress([(TAG, TAG)])[TAG].stage is Stage.SENT
    do_job(organisation.platform, "fax.fetch")
    (case,) = in_work(organisation.platform, organisation.case_worker, list_cases, organisation.mailbox.id).items
    assert (
        in_work(organisation.platform, organisation.case_worker, read_case, case.id).thread[0].message.sender.value
        == FROM
    )
    busy = Fax("0b0b0b0b-0000-4000-8000-000000000002", "+46812345600", FROM, fax.tiff)
    exchange.submit(busy)
    assert exchange.progress([(busy.tag, busy.tag)])[busy.tag].reason == "Upptaget."
