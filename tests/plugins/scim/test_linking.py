"""Which way of signing in knows the directory's users, and what is linked for that."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.plugins.scim.conftest import Directory

from budkavle import Forbidden, Invalid, Platform, Role
from budkavle.identification import NewIdentity, link_identity
from budkavle.notices import NoticeStatus, find_notices
from budkavle.testing import SampleOrganisation, do_job, in_work
from budkavle_scim import linking
from budkavle_scim.link_summary import summary
from budkavle_scim.linking import Choice, Counts

OP = {
    "preset": "generic",
    "issuer": "https://op.example",
    "client_id": "x",
    "client_auth": "client_secret_basic",
    "client_secret": "hemlig-hemlig-hemlig-hemlig-1234",
    "level_missing": 2,
    "loa": 2,
}


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    ways = [
        {**OP, "name": "op", "label": "Entra"},
        {**OP, "name": "second", "label": "Annan"},
        {**OP, "name": "foreign", "label": "Grannen", "organisations": ["someone-else"]},
    ]
    mail = {"sender": "no-reply@habo.example", "tls": "none"}
    plugins = {"eid": {"oidc": ways}, "email_link": mail}
    return budkavle_open(enabled=["scim", "eid", "email_link"], plugins=plugins, base_url="https://habo.example")


def choose(organisation: SampleOrganisation, way: str, attribute: str = "externalId") -> None:
    linking.choose(organisation.platform.plugins.host("scim"), organisation.administrator, Choice(way, attribute))


def work_off(organisation: SampleOrganisation) -> int:
    return sum(iter(lambda: do_job(organisation.platform, "scim.link"), 0))


def counted(organisation: SampleOrganisation) -> Counts:
    return linking.counts(organisation.platform.plugins.host("scim"), organisation.administrator)


def opens(organisation: SampleOrganisation, way: str, subject: str) -> list[str]:
    """Return the addresses of the accounts that have an identity, open yet or not."""
    query = "SELECT email FROM users u JOIN identities i ON i.user_id = u.id WHERE i.subject_hash = :hash"
    rows = organisation.rows(query, hash=organisation.platform.vault.subject_hash(way, subject))
    return [row.email.partition("@")[0] for row in rows]


def mails(organisation: SampleOrganisation, topic: str) -> list[NoticeStatus]:
    """Return the mails of a topic that were asked for."""
    people = [row.id for row in organisation.rows("SELECT id FROM users")]
    return in_work(organisation.platform, organisation.system, find_notices, topic, [organisation.id, *people])


def sign_in_once(organisation: SampleOrganisation) -> None:
    """Let everybody have used their accounts."""
    organisation.rows("UPDATE users SET signed_in_at = now()")


def set_external(directory: Directory, path: str, value: str) -> None:
    answer = directory.patch(path, {"op": "replace", "path": "externalId", "value": value})
    assert answer.status_code == 200, answer.text


def test_nothing_is_linked_until_a_way_is_chosen(directory: Directory, organisation: SampleOrganisation) -> None:
    directory.add_user("anna", externalId="a")
    assert work_off(organisation) == 0
    assert opens(organisation, "op", "a") == []
    assert counted(organisation) == Counts(0, 0, 0)


def test_a_choice_links_in_batches_and_its_end_unlinks(
    directory: Directory, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was there before is linked by the job, a batch at a time; another way takes the place of the first."""
    monkeypatch.setattr(linking, "BATCH", 2)
    for name in ("anna", "bo", "cia"):
        directory.add_user(name, externalId=f"{name}-1")
    choose(organisation, "op")
    assert counted(organisation) == Counts(0, 0, 3)
    assert do_job(organisation.platform, "scim.link") == 2
    assert counted(organisation) == Counts(2, 0, 1)
    assert work_off(organisation) == 1
    assert opens(organisation, "op", "anna-1") == ["anna"]
    choose(organisation, "second", "userName")
    assert work_off(organisation) == 3
    assert opens(organisation, "op", "anna-1") == []
    assert opens(organisation, "second", "anna@kommun.example") == ["anna"]
    choose(organisation, "")
    assert work_off(organisation) == 3
    assert opens(organisation, "second", "anna@kommun.example") == []
    assert counted(organisation) == Counts(0, 0, 0)


