"""Tokens: two at a time, kept as hashes, warned before they end, and worth nothing from then on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.plugins.scim.conftest import Directory

from budkavle import Conflict, Forbidden, Host, Invalid, NotFound
from budkavle.testing import SampleOrganisation
from budkavle_scim import health, tokens


@pytest.fixture
def host(directory: Directory) -> Host:
    host: Host = directory.organisation.platform.plugins.host("scim")
    return host


def let_time_pass(organisation: SampleOrganisation, days: int) -> None:
    organisation.rows("UPDATE scim_tokens SET expires_at = expires_at - make_interval(days => :days)", days=days)


@pytest.mark.feature("OX1")
def test_a_token_is_changed_without_a_break(directory: Directory, host: Host, organisation: SampleOrganisation) -> None:
    """The new one holds beside the old; a third is refused until one has ended."""
    administrator = organisation.administrator
    new = Directory(directory.http, organisation, tokens.create(host, administrator, "Ny", 90))
    assert directory.get("/Users").status_code == new.get("/Users").status_code == 200
    with pytest.raises(Conflict):
        tokens.create(host, administrator, "Tredje", 90)
    old = next(token for token in tokens.listed(host, administrator) if token.name == "Entra")
    tokens.end(host, administrator, old.id)
    assert directory.get("/Users").status_code == 401
    assert new.get("/Users").status_code == 200
    assert organisation.log_kinds().count("scim.token-ended") == 1
    tokens.create(host, administrator, "Tredje", 90)


def test_a_name_belongs_to_one_valid_token(directory: Directory, host: Host, organisation: SampleOrganisation) -> None:
    """As when the page that showed a token is loaded again; the name is free once that token has expired."""
    administrator = organisation.administrator
    with pytest.raises(Conflict, match="redan en nyckel med det namnet"):
        tokens.create(host, administrator, " entra ", 90)
    assert [token.name for token in tokens.listed(host, administrator)] == ["Entra"]
    let_time_pass(organisation, 366)
    tokens.create(host, administrator, "Entra", 90)


def test_the_secret_is_kept_nowhere(directory: Directory, host: Host, organisation: SampleOrganisation) -> None:
    """Only its SHA-256 stands in the database; 32 random bytes are 43 letters."""
    assert len(directory.secret) == 43
    (row,) = organisation.rows("SELECT t::text AS whole FROM scim_tokens t")
    assert directory.secret not in row.whole
    assert not [entry for entry in organisation.log_entries("scim.token-made") if directory.secret in entry]


def test_a_token_ends_by_itself(directory: Directory, organisation: SampleOrganisation) -> None:
    """On the day that was chosen."""
    let_time_pass(organisation, 364)
    assert directory.get("/Users").status_code == 200
    let_time_pass(organisation, 2)
    assert directory.get("/Users").status_code == 401


def test_its_end_is_by_the_clock_of_the_database(
    directory: Directory, host: Host, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose clock is a day behind takes no token that has ended, and makes none that lasts longer."""
    let_time_pass(organisation, 365)
    behind = type("Behind", (datetime,), {"now": lambda zone=None: datetime.now(zone) - timedelta(days=1)})
    monkeypatch.setattr(tokens, "datetime", behind)
    assert directory.get("/Users").status_code == 401
    tokens.create(host, organisation.administrator, "Ny", 90)
    (row,) = organisation.rows("SELECT expires_at - now() AS time FROM scim_tokens WHERE name = 'Ny'")
    assert row.time > timedelta(days=89, hours=23)


def test_its_last_use_is_told(directory: Directory, host: Host, organisation: SampleOrganisation) -> None:
    """To the minute."""
    assert tokens.listed(host, organisation.administrator)[0].used_at is None
    directory.get("/Users")
    used_at = tokens.listed(host, organisation.administrator)[0].used_at
    assert used_at is not None
    assert datetime.now(UTC) - used_at < timedelta(minutes=1)
    directory.get("/Users")
    assert tokens.listed(host, organisation.administrator)[0].used_at == used_at


@pytest.mark.parametrize(
    ("days", "ok", "notable", "sentence"),
    [(0, True, False, health.WELL), (340, True, True, health.SOON), (366, False, False, health.OVER)],
)
def test_health_warns_before_the_end(
    directory: Directory,
    host: Host,
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    days: int,
    *,
    ok: bool,
    notable: bool,
    sentence: str,
) -> None:
    """By the token that holds the longest; an organisation without a directory is told nothing."""
    let_time_pass(organisation, days)
    (said,) = health.check(host, organisation.id)
    assert (said.ok, said.notable, said.sentence) == (ok, notable, sentence)
    assert not list(health.check(host, other_organisation.id))
    assert not list(health.check(host, None))


@pytest.mark.parametrize("who", ["case_worker", "mailbox_administrator", "outsider"])
def test_only_administrators_have_tokens(
    directory: Directory, host: Host, organisation: SampleOrganisation, who: str
) -> None:
    """Others neither see, make nor end them; nor does the administrator of another organisation."""
    actor: Any = getattr(organisation, who)
    token_id = tokens.listed(host, organisation.administrator)[0].id
    for ask in (
        lambda: tokens.create(host, actor, "Min", 90),
        lambda: tokens.listed(host, actor),
        lambda: tokens.end(host, actor, token_id),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_a_token_of_another_organisation_is_not_found(
    directory: Directory, host: Host, organisation: SampleOrganisation, other_organisation: SampleOrganisation
) -> None:
    """And it holds as before."""
    token_id = tokens.listed(host, organisation.administrator)[0].id
    with pytest.raises(NotFound):
        tokens.end(host, other_organisation.administrator, token_id)
    assert directory.get("/Users").status_code == 200


@pytest.mark.parametrize(("name", "days", "field"), [("", 90, "name"), ("x" * 101, 90, "name"), ("Ny", 1, "days")])
def test_a_token_has_a_name_and_an_end(
    directory: Directory, host: Host, organisation: SampleOrganisation, name: str, days: int, field: str
) -> None:
    """Each fault stands at its field."""
    with pytest.raises(Invalid) as refused:
        tokens.create(host, organisation.administrator, name, days)
    assert set(refused.value.fields) == {field}


@pytest.mark.feature("ZS3")
def test_after_a_restore_no_key_holds(directory: Directory) -> None:
    """An administrator makes a new one; the event log says how many ended."""
    platform, home = directory.organisation.platform, directory.organisation.id
    assert directory.get("/Users").status_code == 200
    for _ in range(2):
        platform.plugins.call_hook("budkavle_end_access", organisation_id=home)
    assert directory.get("/Users").status_code == 401
    assert len(directory.organisation.log_entries("scim.tokens-ended")) == 1
