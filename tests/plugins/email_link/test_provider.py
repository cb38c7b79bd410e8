"""Codes by e-mail: one use, one browser, ten minutes, and no guessing."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from budkavle import Failed, Identity, IdentityProvider, Loa, OutboxEntry, Prompt, Terms, call
from budkavle.identification import NewIdentity, link_identity
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import IdentityProviderContract
from budkavle.testing.working import do_job
from budkavle_email_link.mail.outbox import Outbox
from budkavle_email_link.mail.sender import post_of
from budkavle_email_link.queued_codes import QueuedCode, QueuedCodes

MARIA = "maria@exempel.example"
CODE = re.compile(r"^(\d{6})$", re.MULTILINE)


class Lazily(Mapping[str, str]):
    """Answers with the code of the newest mail, read when it is needed."""

    def __init__(self, email_link: Any) -> None:
        self._house = email_link

    def __getitem__(self, name: str) -> str:
        if name != "code":
            raise KeyError(name)
        return code_of(self._house)

    def __iter__(self) -> Iterator[str]:
        return iter(("code",))

    def __len__(self) -> int:
        return 1


def code_of(email_link: Any) -> str:
    """The code of the newest mail."""
    found = CODE.search(Outbox(email_link.host).latest()[0].mail.text)
    assert found
    return found[1]


def sent(email_link: Any) -> list[str]:
    """Whom codes have been sent to."""
    return [one.mail.to for one in Outbox(email_link.host).latest()]


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.fixture
def quiet(open_email_link: Callable[..., Any]) -> Any:
    """An installation whose mails are only shown, and whose accounts may sign in by code."""
    return open_email_link(host="outbox", staff_codes=True)


@pytest.fixture
def provider(quiet: Any) -> IdentityProvider:
    found: IdentityProvider = quiet.platform.plugins.identity_providers["email"]
    return found


class TestContract(IdentityProviderContract):
    @pytest.fixture
    def provider(self, quiet: Any) -> IdentityProvider:
        """The plugin's own, as the installation has it."""
        found: IdentityProvider = quiet.platform.plugins.identity_providers["email"]
        return found

    @pytest.fixture
    def hints(self) -> Mapping[str, str]:
        """What the page of a link knows."""
        return {"language": "sv", "email": MARIA, "ip": "127.0.0.1"}

    @pytest.fixture
    def answers(self, quiet: Any) -> tuple[Mapping[str, str], ...]:
        """The code, as it stands in the mail."""
        return (Lazily(quiet),)


def start(provider: IdentityProvider, **hints: str) -> Any:
    return call(provider.start, Loa.ONE, {"email": MARIA, "language": "sv", **hints})


def test_the_mail_says_what_the_code_is_for(quiet: Any, provider: IdentityProvider) -> None:
    """And never to give it to anybody; the page shows only enough of the address."""
    step = start(provider)
    assert isinstance(step, Prompt)
    assert "m•••@exempel.example" in step.message
    assert [field.autocomplete for field in step.fields] == ["one-time-code"]
    mail = Outbox(quiet.host).latest()[0].mail
    assert code_of(quiet) in mail.html
    assert "Lämna aldrig ut koden" in mail.text
    assert code_of(quiet) not in mail.subject
    assert code_of(quiet) not in str(step)


def test_typed_with_a_space(quiet: Any, provider: IdentityProvider) -> None:
    """People group digits."""
    step, code = start(provider), code_of(quiet)
    assert isinstance(call(provider.advance, step.state, {"code": f" {code[:3]} {code[3:]} "}), Identity)


def test_a_wrong_code_may_be_corrected_but_not_guessed(quiet: Any, provider: IdentityProvider) -> None:
    """Five attempts for each code, also for concurrent ones with the same state."""
    step, code = start(provider), code_of(quiet)
    for _ in range(5):
        again = call(provider.advance, step.state, {"code": wrong(code)})
        assert isinstance(again, Prompt)
        assert again.fields[0].error
    over = call(provider.advance, step.state, {"code": code})
    assert isinstance(over, Failed)
    assert not over.retry


def test_an_empty_field_is_no_try(quiet: Any, provider: IdentityProvider) -> None:
    """It only asks again."""
    step, code = start(provider), code_of(quiet)
    for _ in range(10):
        step = call(provider.advance, step.state, {"code": " "})
    assert isinstance(call(provider.advance, step.state, {"code": code}), Identity)


def test_a_code_of_another_flow(quiet: Any, provider: IdentityProvider) -> None:
    """Each flow has its own."""
    first = start(provider)
    code = code_of(quiet)
    second = start(provider)
    while code_of(quiet) == code:  # one in a million
        second = start(provider)
    assert isinstance(call(provider.advance, second.state, {"code": code}), Prompt)
    assert isinstance(call(provider.advance, first.state, {"code": code}), Identity)


def test_a_code_that_is_too_old(quiet: Any, provider: IdentityProvider) -> None:
    """Ten minutes, and it says so."""
    step = start(provider)
    late = {**step.state, "until": str(int(step.state["until"]) - 601)}
    over = call(provider.advance, late, {"code": code_of(quiet)})
    assert isinstance(over, Failed)
    assert "gäller inte längre" in over.message


