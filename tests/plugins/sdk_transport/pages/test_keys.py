"""The page of an organisation's keys: what to do about each, and a roll-over that loses no message (feature SD18)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from sqlalchemy import text

from budkavle import Platform, Role
from budkavle.accounts import create_organisation, create_user
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.working import do_job
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.pages.keys import PATH
from budkavle_sdk_transport.simulator.ca import Validity
from budkavle_sdk_transport.simulator.federation import Federation

PASSWORD = "fyra ord i rad "
"""Its last letter is a space: what opens a file is not tidied up."""


@pytest.fixture
def browser(platform: Platform) -> Iterator[Callable[..., Browser]]:
    """The installation's pages."""
    with browsing(platform) as opened:
        yield opened


@pytest.fixture
def admin(platform: Platform, region: Any, browser: Callable[..., Browser]) -> Browser:
    """The region's administrator."""
    return browser(
        in_work(
            platform, region.organisation.system, create_user, email="chef@region.example", name="Chef", role=Role.ADMIN
        )
    )


def add(browser: Browser, content: bytes, password: str = PASSWORD, **more: str) -> Any:
    """Send the form with a file."""
    files = {"key": ("ny.p12", content, "application/x-pkcs12")}
    return browser.post(PATH, files=files, password=password, **more)


def test_an_old_session_is_led_to_identifying(admin: Browser, region: Any, platform: Platform) -> None:
    """No page says that the form is kept: its file is not, so it is filled in again afterwards."""
    with platform.database.transaction(region.organisation.id) as connection:
        connection.execute(text("UPDATE sessions SET identified_at = now() - interval '1 day'"))
    admin.cookie += "; browser=this; __Host-browser=this"
    answer = add(admin, b"a key")
    assert (answer.status_code, "/step-up" in answer.headers.get("location", "")) == (303, True)


@cache
def key_number(number: int) -> RSAPrivateKey:
    """A private key: making one takes a second, and which it is matters to no certificate."""
    return generate_private_key(65537, 3072)


def issued(live_federation: Federation, *, days: int = 700, number: int = 1) -> KeyPair:
    """A pair for the region from the federation's authority, with one of a few keys."""
    until = datetime.now(UTC) + timedelta(days=days)
    begun = min(datetime.now(UTC), until) - timedelta(days=9)
    pair: KeyPair = live_federation.authority.issue(
        "regionvattern.example",
        "Region Vättern",
        valid=Validity(begun, until),
        key=key_number(number),
    )
    return pair


def certificates(region: Any, parts: Network) -> list[Any]:
    membership = parts.memberships.of_participant(region.participant.participant)
    return [one.certificate for one in membership.pairs]


@pytest.mark.feature("SD18")
def test_a_key_takes_over_and_no_message_is_lost(
    platform: Platform,
    municipality: Any,
    region: Any,
    sdk_worker: Any,
    parts: Network,
    certpub: CertPub,
    live_federation: Federation,
    admin: Browser,
) -> None:
    """Imported in the page; what is under way to the old one is opened, then the new one signs and opens."""
    new, name = issued(live_federation), region.participant.participant
    assert "Inget behöver göras." in admin.get(PATH).text
    added = add(admin, new.to_pkcs12(PASSWORD.encode()))
    assert (added.status_code, added.headers["location"]) == (303, f"{PATH}?said=added")
    page = admin.get(f"{PATH}?said=added").text
    assert "Nyckeln är inlagd och öppnar genast." in page
    assert "Väntar på publicering" in page
    assert "Publicera certifikatet i SDK adressbok." in page
    assert parts.memberships.of_participant(name).signer.certificate != new.certificate
    municipality.send(region.address(), subject="Till den gamla")
    sdk_worker.deliver()
    live_federation.publisher.publish(name, encryption=new.certificate, signing=new.certificate)
    certpub.forget()
    do_job(platform, "sdk.certificates")
    municipality.send(region.address(), subject="Till den nya")
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"] * 2
    assert {one.subject for one in region.messages()} == {"Till den gamla", "Till den nya"}
    assert parts.memberships.of_participant(name).signer.certificate == new.certificate
    page = admin.get(PATH).text
    assert page.index("Den som skriver under") < page.index("Öppnar det som har krypterats till den.")


def test_what_is_stored_and_told_has_no_password(
    region: Any, parts: Network, live_federation: Federation, admin: Browser
) -> None:
    """The key is sealed, the password nowhere; the event log has the serial number and who did it."""
    new = issued(live_federation)
    add(admin, new.to_pkcs12(PASSWORD.encode()))
    assert certificates(region, parts)[0] == new.certificate
    rows = region.organisation.rows("SELECT pair FROM sdk_identities")
    assert all(b"PRIVATE KEY" not in bytes(row.pair) for row in rows)
    (told,) = (
        one for one in region.organisation.log_entries("sdk.key-added") if f"{new.certificate.serial_number:x}" in one
    )
    assert '"name":"Chef"' in told
    assert PASSWORD.strip() not in told
    wrong = add(admin, new.to_pkcs12(PASSWORD.encode()), password="hemligt fel")
    assert "hemligt fel" not in wrong.text


