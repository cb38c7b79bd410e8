"""Writing to a contact: found by name and by address on the page, and what is known of them filled in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest

from budkavle import Capabilities, DeliveryState, Loa, Outcome, Outgoing, ProviderTraits, Terms
from budkavle.accounts import mailboxes, users
from budkavle.host import Host
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.fakes import FakeIdentityProvider, FakeTransport
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import deliver_due
from budkavle_addressbook.contacts import books
from budkavle_addressbook.contacts.books import Book

MARIA = {"name": "Maria Öberg", "email": "Maria.Oberg@example.se", "phone": "070-174 06 05"}
MARIA |= {"identifier": "personnummer", "personnummer": "19811218-9876"}
ERIK = {"name": "Erik Åkesson", "email": "erik@example.se", "phone": "+46 8 123 456"}
WORD = "secure:maria.oberg@example.se"


@dataclass
class Link(FakeTransport):
    """A transport to people without an account."""

    name: str = "link"
    label: str = "Säkert meddelande"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(receipts=True, recall=True, family="secure", guests=True)
    )
    sent: list[Outgoing] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> Outcome:
        self.sent.append(outgoing)
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT)


GUEST = frozenset({"guest"})
WAYS = (
    FakeIdentityProvider(
        name="sms", label="Kod med SMS", traits=ProviderTraits(Loa.TWO, audiences=GUEST, asserts_phone=True)
    ),
    FakeIdentityProvider(
        name="bankid", label="BankID", traits=ProviderTraits(Loa.THREE, audiences=GUEST, asserts_personnummer=True)
    ),
)


@pytest.fixture
def link() -> Link:
    return Link()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], link: Link) -> Platform:
    """An installation with the address book, and a way to people without account."""
    post = plugin_module(
        "post",
        transports=lambda host: [link],
        choose_transport=lambda recipient, offers: link if recipient.transport == "secure" else None,
        identity_providers=lambda host: list(WAYS),
    )
    enabled = ("addressbook", "post")
    return budkavle_open(enabled=enabled, offers=offer(post=post), base_url="https://sakert.habo.se")


@pytest.fixture
def host(platform: Platform) -> Host:
    """The address book's own."""
    found: Host = platform.plugins.host("addressbook")
    return found


@pytest.fixture
def anna(platform: Platform, habo: Any) -> Iterator[Browser]:
    """Anna's browser."""
    with browsing(platform) as browser:
        yield browser(habo.case_worker)


@pytest.fixture
def form(habo: Any) -> dict[str, str]:
    """What the form holds when somebody has begun to write from the mailbox."""
    return {
        "mailbox": str(habo.mailbox.id),
        "kind": "secure",
        "subject": "Kallelse",
        "body": "Hej!",
        "reply_asked": "1",
    }


