"""Forms that come too late: what is secret stands in no page, and nothing that was typed is lost."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from tests.core.web.jar import Jar

from budkavle.accounts.stored_settings import all_sections, read_settings
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.settings_sections import fields_of
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.http import kept_forms
from budkavle.web.http.forms import Form
from budkavle.web.pages.organisation import settings_sections
from budkavle.web.views.settings_form import typed_values
from budkavle_email_link.mail.server_settings import MailServer

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
CANARY = "hemlig-kanariefågel-0123456789abcdef"
PLUGINS = ("email_link", "meetings", "teams", "siem", "case_system")
"""Those whose sections have secrets; `test_each_secret_of_a_section_is_walked` holds the list."""
MAIL = "/organisation/settings/email_link.server"
SECRET = re.compile(r"\bsecret=True")


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with the plugins that keep secrets for organisations."""
    return budkavle_open(enabled=PLUGINS)


@pytest.fixture
def own(browse: Callable[..., Any], administrator: SampleUser) -> Jar:
    """The administrator's browser."""
    return signed_in(browse, administrator)


@pytest.fixture
def got(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, object]]:
    """What the settings pages have read from forms that they were given."""
    got: list[Mapping[str, object]] = []

    def read(values: Any, form: Form) -> Mapping[str, object]:
        got.append(typed_values(values, form))
        return got[-1]

    monkeypatch.setattr(settings_sections, "typed_values", read)
    return got


def signed_in(browse: Callable[..., Any], user: SampleUser, browser: str = "ett") -> Jar:
    jar = Jar(browse(user))
    jar.cookies["browser"] = browser
    return jar


def filled(page: Any, secrets: set[str]) -> dict[str, Any]:
    """Return the fields of a section's form, with its secrets typed."""
    (form,) = [form for form in html.fromstring(page.text).forms if secrets & set(form.fields)]
    return fields_of_page(form) | dict.fromkeys(secrets, CANARY)


def kept(page: Any) -> dict[str, Any]:
    """Return the form of the page that asks who it is."""
    (form,) = [form for form in html.fromstring(page.text).forms if "csrf" in form.fields]
    return fields_of_page(form)


def fields_of_page(form: Any) -> dict[str, Any]:
    """Return all values of each field, as a browser sends them."""
    values: dict[str, list[str]] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    return values


def grow_old(organisation: SampleOrganisation) -> None:
    organisation.rows("UPDATE sessions SET identified_at = identified_at - interval '20 minutes' RETURNING 1")


def walked(platform: Platform, organisation: SampleOrganisation, mailbox: FunctionMailbox) -> Iterator[tuple[Any, ...]]:
    """Give the page of each section with secrets, their names, and the cookie that its form comes too late with.

    A mailbox's page asks nobody to identify again.
    """
    for key, section in all_sections(platform).items():
        names = {one.name for one in fields_of(section.type) if one.kind == "secret"}
        of_mailbox = section.scope == "mailbox"
        page = f"/mailboxes/{mailbox.id}/settings/{key}" if of_mailbox else f"/organisation/settings/{key}"
        for cookie in (f"{organisation.id}.borta",) if of_mailbox else (None, f"{organisation.id}.borta"):
            if names:
                yield page, names, cookie


def test_each_secret_of_a_section_is_walked(root: Path) -> None:
    """A plugin whose settings get a secret joins the walk, and so does the core."""
    sources = [*(root / "core/budkavle").rglob("*.py"), *(root / "plugins").rglob("*.py")]
    having = {path.relative_to(root).parts[1] for path in sources if SECRET.search(path.read_text("utf-8"))}
    assert having == set(PLUGINS)


def test_no_section_shows_its_secrets_and_none_is_lost(
    platform: Platform,
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    administrator: SampleUser,
    browse: Callable[..., Any],
    got: list[Mapping[str, object]],
) -> None:
    """Neither where it was too long ago that the person identified, nor where the session has ended meanwhile."""
    sections = [*walked(platform, organisation, mailbox)]
    assert {page.rpartition("/")[2].partition(".")[0] for page, _, _ in sections} == set(PLUGINS)
    for page, names, cookie in sections:
        own = signed_in(browse, administrator)
        fields = filled(own.ask("GET", page), names)
        grow_old(organisation)
        own.cookies["budkavle"] = cookie or own.cookies["budkavle"]
        asked = own.ask("POST", page, **fields)
        assert (asked.status_code, CANARY in asked.text) == (401 if cookie else 403, False), page
        again = signed_in(browse, administrator)
        got.clear()
        assert again.ask("POST", page, **kept(asked)).status_code < 500, page
        assert {name: got[0].get(name) for name in names} == dict.fromkeys(names, CANARY), page


def test_what_was_sealed_is_saved(
    own: Jar,
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    browse: Callable[..., Any],
) -> None:
    """Also a field whose name is that of a password, which other forms ask for anew."""
    asked = asked_for(own, organisation)
    once_more = own.ask("POST", MAIL, **kept(asked))
    assert (once_more.status_code, CANARY in once_more.text) == (asked.status_code, False), "nobody has identified yet"
    again = signed_in(browse, administrator)
    assert again.ask("POST", MAIL, **kept(once_more)).status_code == 303
    assert password(platform, organisation) == CANARY