def test_what_is_wrong_with_a_file_is_told_at_its_field(
    region: Any, parts: Network, live_federation: Federation, admin: Browser
) -> None:
    """No file, another kind, a wrong password, a known key, a certificate out of time, two halves."""
    new = issued(live_federation)
    good, other = new.to_pkcs12(PASSWORD.encode()), issued(live_federation, number=2)
    before = certificates(region, parts)
    mixed = (
        new.to_pem().partition(b"-----BEGIN CERTIFICATE")[0] + other.to_pem().partition(b"-----END PRIVATE KEY-----")[2]
    )
    wrong = {
        "Välj filen med nyckeln.": add(admin, b""),
        "Filen gick inte att öppna.": add(admin, b"hej"),
        "Kontrollera lösenordet": add(admin, good, PASSWORD.strip()),
        "PKCS#12-fil (.p12 eller .pfx) med en RSA-nyckel": add(admin, mixed),
        "Certifikatet i filen gick ut": add(admin, issued(live_federation, days=-1).to_pkcs12(PASSWORD.encode())),
    }
    for sentence, answer in wrong.items():
        assert (answer.status_code, sentence in answer.text) == (422, True), sentence
        assert 'id="key-error"' in answer.text
    assert certificates(region, parts) == before
    assert add(admin, good).status_code == 303
    again = add(admin, good)
    assert (again.status_code, "Nyckeln finns redan." in again.text) == (422, True)
    assert add(admin, b"x" * 200_000).status_code == 413


def test_it_says_in_time_what_to_do(region: Any, parts: Network, live_federation: Federation, admin: Browser) -> None:
    """Near its end, replaced, and over; and the card among the organisation's settings says that there is something."""
    name, memberships = region.participant.participant, parts.memberships
    assert "Något att göra" not in admin.get("/organisation/settings").text
    old = issued(live_federation, days=10)
    memberships.add(region.organisation.id, name, old)
    ends = f"{old.certificate.not_valid_after_utc:%Y-%m-%d}"
    assert f"Certifikatet går ut {ends}. Beställ ett nytt" in admin.get(PATH).text
    assert "Något att göra" in admin.get("/organisation/settings").text
    add(admin, issued(live_federation).to_pkcs12(PASSWORD.encode()))
    assert f"Certifikatet går ut {ends}. Ett nytt är inlagt" in admin.get(PATH).text
    memberships.add(region.organisation.id, name, issued(live_federation, days=-1))
    assert "Andra litar inte längre på det ni skriver under." in admin.get(PATH).text


def test_the_certificate_can_be_fetched_and_never_the_key(
    municipality: Any, region: Any, parts: Network, admin: Browser
) -> None:
    """As PEM, to be published; another organisation's is not found."""
    membership = parts.memberships.of_participant(region.participant.participant)
    answer = admin.get(f"{PATH}/{membership.own[0].id}/certificate")
    assert answer.status_code == 200
    assert answer.content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in answer.content
    theirs = parts.memberships.of_participant(municipality.participant.participant)
    assert admin.get(f"{PATH}/{theirs.own[0].id}/certificate").status_code == 404


def test_it_is_for_administrators_with_the_forms_token(
    region: Any, parts: Network, live_federation: Federation, browser: Any, admin: Browser
) -> None:
    """A member is turned away, and so is a form without the session's token; nothing is added."""
    member, before = browser(region.case_worker), certificates(region, parts)
    file = issued(live_federation).to_pkcs12(PASSWORD.encode())
    assert member.get(PATH).status_code == add(member, file).status_code == 403
    assert add(admin, file, csrf="").status_code == 403
    assert certificates(region, parts) == before


def test_an_organisation_outside_sdk_is_told_so(
    platform: Platform, municipality: Any, live_federation: Federation, browser: Callable[..., Browser]
) -> None:
    """There is nothing to add a key to."""
    made = create_organisation(platform, municipality.organisation.system, "Trygghetsmyndigheten")
    system = system_actor(made.id, "Admin")
    outside = browser(in_work(platform, system, create_user, email="chef@trygg.example", name="Chef", role=Role.ADMIN))
    page = outside.get(PATH).text
    assert "Organisationen deltar inte i SDK än" in page
    assert "Lägg in nyckeln" not in page
    assert add(outside, issued(live_federation).to_pkcs12(PASSWORD.encode())).status_code == 409
