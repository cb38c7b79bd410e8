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

World = Any  # of conftest.py, which cannot be imported
pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
PLAIN = "Här loggar ingen in med lösenord"


@pytest.fixture
def world(world_with: Callable[..., World]) -> World:
    """The organisation, whose people sign in with the fake provider alone; Ada has a password from before."""
    module = plugin_module("fake", identity_providers=lambda host: [FakeIdentityProvider({"1234": "ada"})])
    made = world_with(enabled=("fake",), offers=offer(fake=module), disabled=("password",))
    in_work(made.platform, made.ada.acting(Loa.TWO), identities.link, NewIdentity("fake", "ada", "Adas legitimation"))
    return made


@pytest.mark.feature("PL1")
def test_the_other_ways_let_people_in(world: World) -> None:
    """The right code of the other provider signs Ada in, and what her account can be opened by says nothing else."""
    assert list(providers.providers(world.platform)) == ["fake"]
    turn = flow.begin(world.platform, "fake", "b", return_to="/mailbox")
    done = flow.advance(world.platform, turn.flow, "b", {"code": "1234"}).signed_in
    assert done is not None
    assert (done.user.id, done.loa, done.provider) == (world.ada.id, Loa.TWO, "fake")
    with pytest.raises(NotFound):
        world.sign_in(world.ada.email)
    with browsing(world.platform) as browse:
        page = browse().get("/sign-in").text
        assert 'value="fake"' in page
        assert "password" not in page


def test_the_last_other_way_is_not_taken_away(world: World) -> None:
    """A password that nobody asks for is no way to sign in, so it does not count as one that is left."""
    from budkavle.identification import account_methods

    with world.platform.work(world.ada.acting(Loa.TWO)) as work:
        (linked,) = identities.linked(work)
        with pytest.raises(Conflict, match="enda sätt"):
            account_methods.remove(work, linked.id)


def test_nobody_is_given_or_chooses_a_password(world: World) -> None:
    """Neither from the pages, where nothing offers it, nor by a request of one's own."""
    system = system_actor(world.organisation.id)
    with pytest.raises(Conflict, match=PLAIN):
        in_work(world.platform, system, administration.reset_password, world.bo.id)
    with browsing(world.platform) as browse:
        root, ada = browse(world.root), browse(world.ada)
        user = f"/organisation/users/{world.bo.id}"
        assert "engångslösenord" not in root.get(user).text
        assert "Byt lösenord" not in ada.get("/account").text + ada.get("/account/methods").text
        assert "Kontot har inget sätt att logga in än." in browse(world.bo).get("/account/methods").text
        typed = {"old": world.password, "password": "en helt ny mening", "again": "en helt ny mening"}
        for refused in (root.post(f"{user}/password"), ada.post("/account/password", **typed)):
            assert refused.status_code == 409
            assert PLAIN in refused.text


def test_codes_are_not_switched_on(world: World) -> None:
    """They would protect nothing; one that is on stays with the account, for when the plugin is on again."""
    with browsing(world.platform) as browse:
        ada = browse(world.ada)
        assert "Kod från app" not in ada.get("/account/methods").text
        for refused in (ada.get("/account/code"), ada.post("/account/code"), ada.post("/account/recovery")):
            assert refused.status_code == 409
            assert "Här frågar inget sätt att logga in efter en kod" in refused.text
    assert not second_factor.is_on(world.platform, world.ada)


def test_without_any_way_the_page_says_so(world_with: Callable[..., World]) -> None:
    """No empty list of ways."""
    with browsing(world_with(disabled=("password",)).platform) as browse:
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
    world: World, budkavle_open: Callable[..., Platform]
) -> None:
    """What is kept of passwords is the account's, and outlives the plugin's being off."""
    with world.platform.work(world.ada.acting()) as work:
        assert users.user_row(work, world.ada.id)["password_hash"]
    world.platform = budkavle_open()
    assert world.sign_in(world.ada.email).signed_in is not None
