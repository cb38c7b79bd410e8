"""The page of an organisation's keys: what to do about each, and a roll-over that loses no message (feature SD18)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from budkavle import Role
from budkavle.accounts import create_organisation, create_user
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.working import do_job
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.pages.keys import PATH
from budkavle_sdk_transport.simulator.ca import Validity

PASSWORD = "fyra ord i rad "
"""Its last letter is a space: what opens a file is not tidied up."""


@pytest.fixture
def browser(town: Any) -> Iterator[Callable[..., Browser]]:
    """The installation's pages."""
    with browsing(town.platform) as opened:
        yield opened


@pytest.fixture
def admin(town: Any, browser: Callable[..., Browser]) -> Browser:
    """The region's administrator."""
    return browser(
        in_work(town.platform, town.b.admin, create_user, email="chef@region.example", name="Chef", role=Role.ADMIN)
    )


def add(browser: Browser, content: bytes, password: str = PASSWORD, **more: str) -> Any:
    """Send the form with a file."""
    files = {"key": ("ny.p12", content, "application/x-pkcs12")}
    return browser.post(PATH, files=files, password=password, **more)


@cache
def key_number(number: int) -> RSAPrivateKey:
    """A private key: making one takes a second, and which it is matters to no certificate."""
    return generate_private_key(65537, 3072)


def issued(town: Any, *, days: int = 700, number: int = 1) -> KeyPair:
    """A pair for the region from the federation's authority, with one of a few keys."""
    until = datetime.now(UTC) + timedelta(days=days)
    begun = min(datetime.now(UTC), until) - timedelta(days=9)
    pair: KeyPair = town.federation.authority.issue(
        "regionvattern.example",
        "Region Vättern",
        valid=Validity(begun, until),
        key=key_number(number),
    )
    return pair


def certificates(town: Any) -> list[Any]:
    membership = town.network.memberships.of_participant(town.b.participant.participant)
    return [one.certificate for one in membership.pairs]


@pytest.mark.feature("SD18")
def test_a_key_takes_over_and_no_message_is_lost(town: Any, admin: Browser) -> None:
    """Imported in the page; what is under way to the old one is opened, then the new one signs and opens."""
    new, region = issued(town), town.b.participant.participant
    assert "Inget behöver göras." in admin.get(PATH).text
    added = add(admin, new.to_pkcs12(PASSWORD.encode()))
    assert (added.status_code, added.headers["location"]) == (303, f"{PATH}?said=added")
    page = admin.get(f"{PATH}?said=added").text
    assert "Nyckeln är inlagd och öppnar genast." in page
    assert "Väntar på publicering" in page
    assert "Publicera certifikatet i SDK adressbok." in page
    assert town.network.memberships.of_participant(region).signer.certificate != new.certificate
    town.a.send(town.b.address(), subject="Till den gamla")
    town.carry()
    town.federation.publisher.publish(region, encryption=new.certificate, signing=new.certificate)
    town.certificates.forget()
    do_job(town.platform, "sdk.certificates")
    town.a.send(town.b.address(), subject="Till den nya")
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"] * 2
    assert {one.subject for one in town.b.messages()} == {"Till den gamla", "Till den nya"}
    assert town.network.memberships.of_participant(region).signer.certificate == new.certificate
    page = admin.get(PATH).text
    assert page.index("Den som skriver under") < page.index("Öppnar det som har krypterats till den.")


def test_what_is_stored_and_told_has_no_password(town: Any, admin: Browser) -> None:
    """The key is sealed, the password nowhere; the event log has the serial number and who did it."""
    new = issued(town)
    add(admin, new.to_pkcs12(PASSWORD.encode()))
    assert certificates(town)[0] == new.certificate
    rows = town.b.rows("SELECT pair FROM sdk_identities")
    assert all(b"PRIVATE KEY" not in bytes(row.pair) for row in rows)
    (told,) = (one for one in town.b.events("sdk.key-added") if f"{new.certificate.serial_number:x}" in one)
    assert '"name":"Chef"' in told
    assert PASSWORD.strip() not in told
    wrong = add(admin, new.to_pkcs12(PASSWORD.encode()), password="hemligt fel")
    assert "hemligt fel" not in wrong.text


