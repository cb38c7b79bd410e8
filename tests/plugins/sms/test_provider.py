"""A code by SMS: the right one opens the flow that asked for it, once; guessing and flooding are limited."""

import logging
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from budkavle import Failed, Identity, Loa, Permanent, Platform, Prompt
from budkavle.identification import Limit
from budkavle.testing.contracts import IdentityProviderContract
from budkavle_sms import provider as module
from budkavle_sms.messages.segments import segments
from budkavle_sms.provider import SmsCode

PHONE = "+46701234512"


@pytest.fixture
def way(platform: Platform) -> SmsCode:
    found = platform.plugins.identity_providers["sms"]
    assert isinstance(found, SmsCode)
    return found


@pytest.fixture
def hints(sms_plugin: Any) -> dict[str, str]:
    return {
        "organisation": str(sms_plugin.organisation.id),
        "phone": "070-123 45 12",
        "email": "maria@example.se",
        "ip": "192.0.2.7",
        "language": "sv",
    }


def begin(way: SmsCode, hints: Mapping[str, str]) -> Prompt:
    step = way.start(Loa.TWO, hints)
    assert isinstance(step, Prompt), step
    return step


def codes(sms_plugin: Any) -> list[str]:
    """The codes that have been sent, in order."""
    sms_plugin.send()
    return [re.findall(r"\d{6}", one.text)[0] for one in sms_plugin.gateway.taken]


def error(step: object) -> str:
    assert isinstance(step, Prompt), step
    return step.fields[0].error


def answer(way: SmsCode, step: Prompt, code: str) -> object:
    return way.advance(step.state, {"code": code})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.feature("A7", "A8")
