"""The pages of administrators, and nobody else's."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from tests.plugins.scim.conftest import Directory, identifier

from budkavle.testing import SampleOrganisation
from budkavle_scim import tokens
from budkavle_scim.rules.applying import ROLE
from budkavle_scim.rules.group_rules import NewRule, carry_out, rules_of

Browse = Callable[..., Any]


def age(organisation: SampleOrganisation) -> None:
    """Let everybody's sign-in be an hour ago."""
    organisation.rows("UPDATE sessions SET identified_at = identified_at - interval '1 hour'")


@pytest.mark.feature("OX1")
def test_a_token_is_made_shown_once_and_ended(
    directory: Directory, browse: Browse, organisation: SampleOrganisation
) -> None:
    """It works at once; no later page has it."""
    page = browse(organisation.administrator)
    made = page.post("/plugin/scim/tokens", name="Okta", days="90")
    assert made.status_code == 200
    (secret,) = re.findall(r'id="secret">([\w-]{43})<', made.text)
    okta = Directory(directory.http, organisation, secret)
    assert okta.get("/Users").status_code == 200
    overview = page.get("/plugin/scim").text
    assert "Okta" in overview
    assert secret not in overview
    (end,) = re.findall(r'href="(/plugin/scim/tokens/[^"]+/end)"[^>]*Okta', overview)
    assert page.get(end).status_code == 200
    assert page.post(end).status_code == 303
    assert okta.get("/Users").status_code == 401


def test_a_third_token_is_not_offered(directory: Directory, browse: Browse, organisation: SampleOrganisation) -> None:
    """Whoever sends the form all the same is told why."""
    page = browse(organisation.administrator)
    page.post("/plugin/scim/tokens", name="Okta", days="90")
    assert 'name="days"' not in page.get("/plugin/scim").text
    refused = page.post("/plugin/scim/tokens", name="Tredje", days="90")
    assert refused.status_code == 422
    assert "Avsluta en av dem först" in refused.text


def test_a_wrong_token_is_told_at_its_field(
    directory: Directory, browse: Browse, organisation: SampleOrganisation
) -> None:
    """And none is made."""
    page = browse(organisation.administrator)
    assert page.post("/plugin/scim/tokens", name="Okta", days="9" * 5000).status_code == 422
    refused = page.post("/plugin/scim/tokens", name="", days="7")
    assert refused.status_code == 422
    assert 'id="name-error"' in refused.text
    assert 'id="days-error"' in refused.text


@pytest.mark.feature("OX1")
def test_a_rule_is_shown_and_then_used(directory: Directory, browse: Browse, organisation: SampleOrganisation) -> None:
    """The page names who gets what, and nothing has changed until it is used."""
    group = f"/plugin/scim{directory.add_group('Byggnad', directory.add_user('anna'))}".replace("Groups", "groups")
    page, box = browse(organisation.administrator), str(organisation.other_mailbox.id)
    assert "Byggnad" in page.get("/plugin/scim/groups?q=bygg").text
    assert "Byggnad" not in page.get("/plugin/scim/groups?ruled=1").text
    assert "Byggnadsnämnden" in page.get(f"{group}?q=byggnads").text
    shown = page.post(f"{group}/preview", gives="member", mailbox=box)
    assert "Det här skulle ändras" in shown.text
    assert "<b>Anna</b> får tillgång" in shown.text
    assert "Gruppen ger inget än" in page.get(group).text
    assert page.post(f"{group}/rules", gives="member", mailbox=box).status_code == 303
    assert "Medlem i Byggnadsnämnden" in page.get(group).text
    assert "Medlem i Byggnadsnämnden" in page.get("/plugin/scim/groups?ruled=1").text
    (remove,) = re.findall(r'href="(/plugin/scim/rules/[^"]+/remove)"', page.get(group).text)
    assert "<b>Anna</b> har inte längre tillgång" in page.get(remove).text
    assert page.post(remove).status_code == 303
    assert "Gruppen ger inget än" in page.get(group).text


def test_what_is_wrong_with_a_rule_is_told(
    directory: Directory, browse: Browse, organisation: SampleOrganisation
) -> None:
    """No kind, no mailbox, or a rule that is there already."""
    group = f"/plugin/scim{directory.add_group('Grupp')}".replace("Groups", "groups")
    page, box = browse(organisation.administrator), str(organisation.other_mailbox.id)
    assert 'id="gives-error"' in page.post(f"{group}/preview", gives="x").text
    assert 'id="mailbox-error"' in page.post(f"{group}/preview", gives="member").text
    page.post(f"{group}/rules", gives="member", mailbox=box)
    assert "redan en sådan regel" in page.post(f"{group}/preview", gives="administrator", mailbox=box).text