def test_what_is_wrong_with_a_file_is_told_at_its_field(town: Any, admin: Browser) -> None:
    """No file, another kind, a wrong password, a known key, a certificate out of time, two halves."""
    new = issued(town)
    good, other = new.to_pkcs12(PASSWORD.encode()), issued(town, number=2)
    before = certificates(town)
    mixed = (
        new.to_pem().partition(b"-----BEGIN CERTIFICATE")[0] + other.to_pem().partition(b"-----END PRIVATE KEY-----")[2]
    )
    wrong = {
        "Välj filen med nyckeln.": add(admin, b""),
        "Filen gick inte att öppna.": add(admin, b"hej"),
        "Kontrollera lösenordet": add(admin, good, PASSWORD.strip()),
        "PKCS#12-fil (.p12 eller .pfx) med en RSA-nyckel": add(admin, mixed),
        "Certifikatet i filen gick ut": add(admin, issued(town, days=-1).to_pkcs12(PASSWORD.encode())),
    }
    for sentence, answer in wrong.items():
        assert (answer.status_code, sentence in answer.text) == (422, True), sentence
        assert 'id="key-error"' in answer.text
    assert certificates(town) == before
    assert add(admin, good).status_code == 303
    again = add(admin, good)
    assert (again.status_code, "Nyckeln finns redan." in again.text) == (422, True)
    assert add(admin, b"x" * 200_000).status_code == 413


def test_it_says_in_time_what_to_do(town: Any, admin: Browser) -> None:
    """Near its end, replaced, and over; and the card among the organisation's settings says that there is something."""
    region, memberships = town.b.participant.participant, town.network.memberships
    assert "Något att göra" not in admin.get("/organisation/settings").text
    old = issued(town, days=10)
    memberships.add(town.b.admin.organisation_id, region, old)
    ends = f"{old.certificate.not_valid_after_utc:%Y-%m-%d}"
    assert f"Certifikatet går ut {ends}. Beställ ett nytt" in admin.get(PATH).text
    assert "Något att göra" in admin.get("/organisation/settings").text
    add(admin, issued(town).to_pkcs12(PASSWORD.encode()))
    assert f"Certifikatet går ut {ends}. Ett nytt är inlagt" in admin.get(PATH).text
    memberships.add(town.b.admin.organisation_id, region, issued(town, days=-1))
    assert "Andra litar inte längre på det ni skriver under." in admin.get(PATH).text


def test_the_certificate_can_be_fetched_and_never_the_key(town: Any, admin: Browser) -> None:
    """As PEM, to be published; another organisation's is not found."""
    membership = town.network.memberships.of_participant(town.b.participant.participant)
    answer = admin.get(f"{PATH}/{membership.own[0].id}/certificate")
    assert answer.status_code == 200
    assert answer.content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in answer.content
    theirs = town.network.memberships.of_participant(town.a.participant.participant)
    assert admin.get(f"{PATH}/{theirs.own[0].id}/certificate").status_code == 404


def test_it_is_for_administrators_with_the_forms_token(town: Any, browser: Any, admin: Browser) -> None:
    """A member is turned away, and so is a form without the session's token; nothing is added."""
    member, before = browser(town.b.person), certificates(town)
    file = issued(town).to_pkcs12(PASSWORD.encode())
    assert member.get(PATH).status_code == add(member, file).status_code == 403
    assert add(admin, file, csrf="").status_code == 403
    assert certificates(town) == before


def test_an_organisation_outside_sdk_is_told_so(town: Any, browser: Callable[..., Browser]) -> None:
    """There is nothing to add a key to."""
    made = create_organisation(town.platform, town.a.admin, "Trygghetsmyndigheten")
    system = system_actor(made.id, "Admin")
    outside = browser(
        in_work(town.platform, system, create_user, email="chef@trygg.example", name="Chef", role=Role.ADMIN)
    )
    page = outside.get(PATH).text
    assert "Organisationen deltar inte i SDK än" in page
    assert "Lägg in nyckeln" not in page
    assert add(outside, issued(town).to_pkcs12(PASSWORD.encode())).status_code == 409
