from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest

from budkavle.host import Host
from budkavle.model.errors import Misconfigured, Unavailable
from budkavle_addressbook import health
from budkavle_addressbook.directory import NationalDirectory
from budkavle_addressbook.national import local_copy
from budkavle_addressbook.settings import Settings

Answer = Callable[[str, BaseHTTPRequestHandler], bool]


def _found(host: Host, organisation: Any, words: str) -> list[str]:
    entries = NationalDirectory(host).search(organisation.case_worker, None, words, 20)
    return [entry.address.value for entry in entries]


@pytest.mark.feature("AB1")
def test_a_whole_address_book_is_copied(host: Host, service: Any, habo: Any) -> None:
    """All pages of all collections come along, parts of organisations are led back to their participant."""
    host.settings = Settings(url=service.url)
    copy = local_copy.refresh(host)
    assert (copy.organisations, copy.functions, copy.skipped) == (3, 3, 2)
    assert local_copy.status(host) == copy
    assert sum("/addresses" in path for path in service.asked) == 3
    entry = NationalDirectory(host).find(habo.case_worker, "sdk", "sdk.bup.0203:regionuppsala.se")
    assert entry is not None
    assert entry.address.organisation == "Barn- och ungdomspsykiatrin"
    assert entry.address.organisation_value == "0203:regionuppsala.se"
    assert entry.keywords == ("Hälsa & vård",)


@pytest.mark.feature("AB1")
def test_a_code_is_found_by_its_word(copied: Host, habo: Any) -> None:
    """A function that only names a code is found by what the code system calls it."""
    assert _found(copied, habo, "arkiv") == ["SE2120000241-0001"]


@pytest.mark.feature("AB1")
@pytest.mark.parametrize("size", [1, 5])
def test_the_copy_is_replaced_whole(copied: Host, service: Any, habo: Any, size: int) -> None:
    """What the service has no more is gone from the copy, and what is new is there."""
    service.size = size
    gone, *kept = service.collections["addresses"]
    new = gone | {"attributes": {"name": "Brandförsvar", "identifier": "sdk:brand"}}
    service.collections["addresses"] = [*kept, new]
    local_copy.refresh(copied)
    assert _found(copied, habo, "socialtjänst") == []
    assert _found(copied, habo, "brand") == ["sdk:brand"]


@pytest.mark.feature("AB1")
@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"", 500, "felkod 500"),
        (b"", 404, "felkod 404"),
        (b"<html>underhall</html>", 200, "JSON:API"),
        (b'{"data": []}', 200, "utan en enda"),
        (b"", 302, "felkod 302"),
        (b" " * 3000, 200, "mer än 2000 byte"),
    ],
)
def test_a_bad_answer_leaves_the_old_copy(
    copied: Host, service: Any, habo: Any, answering: Any, body: bytes, status: int, sentence: str
) -> None:
    """The failure is said and noted, and work goes on with what was there."""
    before = local_copy.status(copied)
    assert before is not None
    copied.settings = Settings(url=service.url, max_page_bytes=2000)
    service.answer = answering(body, status)
    with pytest.raises(Unavailable, match=sentence):
        local_copy.refresh(copied)
    after = local_copy.status(copied)
    assert after is not None
    assert after.fetched_at == before.fetched_at
    assert sentence in after.failure
    assert _found(copied, habo, "registrator") == ["SE2120000241-0001"]


@pytest.mark.feature("AB1")
def test_a_service_that_is_down_leaves_the_old_copy(copied: Host, service: Any, habo: Any, free_port: int) -> None:
    """Nobody answers at the address; the job says so in the copy's own note and raises nothing."""
    copied.settings = Settings(url=f"http://127.0.0.1:{free_port}/api", timeout=2)
    assert local_copy.refresh_if_due(copied) == 0
    known = local_copy.status(copied)
    assert known is not None
    assert "ConnectError" in known.failure
    assert _found(copied, habo, "registrator") == ["SE2120000241-0001"]


