"""The telephone's page: scanning, approving and cancelling as a test person, from this computer only."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from budkavle import Poll
from budkavle_eid.bankid.provider import BankIdProvider
from budkavle_eid.freja.provider import FrejaProvider
from budkavle_eid.simulator.launcher import Simulator

FORM = re.compile(r'<form method="post" action="([^"]+)".*?</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Telephone:
    """A browser without scripts, which sends the forms that it finds."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.page = ""

    def look(self, path: str = "/") -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200
        self.page = html.unescape(answer.text)
        return self.page

    def send(self, action: str, **fields: str) -> str:
        form = next(one for one in FORM.finditer(self.page) if one[1] == action.replace("decline", "approve"))
        sent = {**dict(HIDDEN.findall(form[0])), **fields}
        headers = {"origin": str(self.client.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
        answer = self.client.post(action, data=sent, headers=headers)
        assert answer.status_code == 303
        return self.look(answer.headers["location"])


@pytest.fixture
def telephone(simulator: Simulator) -> Iterator[Telephone]:
    with httpx.Client(base_url=simulator.addresses.phone_url, trust_env=False) as client:
        yield Telephone(client)


@pytest.mark.parametrize("name", ["bankid", "freja"])
def test_scanning_and_approving(
    telephone: Telephone, bankid: BankIdProvider, freja: FrejaProvider, walk: Any, name: str
) -> None:
    """Choose who one is, scan the code that is shown, read what it is about, approve."""
    way = walk({"bankid": bankid, "freja": freja}[name], purpose="Läs meddelande från Håbo kommun")
    telephone.look("/?person=karin")
    page = telephone.send(f"/{name}/pick")
    assert "är öppen. Läs, och godkänn eller avbryt." in page
    assert "Godkänn som Karin" in page
    assert ("Läs meddelande från Håbo kommun" in page) is (name == "bankid")
    way.tick()
    assert isinstance(way.step, Poll)
    assert "Klart. Du är legitimerad." in telephone.send(f"/{name}/approve")
    way.tick()
    assert way.identity.attributes["name"] == "Karin Testsson"


@pytest.mark.parametrize("name", ["bankid", "freja"])
def test_the_text_of_a_code_can_be_pasted(
    telephone: Telephone, bankid: BankIdProvider, freja: FrejaProvider, walk: Any, name: str
) -> None:
    """And what is no code, or an old one, is refused in words."""
    way = walk({"bankid": bankid, "freja": freja}[name])
    telephone.look()
    assert "ingen QR-kod" in telephone.send(f"/{name}/scan", text="något annat")
    old = way.poll.qr or ""
    way.clock.tick(10)
    assert "för gammal" in telephone.send(f"/{name}/scan", text=old)
    way.tell()
    assert "är öppen" in telephone.send(f"/{name}/scan", text=way.poll.qr or "")
    assert "Du avbröt." in telephone.send(f"/{name}/decline")
    way.tick()
    assert "avbröt" in way.failed.message


def test_the_link_on_the_same_device(
    telephone: Telephone, make_bankid: Callable[..., BankIdProvider], walk: Any, simulator: Simulator
) -> None:
    """It opens the telephone, and the way back leads to where the browser began, with what only the app was told."""
    phone = f"{simulator.addresses.phone_url}/bankid"
    way = walk(make_bankid(app_url=phone), user_agent="iPhone Mobile")
    assert (way.poll.app_url or "").startswith(phone)
    telephone.look(way.poll.app_url or "")
    telephone.send("/bankid/open", person="bo")
    page = telephone.send("/bankid/approve")
    back = re.findall(r'<a class="button" href="([^"]+)">Tillbaka', page)[0]
    way.tell(nonce=back.partition("?nonce=")[2])
    assert way.identity.attributes["name"] == "Bo Testek"


def test_the_link_of_freja(
    telephone: Telephone, make_freja: Callable[..., FrejaProvider], walk: Any, simulator: Simulator
) -> None:
    """It carries where to go back to itself."""
    phone = f"{simulator.addresses.phone_url}/freja"
    way = walk(make_freja(app_url=phone), user_agent="iPhone Mobile")
    telephone.look(way.poll.app_url or "")
    telephone.send("/freja/open")
    assert 'href="http://127.0.0.1:8420/sign-in/back/bankid"' in telephone.send("/freja/approve")
    way.tick()
    assert way.identity


@pytest.mark.parametrize("network", ["127.0.0.1", "192.0.2.7"])
def test_risk_and_network_are_chosen(
    telephone: Telephone, bankid: BankIdProvider, walk: Any, simulator: Simulator, network: str
) -> None:
    """What BankID tells about them is what was chosen."""
    way = walk(bankid)
    telephone.look(f"/?network={network}")
    telephone.send("/bankid/pick")
    order = next(iter(simulator.bankid._orders.values()))
    assert order.ip == network
    telephone.send("/bankid/approve", risk="high")
    way.tick()
    assert "osäker" in way.failed.message


def test_nobody_else_reaches_it(telephone: Telephone) -> None:
    """Another name for this computer, or another site's form, is turned away."""
    client = telephone.client
    assert client.get("/", headers={"host": "evil.example:80"}).status_code == 403
    assert client.post("/bankid/pick", headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post("/bankid/pick", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}).status_code == 403


def test_its_pages_are_strict(telephone: Telephone) -> None:
    """No script at all, nothing from elsewhere, no frames; what does not exist is not found."""
    for path in ("/", "/bankid?autostarttoken=x", "/freja?transactionReference=x", "/phone.css"):
        answer = telephone.client.get(path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; form-action 'self'")
        assert "frame-ancestors 'none'" in policy
    assert telephone.client.get("/nothing").status_code == 404
    assert telephone.client.post("/nothing/pick").status_code == 404
    assert "kan telefonen inte" in telephone.look(telephone.client.post("/bankid/fly").headers["location"])


def test_what_is_shown_is_text(telephone: Telephone, bankid: BankIdProvider, walk: Any) -> None:
    """What a service wants shown is no HTML, and no number stands in an address."""
    walk(bankid, purpose="<script>alert(1)</script>")
    raw = telephone.client.get("/").text
    assert "<script>" not in raw
    assert "&lt;script&gt;" in raw
    telephone.look()
    answer = telephone.client.post("/bankid/pick", data=dict(HIDDEN.findall(telephone.page)))
    assert not re.search(r"\d{12}", answer.headers["location"])
