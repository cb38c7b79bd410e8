"""The whole walk of a reader at level 2: the link by e-mail, the code by SMS, the message; over the pages."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle import Address, Draft, Loa, MailboxKind, Platform, Terms, UserActor
from budkavle.cases import mailbox_counts
from budkavle.messaging import send
from budkavle.testing import SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.working import deliver_due, do_job
from budkavle_email_link.mail.outbox import Outbox as Mails

HOME = "https://sakert.habo.se"
BODY = "Tiden är ändrad till torsdag."


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    sections = {"email_link": {"host": "outbox"}, "sms": {"gateway": "log"}}
    return budkavle_open(enabled=("email_link", "sms"), base_url=HOME, plugins=sections)


def hand_over(platform: Platform) -> None:
    """Hand over what is due: the codes first, then the notices."""
    for queue in ("sms_urgent", "sms"):
        do_job(platform, f"outbox.notices.{queue}")


class Reader:
    """Maria's browser."""

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"accept": "text/html"})

    def post(self, path: str, **fields: str) -> Any:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        return self.client.post(path, data=fields, headers=headers)


@pytest.fixture
def walk(
    platform: Platform, sms_plugin: Any, administrator: SampleUser, case_worker: SampleUser
) -> Iterator[tuple[Reader, str]]:
    """Anna has written to Maria; gives Maria's browser and the path of her link."""
    from budkavle.web.app import create_app

    sms_plugin.use_own_gateway()
    sms_plugin.choose(sender="Habo", notices=True)
    anna = UserActor(sms_plugin.organisation.id, case_worker.user_id, "Anna", loa=Loa.THREE)
    (box,) = [one for one in in_work(platform, anna, mailbox_counts) if one.mailbox.kind is MailboxKind.PERSONAL]
    maria = Address("link", "maria@exempel.example", "Maria")
    terms = {maria.value: Terms(phone="+46701234512")}
    in_work(platform, anna, send, box.mailbox.id, Draft((maria,), "Kallelse", BODY, loa=Loa.TWO, terms=terms))
    deliver_due(platform)
    hand_over(platform)
    mail = Mails(platform.plugins.host("email_link")).latest()[0].mail
    path = "/l/" + mail.text.split("/l/")[1].split()[0]
    with TestClient(create_app(platform), base_url=HOME) as client:
        yield Reader(client), path


def texts(sms_plugin: Any) -> list[str]:
    """What has come to the phone, the latest first."""
    hand_over(sms_plugin.platform)
    return [one.notice.text for one in sms_plugin.latest()]


def code_of(text: str) -> str:
    return re.findall(r"koden är (\d{6})", text)[0]


@pytest.mark.feature("A7", "A8", "L1")
def test_a_reader_without_account_reads_with_a_code(walk: tuple[Reader, str], sms_plugin: Any) -> None:
    """A notice beside the mail; then the link, the code and the message, which is not shown before."""
    reader, path = walk
    assert texts(sms_plugin) == ["Du har ett säkert meddelande från Håbo kommun. Se din e-post."]
    first = reader.get(path).text
    assert BODY not in first
    assert "SMS-kod" in first
    asked = reader.post(f"{path}/identify/sms")
    assert asked.status_code == 200
    assert "+46 70 *** ** 12".replace(" ", "\u00a0") in asked.text
    assert "Skicka en ny kod till telefonen" in asked.text
    assert 'autocomplete="one-time-code"' in asked.text
    code = code_of(texts(sms_plugin)[0])
    wrong = reader.post("/sign-in", code=f"{(int(code) + 1) % 1_000_000:06}")
    assert wrong.status_code == 422
    assert "Koden stämmer inte" in wrong.text
    assert BODY not in wrong.text
    read = reader.post("/sign-in", code=code)
    assert str(read.url).startswith(f"{HOME}{path}")
    assert BODY in read.text


def test_a_code_is_of_no_use_in_another_browser(walk: tuple[Reader, str], sms_plugin: Any) -> None:
    """Whoever sees the code but began no flow, or another one, gets nowhere with it."""
    from budkavle.web.app import create_app

    reader, path = walk
    reader.post(f"{path}/identify/sms")
    code = code_of(texts(sms_plugin)[0])
    with TestClient(create_app(sms_plugin.platform), base_url=HOME) as client:
        thief = Reader(client)
        assert BODY not in thief.post("/sign-in", code=code).text
        thief.post(f"{path}/identify/sms")
        other = code_of(texts(sms_plugin)[0])
        assert BODY not in thief.post("/sign-in", code=code if code != other else "x").text
    assert BODY in reader.post("/sign-in", code=code).text


def test_the_button_of_a_new_code_works_without_a_script(walk: tuple[Reader, str], sms_plugin: Any) -> None:
    """It waits half a minute, and says so."""
    reader, path = walk
    reader.post(f"{path}/identify/sms")
    assert "Vänta en halv minut" in reader.post("/sign-in", choice="again").text
    assert BODY in reader.post("/sign-in", code=code_of(texts(sms_plugin)[0])).text


def test_a_code_is_used_once(walk: tuple[Reader, str], sms_plugin: Any) -> None:
    """The flow is over when it has opened the message: it leads only whoever has it open already back to it."""
    reader, path = walk
    reader.post(f"{path}/identify/sms")
    code = code_of(texts(sms_plugin)[0])
    assert BODY in reader.post("/sign-in", code=code).text
    assert BODY in reader.post("/sign-in", code=code).text
    reader.client.cookies.delete("__Host-guest")
    assert BODY not in reader.post("/sign-in", code=code).text
