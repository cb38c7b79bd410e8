"""Organisations that the settings name and that are not there."""

from collections.abc import Callable

import pytest

from budkavle.operations.health import check_all
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation


def test_health_names_organisations_of_mail_domains_that_there_are_not(budkavle_open: Callable[..., Platform]) -> None:
    """A short name that is spelled wrong, or of an organisation that is gone, gives a domain to nobody."""
    platform = budkavle_open(mail_domains={"habo.example": "habo", "mullsjo.example": "mulsjö"})
    organisation = SampleOrganisation.create(platform, "Habo")
    told = [one for one in check_all(platform, None) if one.name == "mail_domains"]
    assert [(one.ok, "organisationer som inte finns: mulsjö." in str(one)) for one in told] == [(False, True)]
    assert [one for one in check_all(platform, organisation.id) if one.name == "mail_domains"] == []


@pytest.mark.parametrize(
    ("organisations", "base_url", "domains", "is_told"),
    [
        (("Habo", "Mullsjö"), "https://post.example", {}, True),
        (("Habo",), "https://post.example", {}, False),
        (("Habo", "Mullsjö"), "http://127.0.0.1:8420", {}, False),
        (("Habo", "Mullsjö"), "https://post.example", {"habo.example": "habo"}, False),
    ],
)
def test_health_says_that_domains_belong_to_nobody(
    budkavle_open: Callable[..., Platform],
    organisations: tuple[str, ...],
    base_url: str,
    domains: dict[str, str],
    is_told: bool,
) -> None:
    """As something to decide, where several organisations share an installation that others reach."""
    platform = budkavle_open(mail_domains=domains, base_url=base_url)
    for name in organisations:
        SampleOrganisation.create(platform, name)
    told = [one for one in check_all(platform, None) if one.name == "mail_domains"]
    assert [(one.ok, one.notable, "[mail_domains]" in one.remedy) for one in told] == [(True, True, True)] * is_told


def test_right_names_say_nothing(budkavle_open: Callable[..., Platform]) -> None:
    """Nor where no domain is given."""
    for domains in ({}, {"habo.example": "habo"}):
        platform = budkavle_open(mail_domains=domains)
        if not platform.organisations():
            SampleOrganisation.create(platform, "Habo")
        assert [one for one in check_all(platform, None) if one.name == "mail_domains"] == []