def test_nobody_is_flooded_and_nobody_locked_out(quiet: Any, provider: IdentityProvider) -> None:
    """Five mails from one place in a quarter; from another place the owner still gets one."""
    steps = [start(provider, ip="203.0.113.7") for _ in range(6)]
    assert [type(step) for step in steps] == [Prompt] * 5 + [Failed]
    assert len(sent(quiet)) == 5
    assert isinstance(start(provider, ip="198.51.100.9"), Prompt)


def test_an_account_signs_in_by_an_address_that_is_linked(quiet: Any, provider: IdentityProvider) -> None:
    """To an address of nobody no code is sent, and the page looks the same."""
    first = call(provider.start, Loa.ONE, {"language": "sv", "ip": "127.0.0.1"})
    assert [field.name for field in first.fields] == ["email"]
    stranger = call(provider.advance, first.state, {"email": "vem@exempel.example"})
    assert isinstance(stranger, Prompt)
    assert sent(quiet) == []
    in_work(quiet.platform, quiet.anna, link_identity, NewIdentity("email", "anna@habo.example", "Annas e-post"))
    known = call(provider.advance, first.state, {"email": " Anna@Habo.Example "})
    assert sent(quiet) == []  # a worker sends it: the time of the answer would tell who has an account
    do_job(quiet.platform, "outbox.email_link.codes")
    assert sent(quiet) == ["anna@habo.example"]
    assert (known.fields, known.action) == (stranger.fields, stranger.action)
    identity = call(provider.advance, known.state, {"code": code_of(quiet)})
    assert (identity.subject, identity.loa) == ("anna@habo.example", Loa.ONE)


@pytest.mark.parametrize(("minutes", "mails"), [(9, 1), (10, 0)])
def test_a_code_that_has_waited_too_long_is_not_sent(quiet: Any, minutes: int, mails: int) -> None:
    """Such as when the mail server was down: who asked for it has begun again, or has gone."""
    queued = QueuedCode("anna@habo.example", "sv", "123456", "salt")
    queued_at = datetime.now(UTC) - timedelta(minutes=minutes)
    outbox = QueuedCodes(quiet.host, post_of(quiet.host)).outbox()
    call(
        outbox.handle, OutboxEntry(quiet.organisation.id, uuid4(), "", msgspec.json.encode(queued), 1, False, queued_at)
    )
    assert len(sent(quiet)) == mails


@pytest.mark.parametrize("typed", ["", "anna", "a b@c.example"])
def test_what_is_no_address(provider: IdentityProvider, typed: str) -> None:
    """It is said at the field, which keeps what was typed."""
    first = call(provider.start, Loa.ONE, {"language": "sv"})
    again = call(provider.advance, first.state, {"email": typed})
    assert again.fields[0].error
    assert again.state["email"] == typed


def test_whom_it_is_for(open_email_link: Callable[..., Any]) -> None:
    """Readers of links; accounts only where the settings say so."""
    provider = open_email_link(host="outbox").platform.plugins.identity_providers["email"]
    assert provider.traits.audiences == {"guest"}


@pytest.mark.feature("X2", "X4", "L2")
@pytest.mark.parametrize("number", ["", "199001012385"])
def test_the_sender_may_ask_for_a_code(email_link: Any, handler: Any, reader: Callable[..., Any], number: str) -> None:
    """A stronger way than the link alone: the whole way through the pages, and the sender sees the method.

    A personnummer that the case knows from an earlier message shuts nobody out: a code cannot be compared with it.
    """
    message = email_link.write(body="Hemligheten", terms={MARIA: Terms(method="email", personnummer=number)})
    maria = reader()
    assert "Kod med e-post" in maria.get().text
    assert maria.open().status_code == 403
    step = maria.post("/identify/email")
    assert step.status_code == 200
    assert "m•••@exempel.example" in step.text
    code = CODE.search(handler.got[-1].body("plain").replace("\r\n", "\n"))
    assert code
    here = {"sec-fetch-site": "same-origin", "accept": "text/html"}
    bad = maria.client.post("/sign-in", data={"code": wrong(code[1])}, headers=here)
    assert bad.status_code == 422
    assert "Koden stämmer inte" in bad.text
    page = maria.client.post("/sign-in", data={"code": code[1]}, headers=here)
    assert page.url.path == maria.path
    assert "Hemligheten" in page.text
    row = email_link.delivery(message)
    assert (row.identified_by, row.identified_loa) == ("Kod med e-post", 1)


def test_a_code_in_another_browser(email_link: Any, handler: Any, reader: Callable[..., Any], web: Any) -> None:
    """A flow belongs to the browser that began it: a code that somebody is talked out of opens nothing elsewhere."""
    email_link.write(terms={MARIA: Terms(method="email")})
    maria = reader()
    maria.post("/identify/email")
    code = CODE.search(handler.got[-1].body("plain").replace("\r\n", "\n"))
    assert code
    web.cookies.clear()
    here = {"sec-fetch-site": "same-origin", "accept": "text/html"}
    page = web.post("/sign-in", data={"code": code[1]}, headers=here)
    assert page.status_code == 422
    assert email_link.organisation.rows("SELECT * FROM guest_sessions") == []


def test_a_code_cannot_raise_the_level(email_link: Any, reader: Callable[..., Any]) -> None:
    """Level 2 is not offered to it, and a forged request is refused."""
    message = email_link.write(terms={MARIA: Terms(method="email")})
    email_link.organisation.rows("UPDATE messages SET loa = 2 WHERE id = :id", id=message.id)
    maria = reader()
    assert "Kod med e-post" not in maria.get().text
    assert maria.post("/identify/email").status_code == 403