@pytest.mark.feature("OX1")
def test_what_is_dangerous_takes_a_fresh_sign_in(
    directory: Directory, browse: Browse, organisation: SampleOrganisation
) -> None:
    """An hour later one shows who one is again, before a token or a rule changes."""
    group = directory.add_group("Grupp")
    host = organisation.platform.plugins.host("scim")
    carry_out(host, organisation.administrator, NewRule(identifier(group), ROLE))
    (rule,) = rules_of(host, organisation.administrator, [identifier(group)])
    (token,) = tokens.listed(host, organisation.administrator)
    page = browse(organisation.administrator)
    age(organisation)
    asked: list[tuple[str, dict[str, str]]] = [
        ("/plugin/scim/tokens", {"name": "Okta", "days": "90"}),
        (f"/plugin/scim/tokens/{token.id}/end", {}),
        (f"/plugin/scim/groups/{rule.group_id}/rules", {"gives": "role"}),
        (f"/plugin/scim/rules/{rule.id}/remove", {}),
    ]
    for path, form in asked:
        answer = page.post(path, **form)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/step-up")
    assert len(tokens.listed(host, organisation.administrator)) == 1
    assert rules_of(host, organisation.administrator, [identifier(group)]) == [rule]


@pytest.mark.parametrize("who", ["case_worker", "mailbox_administrator", "outsider", "elsewhere", "nobody"])
def test_every_page_by_everybody_else(
    directory: Directory, browse: Browse, organisation: SampleOrganisation, other_organisation: SampleOrganisation,
    who: str,
) -> None:  # fmt: skip
    """Forbidden to who does not administer the organisation; not found in another; nobody signs in first."""
    group = directory.add_group("Hemlig grupp", directory.add_user("anna"))
    host = organisation.platform.plugins.host("scim")
    carry_out(host, organisation.administrator, NewRule(identifier(group), organisation.mailbox.id))
    (rule,) = rules_of(host, organisation.administrator, [identifier(group)])
    (token,) = tokens.listed(host, organisation.administrator)
    people = {"elsewhere": other_organisation.administrator, "nobody": None}
    page = browse(people[who] if who in people else getattr(organisation, who))
    own = f"/plugin/scim/groups/{rule.group_id}"
    there = {"elsewhere": {404}, "nobody": {303}}.get(who, {403})
    for path in (own, f"/plugin/scim/rules/{rule.id}/remove", f"/plugin/scim/tokens/{token.id}/end"):
        answer = page.get(path)
        assert answer.status_code in there, (path, answer.status_code)
        assert "Hemlig grupp" not in answer.text
    posts = (f"{own}/preview", f"{own}/rules", f"/plugin/scim/rules/{rule.id}/remove")
    for path in (*posts, f"/plugin/scim/tokens/{token.id}/end"):
        answer = page.post(path, gives="role")
        assert answer.status_code in {*there, 401}, (path, answer.status_code)
    for path in ("/plugin/scim", "/plugin/scim/groups"):
        answer = page.get(path)
        assert answer.status_code == {"elsewhere": 200, "nobody": 303}.get(who, 403)
        assert "Hemlig grupp" not in answer.text
    assert rules_of(host, organisation.administrator, [identifier(group)]) == [rule]
    assert tokens.listed(host, organisation.administrator) == [token]


def test_what_is_not_there_is_not_found(directory: Directory, browse: Browse, organisation: SampleOrganisation) -> None:
    """A group, a rule and a token of nobody."""
    page = browse(organisation.administrator)
    for path in (f"groups/{uuid4()}", f"rules/{uuid4()}/remove", f"tokens/{uuid4()}/end", "groups/x"):
        assert page.get(f"/plugin/scim/{path}").status_code == 404


def test_a_long_list_is_paged_with_few_statements(
    directory: Directory, browse: Browse, organisation: SampleOrganisation
) -> None:
    """50 groups a page, at most 100 kB, whatever the directory holds."""
    organisation.rows(
        "INSERT INTO scim_groups SELECT :organisation, gen_random_uuid(), 'Grupp ' || n, 'grupp ' || n, NULL, 1,"
        " now(), now() FROM generate_series(1, 3000) n",
        organisation=organisation.id,
    )
    page = browse(organisation.administrator)
    first = page.get("/plugin/scim/groups")
    assert first.text.count("/plugin/scim/groups/") == 50
    assert len(first.content) < 100_000
    assert "3 000" in first.text.replace("\u00a0", " ").replace("\u202f", " ")
    second = page.get("/plugin/scim/groups?start=51")
    ids = [set(re.findall(r"/plugin/scim/groups/([\w-]{36})", one.text)) for one in (first, second)]
    assert not ids[0] & ids[1]
    assert page.get("/plugin/scim/groups?start=0").status_code == 200