def value(page: str, name: str) -> str:
    """What a field of the page has in it."""
    found = re.search(rf'name="{re.escape(name)}"\s+value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])


def hits(page: str) -> list[str]:
    """The recipients that may be chosen."""
    return re.findall(r'name="add" value="([^"]*)"', page)


WAYS_TO_MARIA: list[str] = ["maria", "öberg", "maria.oberg@example.se", "Maria.Oberg@Example.se"]


@pytest.mark.feature("B1", "B2", "B3", "E27", "M5")
@pytest.mark.parametrize("own", [True, False], ids=["one's own", "the mailbox's"])
def test_a_contact_is_found_and_chosen(own: bool, host: Host, habo: Any, anna: Browser, form: Any) -> None:
    """By a part of the name, and by the address; its name stands on the page, and which book it is of."""
    books.add(host, habo.case_worker, Book() if own else Book(habo.mailbox.id), MARIA)
    for words in WAYS_TO_MARIA:
        url = f"/compose/{habo.mailbox.id}/secure/recipients?q={words}"
        found = anna.get(url).text
        assert hits(found) == [WORD], words
        assert "Maria Öberg" in found, words
        assert ("Personlig kontakt" if own else "Brevlådans kontakt") in found, words
        assert hits(anna.get(f"/compose/{habo.mailbox.id}/secure/recipients?q=").text) == [], words
        page = anna.post("/compose", **form, add=WORD).text
        assert "Maria Öberg <small>utan konto</small>" in page, words
        assert value(page, "recipients") == WORD, words


@pytest.mark.feature("A3", "A4", "A5", "A6", "B5", "E27", "M5")
@pytest.mark.parametrize("add", [{"add": WORD}, {"q": "maria.oberg@example.se", "find": "1"}], ids=["chosen", "typed"])
def test_what_is_known_of_a_contact_is_filled_in(
    add: dict[str, str], host: Host, habo: Any, anna: Browser, form: Any, link: Link
) -> None:
    """Mobile number and personnummer come with the choice, may be changed, and go with the message at its level."""
    books.add(host, habo.case_worker, Book(), MARIA)
    page = anna.post("/compose", **form, **add).text
    assert value(page, "guest.phone") == "+46701740605"
    assert value(page, "guest.personnummer") == "198112189876"
    names = ("guest.value", "guest.phone", "guest.personnummer")
    form |= {name: value(page, name) for name in names} | {"recipients": WORD, "guest.language": "sv"}
    for level, terms in ((2, Terms(phone="+46701740605")), (3, Terms(personnummer="198112189876"))):
        sent = anna.post("/compose", **form, loa=str(level), send="1")
        assert sent.status_code == 303, re.findall(r'class="error".*?</p>', sent.text, re.DOTALL)
        deliver_due(host.platform)
        (message, delivery) = (link.sent[-1].message, link.sent[-1].delivery)
        assert message is not None
        assert (delivery.recipient.value, delivery.recipient.name) == ("maria.oberg@example.se", "Maria Öberg")
        assert link.sent[-1].terms == terms


def test_what_somebody_has_emptied_stays_empty(host: Host, habo: Any, anna: Browser, form: Any) -> None:
    """And what they have written is theirs."""
    books.add(host, habo.case_worker, Book(), MARIA)
    form |= {"recipients": WORD, "guest.value": "maria.oberg@example.se", "guest.language": "sv"}
    page = anna.post("/compose", **form, **{"guest.phone": "", "guest.personnummer": "1"}, find="1").text
    assert (value(page, "guest.phone"), value(page, "guest.personnummer")) == ("", "1")


def test_a_telephone_on_a_desk_gets_no_sms(host: Host, habo: Any, anna: Browser, form: Any) -> None:
    """It is not filled in as a mobile number."""
    books.add(host, habo.case_worker, Book(), ERIK)
    page = anna.post("/compose", **form, add="secure:erik@example.se").text
    assert "Erik Åkesson" in page
    assert value(page, "guest.phone") == ""


@pytest.mark.feature("B3")
def test_nobody_else_finds_or_uses_a_contact(host: Host, habo: Any, platform: Platform, form: Any) -> None:
    """A colleague's own contacts and another mailbox's are neither found nor filled in from."""
    books.add(host, habo.case_worker, Book(), MARIA)
    in_work(platform, system_actor(habo.id), mailboxes.add_members, habo.other_mailbox.id, [habo.case_worker.user_id])
    books.add(host, habo.case_worker, Book(habo.other_mailbox.id), ERIK)
    with browsing(platform) as browser:
        bo = browser(habo.colleague)
        for words in ("maria", "erik"):
            assert hits(bo.get(f"/compose/{habo.mailbox.id}/secure/recipients?q={words}").text) == []
        page = bo.post("/compose", **form, add=WORD).text
        assert value(page, "guest.phone") == value(page, "guest.personnummer") == ""
        assert "Maria Öberg" not in page


@pytest.mark.feature("M8")
def test_a_contact_with_an_account_gets_it_there(
    host: Host, habo: Any, region: Any, platform: Platform, anna: Browser, form: Any
) -> None:
    """Whoever has an account is written to as that, by whatever name the contact has; nothing is asked of them."""
    account = in_work(platform, system_actor(region.id), users.user, region.colleague.user_id)
    books.add(host, habo.case_worker, Book(), {**ERIK, "name": "Gamle Bosse", "email": account.email})
    word = f"secure:{account.email}"
    assert hits(anna.get(f"/compose/{habo.mailbox.id}/secure/recipients?q=bosse").text) == [word]
    page = anna.post("/compose", **form, add=word).text
    assert f"Bo Ek <small>{region.name}</small>" in page
    assert "guest.phone" not in page


def test_a_colleague_who_is_a_contact_too_stands_once(host: Host, habo: Any, platform: Platform, anna: Browser) -> None:
    """As the colleague."""
    account = in_work(platform, system_actor(habo.id), users.user, habo.colleague.user_id)
    books.add(host, habo.case_worker, Book(), {**ERIK, "name": "Bo", "email": account.email.upper()})
    assert (
        hits(anna.get(f"/compose/{habo.mailbox.id}/secure/recipients?q=bo").text).count(f"secure:{account.email}") == 1
    )
