"""An installation that has switched the plugin off: others sign in as before, and what needs a password says so."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from budkavle.accounts import users
from budkavle.cli.main import budkavle
from budkavle.identification import administration, flow, identities, providers, second_factor
from budkavle.model.errors import Conflict, NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import NewIdentity
from budkavle.settings import Settings
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import browsing
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.plugins import offer, plugin_module

Passwords = Any  # of conftest.py, which cannot be imported
pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
PLAIN = "Här loggar ingen in med lösenord"


@pytest.fixture
def sign_ins(sign_ins_with: Callable[..., Passwords]) -> Passwords:
    """The organisation, whose people sign in with the fake provider alone; Ada has a password from before."""
    module = plugin_module("fake", identity_providers=lambda host: [FakeIdentityProvider({"1234": "ada"})])
    made = sign_ins_with(enabled=("fake",), offers=offer(fake=module), disabled=("password",))
    in_work(made.platform, made.ada.acting(Loa.TWO), identities.link, NewIdentity("fake", "ada", "Adas legitimation"))
    return made


@pytest.mark.feature("PL1")
def test_the_other_ways_let_people_in(sign_ins: Passwords) -> None:
    """The right code of the other provider signs Ada in, and what her account can be opened by says nothing else."""
    assert list(providers.providers(sign_ins.platform)) == ["fake"]
    turn = flow.begin(sign_ins.platform, "fake", "b", return_to="/mailbox")
    done = flow.advance(sign_ins.platform, turn.flow, "b", {"code": "1234"}).signed_in
    assert done is not None
    assert (done.user.id, done.loa, done.provider) == (sign_ins.ada.id, Loa.TWO, "fake")
    with pytest.raises(NotFound):
        sign_ins.sign_in(sign_ins.ada.email)
    with browsing(sign_ins.platform) as browse:
        page = browse().get("/sign-in").text
        assert 'value="fake"' in page
        assert "password" not in page


def test_the_last_other_way_is_not_taken_away(sign_ins: Passwords) -> None:
    """A password that nobody asks for is no way to sign in, so it does not count as one that is left."""
    from budkavle.identification import account_methods

    with sign_ins.platform.work(sign_ins.ada.acting(Loa.TWO)) as work:
        (linked,) = identities.linked(work)
        with pytest.raises(Conflict, match="enda sätt"):
            account_methods.remove(work, linked.id)


def test_nobody_is_given_or_chooses_a_password(sign_ins: Passwords) -> None:
    """Neither from the pages, where nothing offers it, nor by a request of one's own."""
    system = system_actor(sign_ins.organisation.id)
    with pytest.raises(Conflict, match=PLAIN):
        in_work(sign_ins.platform, system, administration.reset_password, sign_ins.bo.id)
    with browsing(sign_ins.platform) as browse:
        root, ada = browse(sign_ins.root), browse(sign_ins.ada)
        user = f"/organisation/users/{sign_ins.bo.id}"
        assert "engångslösenord" not in root.get(user).text
        assert "Byt lösenord" not in ada.get("/account").text + ada.get("/account/methods").text
        assert "Kontot har inget sätt att logga in än." in browse(sign_ins.bo).get("/account/methods").text
        typed = {"old": sign_ins.password, "password": "en helt ny mening", "again": "en helt ny mening"}
        for refused in (root.post(f"{user}/password"), ada.post("/account/password", **typed)):
            assert refused.status_code == 409
            assert PLAIN in refused.text


def test_codes_are_not_switched_on(sign_ins: Passwords) -> None:
    """They would protect nothing; one that is on stays with the account, for when the plugin is on again."""
    with browsing(sign_ins.platform) as browse:
        ada = browse(sign_ins.ada)
        assert "Kod från app" not in ada.get("/account/methods").text
        for refused in (ada.get("/account/code"), ada.post("/account/code"), ada.post("/account/recovery")):
            assert refused.status_code == 409
            assert "Här frågar inget sätt att logga in efter en kod" in refused.text
    assert not second_factor.is_on(sign_ins.platform, sign_ins.ada)


def test_without_any_way_the_page_says_so(sign_ins_with: Callable[..., Passwords]) -> None:
    """No empty list of ways."""
    with browsing(sign_ins_with(disabled=("password",)).platform) as browse:
        answer = browse().get("/sign-in")
    assert answer.status_code == 404
    assert "Här är inget sätt att logga in påslaget." in answer.text


def test_the_command_line_asks_for_no_password(tmp_path: Path, budkavle_settings: Settings) -> None:
    """An account is made without one; giving one is refused in one sentence."""
    urls = budkavle_settings.database
    file = tmp_path / "budkavle.toml"
    file.write_text(
        f'data = "{budkavle_settings.data}"\ndisabled = ["password"]\n'
        f'[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n',
        encoding="utf-8",
    )

    def run(*words: str, text: str = "") -> Result:
        return CliRunner().invoke(budkavle, ["--config", str(file), *words], input=text)

    assert run("org", "add", "Habo kommun", "--slug", "habo").exit_code == 0
    person = ("habo", "anna@habo.example", "Anna")
    assert PLAIN in str(run("user", "add", *person, "--password-stdin", text="lång hemlig mening\n").exception)
    added = run("user", "add", *person)
    assert added.exit_code == 0, added.output
    assert "Lösenord" not in added.output
    assert PLAIN in str(run("user", "reset-password", "habo", "anna@habo.example").exception)
    names = {report["name"] for report in json.loads(run("plugin", "check", "--json").stdout)}
    assert "password" not in names


def test_a_password_from_before_counts_again_when_it_is_switched_on(
    sign_ins: Passwords, budkavle_open: Callable[..., Platform]
) -> None:
    """What is kept of passwords is the account's, and outlives the plugin's being off."""
    with sign_ins.platform.work(sign_ins.ada.acting()) as work:
        assert users.user_row(work, sign_ins.ada.id)["password_hash"]
    sign_ins.organisation.platform = budkavle_open()
    assert sign_ins.sign_in(sign_ins.ada.email).signed_in is not None
