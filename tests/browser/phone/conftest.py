"""A phone on which Anna is signed in."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.conftest import OpenPage
from tests.browser.phone.phone_page import ANNA, PASSWORD, PHONE, sign_in

from budkavle.accounts import create_organisation
from budkavle.model.people import Role
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.actors import system_actor
from budkavle.testing.databases import Databases
from budkavle.testing.running import Running, installed


@pytest.fixture(scope="module")
def switches() -> tuple[str, ...]:
    """A camera that shows a moving picture."""
    return ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="module")
def chromium(chromium: Browser, program: Callable[..., str], switches: tuple[str, ...]) -> Iterator[Browser]:
    """The full browser: the one without windows shows no notifications."""
    whole = program("chromium", "google-chrome")
    made = chromium.browser_type.launch(executable_path=whole, args=["--no-sandbox", "--disable-gpu", *switches])
    yield made
    made.close()


@pytest.fixture(scope="module")
def small(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An installation with one organisation."""
    folder, more = tmp_path_factory.mktemp("phone"), "[[plugins.eid.passkey]]"
    with (
        installed(budkavle_databases, folder, ["phone", "eid", "email_link"], more, host="localhost") as made,
        made.serving(),
    ):
        yield made


@pytest.fixture(scope="module")
def habo(small: Running) -> SampleOrganisation:
    made = create_organisation(small.platform, system_actor(), "Habo kommun")
    return SampleOrganisation(small.platform, made)


@pytest.fixture(scope="module")
def anna(habo: SampleOrganisation) -> SampleUser:
    user = habo.add_user("Anna Ek", Role.USER, email=ANNA, password=PASSWORD)
    habo.add_mailbox("Bygglov", user)
    return user


@pytest.fixture
def phone(small: Running, anna: SampleUser, open_page: OpenPage) -> Page:
    """A phone on which Anna is signed in."""
    page = open_page(small.url, **PHONE, permissions=["notifications", "camera"])
    sign_in(page)
    return page