@pytest.mark.feature("AB1")
def test_a_service_that_drips_is_given_up(copied: Host, service: Any, dripping: Answer) -> None:
    """A byte now and then keeps no worker: the whole answer has one time limit."""
    copied.settings = Settings(url=service.url, timeout=0.4)
    service.answer = dripping
    with pytest.raises(Unavailable, match="för långsamt"):
        local_copy.refresh(copied)


@pytest.mark.feature("AB1")
def test_all_answers_together_are_limited(copied: Host, service: Any) -> None:
    """Many pages that are each small enough still have a common limit."""
    copied.settings = Settings(url=service.url, max_bytes=1500)
    with pytest.raises(Unavailable, match="mer än"):
        local_copy.refresh(copied)


@pytest.mark.feature("AB1")
@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("http://other.example.invalid/addresses", "annan server"),
        ("//other.example.invalid/addresses", "annan server"),
        ("file:///etc/passwd", "annan server"),
        ("https://127.0.0.1/addressbook/api/addresses", "annan server"),
        ("http://a:b/", "går inte att läsa"),
        ("?", "aldrig slut"),
    ],
)
def test_a_link_elsewhere_is_refused(copied: Host, service: Any, answering: Any, link: str, sentence: str) -> None:
    """`links.next` never leads to another origin, and never in a circle."""
    service.answer = answering(msgspec.json.encode({"data": [], "links": {"next": link}}))
    with pytest.raises(Unavailable, match=sentence):
        local_copy.refresh(copied)


@pytest.mark.feature("AB1")
@pytest.mark.parametrize("url", [None, "", "ftp://x/y", "adressbok", "http://a:b", "http://"])
def test_a_wrong_address_is_said(host: Host, url: str | None) -> None:
    """The sentence names the setting."""
    host.settings = Settings(url=url)
    with pytest.raises(Misconfigured, match="url"):
        local_copy.refresh(host)


@pytest.mark.feature("AB1")
def test_the_job_reads_only_when_it_is_due(copied: Host, service: Any) -> None:
    """A fresh copy is left alone; an old one, or one of another address, is read again; a failed one sooner."""
    service.asked.clear()
    local_copy.refresh_if_due(copied)
    assert service.asked == []
    copied.settings = Settings(url=service.url, interval=0)
    local_copy.refresh_if_due(copied)
    assert service.asked
    service.asked.clear()
    copied.settings = Settings(url=service.url + "/")
    local_copy.refresh_if_due(copied)
    assert service.asked


@pytest.mark.feature("AB1")
def test_health_tells_the_age(copied: Host, service: Any, answering: Any) -> None:
    """A fresh copy is well, an old one is not, and the sentence carries age, size and the last failure."""
    (fresh,) = health.check(copied, None)
    assert fresh.ok
    assert "hämtades nyss: 3 funktioner" in fresh.sentence
    copied.settings = Settings(url=service.url, stale_after=0)
    service.answer = answering(b"", 503)
    with pytest.raises(Unavailable):
        local_copy.refresh(copied)
    (old,) = health.check(copied, None)
    assert not old.ok
    assert "felkod 503" in old.sentence
    assert "addressbook refresh" in old.remedy


@pytest.mark.feature("AB1")
def test_health_without_a_copy(host: Host) -> None:
    """Where an address is set but nothing was read, that is not well; where none is set, it is a choice."""
    (chosen,) = health.check(host, None)
    assert chosen.ok
    host.settings = Settings(url="http://127.0.0.1:1/api")
    (missing,) = health.check(host, None)
    assert not missing.ok


@pytest.mark.parametrize(
    ("age", "said"),
    [
        ({"seconds": 59}, "nyss"),
        ({"minutes": 1}, "för en minut sedan"),
        ({"minutes": 59}, "för 59 minuter sedan"),
        ({"hours": 1}, "för en timme sedan"),
        ({"days": 3}, "för 3 dygn sedan"),
    ],
)
def test_ages_are_said_as_people_do(age: dict[str, int], said: str) -> None:
    """Minutes, hours, days."""
    assert health.ago(timedelta(**age)) == said


def test_age_is_never_below_zero() -> None:
    """A clock that was set back does not make a copy from the future."""
    copy = local_copy.Copy("", datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC))
    assert copy.age() == timedelta()