@pytest.mark.parametrize("who", ["another administrator", "another browser", "too late", "torn", "odd"])
def test_what_was_sealed_opens_for_its_person_alone(
    who: str,
    own: Jar,
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    browse: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the same browser, within ten minutes; else the rest of the form comes back, and they alone are typed again."""
    if who == "too late":
        monkeypatch.setattr(kept_forms, "LIFETIME_SECONDS", -1)
    fields = kept(asked_for(own, organisation))
    organisation.rows("UPDATE users SET role = 'admin' WHERE id = :id RETURNING 1", id=case_worker.id)
    other = who == "another administrator"
    again = signed_in(browse, case_worker if other else administrator, "annan" if who == "another browser" else "ett")
    if who == "another browser":
        fields["csrf"] = [again.browser.csrf]
    if who == "torn":
        fields[kept_forms.SEALED] = [fields[kept_forms.SEALED][0][:-8] + "AAAAAAA="]
    if who == "odd":
        fields[kept_forms.SEALED] = ["hemligt för någon, men inte av oss: å"]
    refused = again.ask("POST", MAIL, **fields)
    assert refused.status_code == 403
    assert "behöver skrivas igen" in refused.text
    assert CANARY not in refused.text
    assert password(platform, organisation) == ""
    retyped = kept(refused) | {"password": ["skrivet igen"]}
    assert retyped["host"] == ["post.habo.example"]
    assert again.ask("POST", MAIL, **retyped).status_code == 303
    assert password(platform, organisation) == "skrivet igen"


def test_only_the_secrets_are_typed_again_after_signing_out_in_another_tab(
    own: Jar,
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    browse: Callable[..., Any],
) -> None:
    """Nothing says any more whose they were; each is called as in its form, and nothing else is asked for."""
    fields = filled(own.ask("GET", MAIL), {"password"})
    fields |= {"host": "post.habo.example", "sender": "post@habo.example", "user": "habo"}
    own.cookies["budkavle"] = ""
    refused = own.ask("POST", MAIL, **fields)
    assert (refused.status_code, CANARY in refused.text) == (401, False)
    again = signed_in(browse, administrator)
    back = again.ask("POST", MAIL, **kept(refused))
    assert (back.status_code, CANARY in back.text) == (403, False)
    (label,) = html.fromstring(back.text).xpath("//label[@for='password']")
    assert label.text_content() == "Lösenord"
    assert again.ask("POST", MAIL, **kept(back) | {"password": ["skrivet igen"]}).status_code == 303
    assert password(platform, organisation) == "skrivet igen"


def test_a_form_that_no_longer_names_its_secrets_shows_none_of_them(
    own: Jar, organisation: SampleOrganisation, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """A script in the browser may take the names out of a kept form, and add what does not open: it reads nothing."""
    grow_old(organisation)
    typed = {"csrf": own.browser.csrf, "host": "post.habo.example", "secret_names": "pin", "pin": CANARY}
    fields = kept(own.ask("POST", MAIL, **typed))
    assert fields.pop(kept_forms.NAMES) == ["pin"]
    fields[kept_forms.SEALED].append("x")
    asked = signed_in(browse, administrator).ask("POST", MAIL, **fields)
    assert (asked.status_code, "post.habo.example" in asked.text) == (403, True)
    assert CANARY not in asked.text


def test_a_secret_that_was_left_empty_is_not_asked_for(
    own: Jar, platform: Platform, administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """An empty field leaves the secret that is kept as it is."""
    own.cookies["budkavle"] = ""
    typed = {
        "csrf": "x",
        "secret_names": ["one", "two"],
        "secret_labels": ["one Ett", "two Två"],
        "one": CANARY,
        "two": "",
    }
    asked = own.ask("POST", MAIL, **typed, personnummer="19121212-1212")
    back = signed_in(browse, administrator).ask("POST", MAIL, **kept(asked))
    labels = [label.text_content() for label in html.fromstring(back.text).xpath("//label")]
    assert labels == ["Ett", "Personnummer"]


def test_a_number_of_a_person_stands_in_no_page(own: Jar, organisation: SampleOrganisation) -> None:
    """It is sealed as a secret is, whichever form it stands in."""
    csrf = own.browser.csrf
    grow_old(organisation)
    asked = own.ask("POST", MAIL, csrf=csrf, personnummer="19121212-1212", server="post.habo")
    assert "1212" not in asked.text
    assert 'name="server" value="post.habo"' in asked.text


def test_every_field_of_a_password_is_sealed_or_asked_for_anew(root: Path) -> None:
    """In the templates of the core and of all plugins: a new one either has the macro `secret`, or a name that goes."""
    found = [
        (path.name, name)
        for path in (path for folder in ("core", "plugins") for path in (root / folder).rglob("*.html"))
        for name in re.findall(r'field\(\s*"?([\w.]+)"?,[^{}]*?"password"', path.read_text("utf-8"))
        if path.parent.parent.name != "build"
    ]
    assert len(found) > 5
    asked = {(name, field) for name, field in found if field not in kept_forms.DROPPED}
    assert asked == {("forms.html", "name"), ("step.html", "one.name")}, "a step of identification has no session"


def asked_for(own: Jar, organisation: SampleOrganisation) -> Any:
    """Send the settings of e-mail too late, and return the page that asks who it is."""
    fields = filled(own.ask("GET", MAIL), {"password"})
    grow_old(organisation)
    fields |= {"host": "post.habo.example", "sender": "post@habo.example", "user": "habo"}
    return own.ask("POST", MAIL, **fields)


def password(platform: Platform, organisation: SampleOrganisation) -> str:
    with platform.work(system_actor(organisation.id)) as work:
        return str(read_settings(work, MailServer).password)
