"""People whom a directory keeps sign in by OpenID Connect, and nobody has linked them by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from tests.plugins.eid.oidc.test_web import BASE, begin, come_back
from tests.plugins.scim.conftest import Directory

from budkavle import Platform
from budkavle.testing import SampleOrganisation, do_job
from budkavle.web.app import create_app
from budkavle_eid.connections.kinds import KINDS
from budkavle_eid.settings import OidcSettings
from budkavle_scim import linking, tokens

OID = "6f1d8a4e-oid-of-anna"


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], op: Any) -> Platform:
    connection = {
        "name": "op",
        "label": "Entra",
        "preset": "entra",
        "issuer": op.url,
        "client_id": "plattform",
        "client_auth": "client_secret_basic",
        "client_secret": "hemlig-hemlig-hemlig-hemlig-1234",
        "subject": "oid",
        "loa": 3,
        "level_missing": 3,
    }
    return budkavle_open(enabled=("eid", "scim"), base_url=BASE, plugins={"eid": {"oidc": [connection]}})


@pytest.fixture
def web(platform: Platform) -> Iterator[TestClient[Any]]:
    with TestClient(app=create_app(platform), base_url=BASE) as client:
        yield client


def directory_of(web: TestClient[Any], organisation: SampleOrganisation) -> Directory:
    host = organisation.platform.plugins.host("scim")
    return Directory(web, organisation, tokens.create(host, organisation.administrator, "Entra", 365))


def sign_in(op: Any, web: TestClient[Any]) -> tuple[int, str]:
    """Sign in anew by the provider; return the answer's status and the page of the account."""
    browser = TestClient(app=web.app, base_url=BASE)
    answer = come_back(browser, op.sign_in(begin(browser)))
    return answer.status_code, browser.get("/account").text if answer.status_code == 303 else answer.text


@pytest.mark.feature("OX1")
def test_who_is_in_the_directory_signs_in(
    op: Any, web: TestClient[Any], organisation: SampleOrganisation, other_organisation: SampleOrganisation
) -> None:
    """The claim that is the external id opens that very account, at level 2, until the directory closes it."""
    host = organisation.platform.plugins.host("scim")
    linking.choose(host, organisation.administrator, linking.Choice("op", "externalId"))
    theirs = directory_of(web, other_organisation)
    theirs.add_user("stranger", externalId=OID)
    op.claims |= {"oid": OID}
    assert sign_in(op, web)[0] == 422
    mine = directory_of(web, organisation)
    anna = mine.add_user("anna", externalId=OID)
    mine.add_user("bo", externalId="oid-of-bo")
    do_job(organisation.platform, "scim.link")
    status, page = sign_in(op, web)
    assert status == 303
    assert "anna@kommun.example" in page
    assert "stranger" not in page
    assert "2: du visade vem du är" in page
    mine.patch(anna, {"op": "replace", "path": "active", "value": False})
    assert sign_in(op, web)[0] == 422


def test_the_subject_is_of_the_signed_token(
    op: Any, connect: Callable[..., Any], signing_in: Callable[..., Any]
) -> None:
    """The claim that the settings name, and nothing in its place: neither `sub` nor what userinfo says."""
    provider = connect(subject="oid", userinfo=True)
    op.userinfo = {"sub": "anna-subject", "oid": "of-another"}
    assert not hasattr(signing_in(provider), "subject")
    op.claims |= {"oid": OID}
    assert signing_in(provider).subject == OID
    assert signing_in(connect()).subject == "anna-subject"


def test_the_page_of_connections_asks_for_the_claim(tmp_path: Path) -> None:
    """What is typed there becomes the setting."""
    kind = KINDS["oidc"]
    assert "subject" in {form_field.name for form_field in kind.fields}
    values = {"name": "op", "label": "Entra", "loa": "2", "preset": "entra", "issuer": "https://op.example"}
    values |= {"client_id": "x", "client_auth": "client_secret_post", "level_missing": "2", "subject": "oid"}
    settings = kind.settings(values, tmp_path)
    assert isinstance(settings, OidcSettings)
    assert settings.subject == "oid"
