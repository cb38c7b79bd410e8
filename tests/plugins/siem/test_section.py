"""The test of the settings sends a marked record, says which step failed, and leaves the stream where it is."""

import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from budkavle import Forbidden, Platform
from budkavle.accounts.settings_tests import SettingsTestResult, run_settings_test
from budkavle.testing import SampleOrganisation
from budkavle_siem.section import section
from budkavle_siem.settings import StreamSettings, receiver_faults
from budkavle_siem.stream import Stream

CONNECTED, SECURE = "Servern tar emot anslutningen.", "TLS fungerar, och serverns certifikat godtas."


def tried(siem: Any) -> SettingsTestResult:
    admin = siem.organisation.administrator
    return run_settings_test(siem.platform, admin, "siem.stream", admin.email)


def steps(result: SettingsTestResult) -> list[str]:
    return [str(step) for step in result.steps]


def ids(messages: list[bytes]) -> list[str]:
    return [re.findall(rb' id="[^":]+:([^"]+)"', message)[0].decode() for message in messages]


@pytest.mark.feature("OX3")
def test_a_marked_record_is_read_by_the_receiver(siem: Any, receiver: Any) -> None:
    """Each time with an id of its own, told on the page; it stands in no log, and the stream begins as before."""
    siem.to(receiver, client=receiver.client_pem.replace("\n", ""))
    first, second = tried(siem), tried(siem)
    assert first.fault is None
    assert steps(first)[:2] == [CONNECTED, SECURE]
    assert [message.split(b" ")[5] for message in receiver.read] == [b"siem.test"] * 2
    names = ids(receiver.read)
    assert len(set(names)) == 2
    assert [name in steps(result)[2] for name, result in zip(names, (first, second), strict=True)] == [True, True]
    assert siem.place() is None
    receiver.read.clear()
    sent = siem.send()
    assert ids(receiver.read) == [str(number) for number in range(1, sent + 1)]
    assert b"siem.test" not in b"".join(receiver.read)
    cursor = siem.place().number
    assert tried(siem).fault is None
    assert siem.place().number == cursor


@pytest.mark.feature("OX3")
def test_it_can_be_tried_before_it_is_on(siem: Any, receiver: Any) -> None:
    """The page then says that nothing else is sent."""
    siem.to(receiver, on=False)
    assert steps(tried(siem))[-1].startswith("Händelseloggen skickas inte än.")
    assert len(receiver.read) == 1