def test_many_links_are_told_once_to_the_administrators_and_to_nobody_else(
    directory: Directory, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A choice links everybody who was there: no mail to each of them, one to each administrator when it is done."""
    monkeypatch.setattr(linking, "BATCH", 2)
    for name in ("anna", "bo", "cia"):
        directory.add_user(name, externalId=f"{name}-1")
    sign_in_once(organisation)
    organisation.add_user("Ulla Adm", Role.ADMIN)
    choose(organisation, "op")
    assert do_job(organisation.platform, "scim.link") == 2
    assert mails(organisation, "scim.linked") == [], "not before all are linked"
    assert work_off(organisation) == 1
    assert len(mails(organisation, "scim.linked")) == 2
    choose(organisation, "")
    assert work_off(organisation) == 3
    assert len(mails(organisation, "scim.linked")) == 4
    assert work_off(organisation) == 0
    assert len(mails(organisation, "scim.linked")) == 4
    assert mails(organisation, "email_link.account") == []


def test_the_summary_says_in_each_administrators_language_how_many_were_linked(
    directory: Directory, organisation: SampleOrganisation
) -> None:
    """How many, by which way, and how many could not be."""
    directory.add_user("anna", externalId="same")
    directory.add_user("bo", externalId="same")
    choose(organisation, "op")
    work_off(organisation)
    assert counted(organisation) == Counts(1, 1, 0)
    notice = summary(organisation.platform, "ada@habo.example", "en", "Entra", 1, 1)
    assert (notice.address, notice.language) == ("ada@habo.example", "en")
    assert notice.subject == "The directory's users sign in with Entra"
    assert "Linked users: 1" in notice.text
    assert "Users who could not be linked: 1." in notice.text


def test_a_person_is_told_of_a_single_change_to_an_account_that_is_in_use(
    directory: Directory, organisation: SampleOrganisation
) -> None:
    """The directory gives Anna's account another subject: she is told, who has signed in; nobody else is."""
    choose(organisation, "op")
    anna = directory.add_user("anna", externalId="a-1")
    directory.add_user("bo", externalId="b-1")
    assert mails(organisation, "email_link.account") == [], "nobody uses a new account yet"
    sign_in_once(organisation)
    set_external(directory, anna, "a-2")
    told = mails(organisation, "email_link.account")
    assert {mail.about for mail in told} == {directory.account("anna").id}
    assert len(told) == 2, "one way came, another went"
    assert mails(organisation, "scim.linked") == []


def test_a_new_subject_takes_the_place_of_the_old(directory: Directory, organisation: SampleOrganisation) -> None:
    """And one that the directory takes away, or whose user it removes, opens nothing."""
    choose(organisation, "op")
    anna = directory.add_user("anna", externalId="a")
    set_external(directory, anna, "b")
    assert (opens(organisation, "op", "a"), opens(organisation, "op", "b")) == ([], ["anna"])
    assert directory.delete(anna).status_code == 204
    assert opens(organisation, "op", "b") == []


def test_a_subject_of_another_account_is_refused(directory: Directory, organisation: SampleOrganisation) -> None:
    """The event log says so; the first keeps it, closed or open."""
    choose(organisation, "op")
    directory.add_user("anna", externalId="a", active=False)
    directory.add_user("bo", externalId="a")
    assert opens(organisation, "op", "a") == ["anna"]
    assert "scim.link-refused" in organisation.log_kinds()
    assert counted(organisation) == Counts(1, 1, 0)


def test_links_of_people_stay(directory: Directory, organisation: SampleOrganisation) -> None:
    """What a person linked is left as it is, also when the directory changes its mind."""
    anna = directory.add_user("anna", externalId="a")
    account = directory.account("anna").id
    actor = organisation.system
    in_work(organisation.platform, actor, link_identity, NewIdentity("op", "a", "Egen"), user_id=account)
    choose(organisation, "op")
    work_off(organisation)
    set_external(directory, anna, "b")
    choose(organisation, "")
    work_off(organisation)
    assert opens(organisation, "op", "a") == ["anna"]
    assert opens(organisation, "op", "b") == []


def test_an_account_that_the_directory_does_not_keep_is_never_linked(
    directory: Directory, organisation: SampleOrganisation
) -> None:
    directory.add_user("anna", externalId="a")
    organisation.rows("UPDATE users SET source = '' WHERE email = 'anna@kommun.example'")
    choose(organisation, "op")
    work_off(organisation)
    assert opens(organisation, "op", "a") == []
    assert counted(organisation) == Counts(0, 1, 0)


@pytest.mark.parametrize(("way", "attribute"), [("foreign", "id"), ("nothing", "id"), ("op", "displayName")])
def test_only_what_is_offered_can_be_chosen(organisation: SampleOrganisation, way: str, attribute: str) -> None:
    with pytest.raises(Invalid):
        choose(organisation, way, attribute)


def test_an_administrator_chooses_on_the_page(
    directory: Directory, browse: Callable[..., Any], organisation: SampleOrganisation
) -> None:
    """With a fresh sign-in; nobody else."""
    page = browse(organisation.administrator)
    assert "Grannen" not in page.get("/plugin/scim").text
    assert page.post("/plugin/scim/linking", way="foreign", attribute="id").status_code == 422
    assert page.post("/plugin/scim/linking", way="op", attribute="id").status_code == 303
    assert 'value="op" selected' in page.get("/plugin/scim").text
    assert "scim.linking-changed" in organisation.log_kinds()
    stranger = browse(organisation.case_worker)
    assert stranger.post("/plugin/scim/linking", way="", attribute="id").status_code in {403, 404}
    with pytest.raises(Forbidden):
        linking.choose(organisation.platform.plugins.host("scim"), organisation.case_worker, Choice())
    organisation.rows("UPDATE sessions SET identified_at = identified_at - interval '1 hour'")
    page.post("/plugin/scim/linking", way="", attribute="id")
    with organisation.platform.work(organisation.system) as work:
        assert linking.chosen(organisation.platform.plugins.host("scim"), work) == Choice("op", "id")