def test_the_code_of_the_phone_identifies(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """Six digits, to the number that the sender gave, from the organisation by name; level 2 beside the e-mail."""
    step = begin(way, hints)
    assert "+46 70 *** ** 12".replace(" ", "\u00a0") in step.message
    assert [(field.name, field.autocomplete) for field in step.fields] == [("code", "one-time-code")]
    (code,) = codes(sms_plugin)
    (sent,) = sms_plugin.gateway.taken
    assert (sent.to, sent.sender, sent.secret) == (PHONE, "Budkavle", True)
    assert sent.text.startswith(f"Håbo kommun: koden är {code}.")
    assert sent.text.endswith(f"\n@sakert.habo.se #{code}")
    assert len(segments(sent.text).parts) == 1
    who = answer(way, step, f" {code[:3]} {code[3:]} ")
    assert isinstance(who, Identity)
    assert (who.provider, who.subject, who.loa) == ("sms", PHONE, Loa.TWO)
    assert who.attributes["phone"] == PHONE


def test_the_code_alone_is_level_one(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """Without the mailbox that the link came to, the phone is all that was shown."""
    step = begin(way, hints | {"email": ""})
    who = answer(way, step, codes(sms_plugin)[0])
    assert isinstance(who, Identity)
    assert who.loa is Loa.ONE


def test_it_is_only_for_readers_of_a_link(way: SmsCode) -> None:
    """No account opens by a phone, and it never tells who somebody is by personnummer."""
    assert way.traits.audiences == {"guest"}
    assert not way.traits.asserts_personnummer


@pytest.mark.parametrize(
    "changes",
    [
        {"phone": ""},
        {"phone": "08-123 456 78"},
        {"organisation": ""},
        {"organisation": "0" * 32},
    ],
)
def test_without_a_number_there_is_no_code(
    way: SmsCode, sms_plugin: Any, hints: dict[str, str], changes: dict[str, str]
) -> None:
    """A sentence says whom to ask; nothing is sent."""
    step = way.start(Loa.TWO, hints | changes)
    assert isinstance(step, Failed)
    assert "mobilnummer" in step.message
    assert not step.retry
    assert codes(sms_plugin) == []


def test_a_wrong_code_asks_again(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """And the right one still opens."""
    step = begin(way, hints)
    (code,) = codes(sms_plugin)
    assert "stämmer inte" in error(answer(way, step, wrong(code)))
    assert "sex siffrorna" in error(answer(way, step, ""))
    assert isinstance(answer(way, step, code), Identity)


def test_five_guesses_and_no_more(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """After that the right code does not help, and the page says what does."""
    step = begin(way, hints)
    (code,) = codes(sms_plugin)
    for _ in range(5):
        assert "stämmer inte" in error(answer(way, step, wrong(code)))
    assert "för många gånger" in error(answer(way, step, code))


def test_what_is_no_code_is_no_guess(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """A slip of the thumb costs nothing: too few digits, or too many."""
    step = begin(way, hints)
    (code,) = codes(sms_plugin)
    for typed in ("1", "12345", "1234567", "") * 2:
        assert "sex siffrorna" in error(answer(way, step, typed))
    for _ in range(4):
        assert "stämmer inte" in error(answer(way, step, wrong(code)))
    assert isinstance(answer(way, step, f"{code[:3]} {code[3:]}"), Identity)


def test_a_code_that_is_used_up_is_replaced_at_once(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """Nobody is told to wait for a code that no longer opens anything."""
    step: Any = begin(way, hints)
    (code,) = codes(sms_plugin)
    for _ in range(6):
        step = answer(way, step, wrong(code))
    assert "Be om en ny" in error(step)
    fresh = way.advance(step.state, {"choice": "again"})
    assert isinstance(fresh, Prompt)
    assert "ny kod" in fresh.message
    assert isinstance(answer(way, fresh, codes(sms_plugin)[-1]), Identity)


def test_many_guesses_at_once_are_no_more(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """Fifty at the same moment, with the same state, are judged as five at most: the count comes before the judgement.

    Two things are counted, one after the other, so that one guess may use up what another one is then refused for.
    """
    step = begin(way, hints)
    (code,) = codes(sms_plugin)
    with ThreadPoolExecutor(8) as pool:
        steps = list(pool.map(lambda _: error(answer(way, step, wrong(code))), range(50)))
    judged = sum("stämmer inte" in one for one in steps)
    assert 1 <= judged <= 5
    assert sum("för många gånger" in one for one in steps) == 50 - judged


def test_fifty_flows_at_once_let_nobody_in_wrongly(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """Each gets its own code; one in ten brings a neighbour's, which opens nothing."""
    phones = [f"+4670123{n:04}" for n in range(50)]
    with ThreadPoolExecutor(16) as pool:
        flows = list(
            pool.map(lambda phone: begin(way, hints | {"phone": phone, "ip": f"192.0.2.{phone[-2:]}"}), phones)
        )
        while sms_plugin.send():
            pass
        code_of = {one.to: re.findall(r"\d{6}", one.text)[0] for one in sms_plugin.gateway.taken}
        assert sorted(code_of) == phones
        brought = [code_of[phones[(n + 1) % 50]] if n % 10 == 3 else code_of[phone] for n, phone in enumerate(phones)]
        ends = list(pool.map(lambda pair: answer(way, *pair), zip(flows, brought, strict=True)))
    for n, end in enumerate(ends):
        if brought[n] == code_of[phones[n]]:
            assert isinstance(end, Identity)
            assert end.subject == phones[n]
        else:
            assert "stämmer inte" in error(end)


def test_a_code_opens_no_other_flow(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """Two flows to one phone have each their own."""
    first = begin(way, hints)
    (one,) = codes(sms_plugin)
    second = begin(way, hints)
    other = codes(sms_plugin)[-1]
    if one != other:
        assert "stämmer inte" in error(answer(way, first, other))
    assert isinstance(answer(way, first, one), Identity)
    assert isinstance(answer(way, second, other), Identity)


def test_a_code_ends(way: SmsCode, sms_plugin: Any, hints: dict[str, str], monkeypatch: Any) -> None:
    """After ten minutes by our own clock; a minute before it is good."""
    step = begin(way, hints)
    (code,) = codes(sms_plugin)
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + 601)
    assert "slutat gälla" in error(answer(way, step, code))
    monkeypatch.setattr(module.time, "time", lambda: now + 540)
    assert isinstance(answer(way, step, code), Identity)


def test_a_new_code_replaces_the_old(way: SmsCode, sms_plugin: Any, hints: dict[str, str], monkeypatch: Any) -> None:
    """Not before half a minute has gone; then the old one is worth nothing."""
    step = begin(way, hints)
    soon = way.advance(step.state, {"choice": "again"})
    assert isinstance(soon, Prompt)
    assert "halv minut" in soon.message
    (old,) = codes(sms_plugin)
    now = time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + 31)
    fresh = way.advance(soon.state, {"choice": "again", "code": ""})
    assert isinstance(fresh, Prompt)
    assert "ny kod" in fresh.message
    assert list(fresh.choices.values()) == ["Skicka en ny kod till telefonen"]
    old_, new = codes(sms_plugin)
    assert old_ == old
    if old != new:
        assert "stämmer inte" in error(answer(way, fresh, old))
    assert isinstance(answer(way, fresh, new), Identity)


def test_nobody_s_phone_is_flooded_and_the_victim_still_gets_in(
    way: SmsCode, sms_plugin: Any, hints: dict[str, str]
) -> None:
    """Five codes an hour to a number from one address; from another address its owner still gets one."""
    for _ in range(5):
        begin(way, hints)
    blocked = way.start(Loa.TWO, hints)
    assert isinstance(blocked, Failed)
    assert "för många koder" in blocked.message
    assert len(codes(sms_plugin)) == 5
    owner = begin(way, hints | {"ip": "198.51.100.4"})
    assert isinstance(answer(way, owner, codes(sms_plugin)[-1]), Identity)


def test_guessing_in_many_flows_is_limited_and_the_victim_still_gets_in(
    way: SmsCode, sms_plugin: Any, hints: dict[str, str]
) -> None:
    """Fifteen wrong codes an hour for a number from one address, whatever the flows; another address is not hurt."""
    judged = 0
    for _ in range(5):
        step = begin(way, hints)
        code = codes(sms_plugin)[-1]
        judged += sum("stämmer inte" in error(answer(way, step, wrong(code))) for _ in range(5))
    assert judged == 15
    assert "Vänta en timme" in error(answer(way, step, wrong(code))), "a new code would not help"
    owner = begin(way, hints | {"ip": "198.51.100.4"})
    assert isinstance(answer(way, owner, codes(sms_plugin)[-1]), Identity)


def test_one_address_does_not_send_to_everybody(
    way: SmsCode, sms_plugin: Any, hints: dict[str, str], monkeypatch: Any
) -> None:
    """So many codes an hour, to whatever numbers; others go on."""
    monkeypatch.setattr(module, "SENDS_ADDRESS", Limit(4, module.HOUR))
    numbers = [f"07012345{n:02}" for n in range(5)]
    steps = [way.start(Loa.TWO, hints | {"phone": number}) for number in numbers]
    assert [isinstance(step, Prompt) for step in steps] == [True] * 4 + [False]
    assert isinstance(way.start(Loa.TWO, hints | {"phone": numbers[-1], "ip": "198.51.100.4"}), Prompt)


def test_a_code_that_was_never_sent_says_why(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """Whoever waits in vain is told, and may ask for a new one at once."""
    step = begin(way, hints)
    sms_plugin.gateway.failures = [Permanent("Numret går inte att använda.")]
    sms_plugin.send()
    told = error(answer(way, step, ""))
    assert "+46 70 *** ** 12".replace(" ", "\u00a0") in told
    assert "Numret går inte att använda." in told
    again = way.advance(step.state, {"choice": "again"})
    assert isinstance(again, Prompt)
    assert "ny kod" in again.message


def test_the_code_is_kept_only_as_a_hash(
    way: SmsCode, platform: Platform, sms_plugin: Any, hints: dict[str, str], caplog: Any, capsys: Any
) -> None:
    """It stands in no state, table or log; nor does the number stand in tables or logs."""
    with caplog.at_level(logging.DEBUG):
        step = begin(way, hints)
        (code,) = codes(sms_plugin)
        answer(way, step, wrong(code))
        answer(way, step, code)
    said = repr(dict(step.state)) + caplog.text + "".join(capsys.readouterr())
    assert code not in said.replace(step.state["sent"], "").replace(step.state["until"], "")
    with platform.database.owner() as engine, engine.begin() as connection:
        tables = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schedule'")
        ).scalars()
        kept = "".join(repr(connection.execute(text(f'SELECT t::text FROM "{one}" t')).all()) for one in tables)
    assert "701234512" not in kept + caplog.text


def test_a_state_that_is_not_ours_identifies_nobody(way: SmsCode, sms_plugin: Any, hints: dict[str, str]) -> None:
    """Nor does a hash of something else."""
    step = begin(way, hints)
    (code,) = codes(sms_plugin)
    assert isinstance(way.advance({}, {"code": code}), Failed)
    forged = {**step.state, "id": "other"}
    assert "stämmer inte" in error(way.advance(forged, {"code": code}))


def test_the_lifetime_is_the_text_s() -> None:
    """What the message says is what holds."""
    assert timedelta(minutes=10) == module.LIFETIME


class TestContract(IdentityProviderContract):
    """The code by SMS keeps the contract of identity providers."""

    @pytest.fixture
    def provider(self, way: SmsCode) -> SmsCode:
        return way

    @pytest.fixture
    def hints(self, sms_plugin: Any) -> Mapping[str, str]:
        return {
            "organisation": str(sms_plugin.organisation.id),
            "phone": PHONE,
            "email": "maria@example.se",
            "language": "sv",
            "ip": "127.0.0.1",
        }

    @pytest.fixture
    def answers(self, monkeypatch: Any) -> tuple[Mapping[str, str], ...]:
        monkeypatch.setattr(module.secrets, "randbelow", lambda _: 12345)
        return ({"code": "012345"},)