@pytest.mark.feature("OX3")
@pytest.mark.parametrize("form", ["text", "ocsf"])
def test_it_goes_by_https_in_either_format(siem: Any, receiver: Any, collector: Any, form: str) -> None:
    """One line, with the token; a status that is no success is told."""
    siem.to(receiver, way="https", form=form, url=f"https://localhost:{collector.port}/events", token="hemligt")
    result = tried(siem)
    assert result.fault is None
    (line,) = collector.seen[0][1].splitlines()
    told = json.loads(line)
    assert (told.get("kind") or told["message"]) == "siem.test"
    assert (told.get("id") or told["metadata"]["uid"]) in steps(result)[-1]
    for status, sentence in ((503, "felkod 503"), (401, "godtar inte vår token (felkod 401)")):
        collector.status = status
        refused = tried(siem)
        assert steps(refused) == [SECURE]
        assert sentence in str(refused.fault)
        assert "hemligt" not in str(refused)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections, and says nothing."""
    with socket.create_server(("localhost", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.feature("OX3")
@pytest.mark.parametrize(
    ("values", "done", "sentence"),
    [
        ({"on": False, "host": ""}, [], "Skriv serverns namn"),
        ({"on": False, "way": "https"}, [], "Adressen ska börja med https://"),
        ({"host": "finns-inte.invalid"}, [], "går inte att slå upp"),
        ({"way": "https", "url": "https://finns-inte.invalid/"}, [], "går inte att slå upp"),
        ({"port": 1}, [], "tar inte emot anslutningen"),
        ({"way": "https", "url": "https://localhost:1/"}, [], "tar inte emot anslutningen"),
        ({"ca": ""}, [CONNECTED], "certifikat som inte godtas"),
        ({"ca": "", "way": "https", "url": "https://localhost:{collector}/"}, [], "certifikat som inte godtas"),
        ({"port": "{silent}"}, [CONNECTED], "svarade inte inom 2 sekunder"),
        ({"way": "https", "url": "https://localhost:{silent}/"}, [], "svarade inte inom 2 sekunder"),
    ],
)
def test_the_step_that_failed_is_told(
    siem: Any, receiver: Any, collector: Any, silent: int, values: dict[str, Any], done: list[str], sentence: str
) -> None:
    """After those that went well; the stream takes no note of it, and no pause."""
    chosen = {
        name: str(value).format(silent=silent, collector=collector.port) if name in {"url", "port"} else value
        for name, value in values.items()
    }
    siem.to(receiver)
    siem.choose(**(chosen | ({"port": int(chosen["port"])} if "port" in chosen else {})))
    result = tried(siem)
    assert steps(result) == done
    assert sentence in str(result.fault)
    assert siem.place() is None
    assert (receiver.read, collector.seen) == ([], [])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        *(({"host": host}, "host") for host in ("", "-1", "logg.habo.se:6514", "https://logg.habo.se", "a b", "x..y")),
        *(
            ({"way": "https", "url": url}, "url")
            for url in ("", "http://logg.habo.se", "https://", "https:///x", "https://a:b@logg.habo.se", "https://x:0")
        ),
        *(({"token": token}, "token") for token in ("åäö", "två ord", "rad\nrad", "tyst\u200b")),
    ],
)
def test_a_receiver_that_cannot_be_is_refused_at_its_field(values: dict[str, Any], field: str) -> None:
    """A name with its port, an address without a name, a token that no header can have."""
    chosen = msgspec.convert({"on": True, "host": "logg.habo.se"} | values, StreamSettings)
    assert set(receiver_faults(chosen)) == {field}


@pytest.mark.parametrize("host", ["logg.habo.se", "localhost", "192.0.2.7", "2001:db8::7", "_logg-1.habo.se"])
def test_a_name_or_an_ip_address_is_a_receiver(host: str) -> None:
    assert receiver_faults(StreamSettings(on=True, host=host, token="Abc.123-_~+/==")) == {}


@pytest.mark.feature("OX3")
def test_a_token_stored_before_it_was_checked_stops_its_own_log_alone(
    siem: Any, collector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as a fault of this log, and is none of the plugin, whose other logs would wait for it."""
    url = f"https://localhost:{collector.port}/events"
    value = StreamSettings(on=True, way="https", url=url, token="åäö", history=True)
    monkeypatch.setattr(Stream, "chosen", lambda *_: value)
    assert siem.send() == 0
    assert "Klistra in token" in siem.fault
    assert collector.seen == []


@pytest.mark.feature("OX3")
def test_a_server_that_refuses_our_certificate_has_read_nothing(siem: Any, receiver: Any) -> None:
    """In TLS 1.3 it says so after the handshake, by an alert, which is no answer to our close."""
    receiver.tls.verify_mode = ssl.CERT_REQUIRED
    siem.to(receiver)
    for _ in range(20):  # the alert comes now before our close, and now after it
        result = tried(siem)
        assert steps(result) == [CONNECTED, SECURE]
        assert "Kontrollera om den kräver ett certifikat av oss." in str(result.fault)
    assert siem.send() == 0
    assert receiver.read == []


@pytest.mark.feature("OX3")
def test_a_server_that_confirms_nothing_is_late(siem: Any, receiver: Any) -> None:
    """What is not confirmed counts as not read."""
    receiver.answers = False
    siem.to(receiver)
    result = tried(siem)
    assert steps(result) == [CONNECTED, SECURE]
    assert "bekräftade inte inom 2 sekunder" in str(result.fault)


@pytest.mark.feature("OX3")
def test_a_test_reaches_nothing_inside(open_siem: Callable[..., Platform], siem: Any, receiver: Any) -> None:
    """As the stream itself."""
    other = type(siem)(SampleOrganisation.create(open_siem(private=()), "Habo två"))
    other.to(receiver)
    assert "internt nät" in str(tried(other).fault)
    assert receiver.read == []


@pytest.mark.feature("OX3")
def test_only_administrators_start_it(siem: Any, receiver: Any) -> None:
    """Whoever may not change the section may not send by it either; the whole test fits in its time."""
    siem.to(receiver)
    with pytest.raises(Forbidden):
        run_settings_test(siem.platform, siem.organisation.case_worker, "siem.stream", "anna@habo.example")
    assert receiver.read == []
    test = section(siem.platform.plugins.host("siem")).test
    assert test is not None
    assert test.seconds >= 4 * 15  # looking up, connecting, TLS, closing
