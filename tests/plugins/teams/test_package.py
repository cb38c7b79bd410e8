"""The app package: what Teams' own schema says of it, its pictures, and who may fetch it."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import jsonschema_rs
import pytest
from click.testing import CliRunner
from msgspec import structs
from PIL import Image
from tests.plugins.teams.conftest import BASE
from tests.plugins.teams.manifest_rules import faults_of

from budkavle import Loa, Misconfigured, Platform
from budkavle_identity_tokens import RemoteKeys, keys_url
from budkavle_identity_tokens.simulated_entra import Entra
from budkavle_teams import health
from budkavle_teams.admin_pages import package_of
from budkavle_teams.app_package import english, manifest
from budkavle_teams.commands import group
from budkavle_teams.settings import TenantSettings
from budkavle_teams.tenants import tenants

BOT = "33333333-2222-4222-8222-222222222222"
SCHEMAS = "node_modules/@microsoft/app-manifest/build/json-schemas/teams/v1.30"


@pytest.fixture(scope="module")
def schema(root: Path, missing: Callable[[str], NoReturn]) -> Callable[[str], Any]:
    """Give a validator of Teams' own schemas; a visible skip where npm's peers are not here."""
    folder = root / "tests/peers" / SCHEMAS
    if not folder.is_dir():
        missing("npm's @microsoft/app-manifest is not installed (make peers)")
    return lambda name: jsonschema_rs.Draft4Validator(
        json.loads((folder / f"{name}.schema.json").read_text("utf-8-sig"))
    )


@pytest.fixture
def files(app: Any) -> dict[str, bytes]:
    """What the package holds."""
    host = app.platform.plugins.host("teams")
    content = package_of(host, host.settings.tenants[0])
    assert content == package_of(host, host.settings.tenants[0]), "the same settings make the same bytes"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.feature("C1", "M3")
@pytest.mark.peer("teams", "npm's @microsoft/app-manifest")
def test_the_manifest_is_what_teams_asks_for(files: dict[str, bytes], schema: Callable[[str], Any]) -> None:
    """By the published schema of version 1.30, with its English words by theirs."""
    whole = json.loads(files["manifest.json"])
    assert [str(fault.message) for fault in schema("MicrosoftTeams").iter_errors(whole)] == []
    english = json.loads(files["en.json"])
    assert [str(fault.message) for fault in schema("MicrosoftTeams.Localization").iter_errors(english)] == []


@pytest.fixture
def with_bot(app: Any) -> TenantSettings:
    """The tenant's settings with a bot."""
    tenant: TenantSettings = structs.replace(app.platform.plugins.host("teams").settings.tenants[0], bot_id=BOT)
    return tenant


@pytest.mark.feature("C1")
@pytest.mark.peer("teams", "npm's @microsoft/app-manifest")
def test_the_manifest_with_a_message_extension_is_what_teams_asks_for(
    schema: Callable[[str], Any], with_bot: TenantSettings
) -> None:
    """By the same schemas; its English words have the places of Swedish ones."""
    whole, words = manifest(BASE, with_bot, "Habo kommun"), english(with_bot, "Habo kommun")
    assert [str(fault.message) for fault in schema("MicrosoftTeams").iter_errors(whole)] == []
    assert [str(fault.message) for fault in schema("MicrosoftTeams.Localization").iter_errors(words)] == []
    for path in words.keys() - {"$schema"}:
        value: Any = whole
        for part in path.replace("[", ".").replace("]", "").split("."):
            value = value[int(part)] if part.isdigit() else value[part]
        assert value != words[path], path


def test_the_manifest_holds_what_no_schema_sees(app: Any, with_bot: TenantSettings) -> None:
    """With a bot and without: rules of ours."""
    for tenant in (app.platform.plugins.host("teams").settings.tenants[0], with_bot):
        assert faults_of(manifest(BASE, tenant, "Habo kommun")) == []


UNSEEN: list[Callable[[dict[str, Any]], Any]] = [
    lambda one: one["staticTabs"][0].update(contentUrl="https://elsewhere.example/"),
    lambda one: one["staticTabs"][0].update(contentUrl="http://budkavle.example/"),
    lambda one: one.update(validDomains=["*.budkavle.example", "budkavle.example"]),
    lambda one: one["webApplicationInfo"].update(resource="api://budkavle.example"),
    lambda one: one["activities"]["activityTypes"][0].update(templateText="{actor} skrev {subject}"),
    lambda one: one["activities"]["activityTypes"][0].update(type="systemDefault"),
    lambda one: one["activities"]["activityTypes"].append(one["activities"]["activityTypes"][0]),
    lambda one: one["composeExtensions"][0].pop("botId"),
    lambda one: one["composeExtensions"][0]["commands"][0].pop("fetchTask"),
    lambda one: one["composeExtensions"][0]["commands"][0].update(context=["compose"]),
    lambda one: one["authorization"]["permissions"]["resourceSpecific"].append(
        {"name": "ChatMessage.Read.Chat", "type": "Application"}
    ),
    lambda one: one["permissions"].append("messageTeamMembers"),
]


def test_what_no_schema_sees_is_found(with_bot: TenantSettings) -> None:
    """So that the test above says something."""
    for broken in UNSEEN:
        whole = manifest(BASE, with_bot, "Habo kommun")
        broken(whole)
        assert faults_of(whole), broken


BREAKS: list[Callable[[dict[str, Any]], Any]] = [
    lambda one: one.pop("icons"),
    lambda one: one["name"].update(short="x" * 31),
    lambda one: one.update(validDomains="budkavle.example"),
    lambda one: one["staticTabs"][0].update(scopes=["app"]),
    lambda one: one.update(id="budkavle"),
    lambda one: one.pop("manifestVersion"),
    lambda one: one.update(accentColor="teal"),
]


def test_a_broken_manifest_is_found(files: dict[str, bytes], schema: Callable[[str], Any]) -> None:
    """So that the test above says something."""
    for broken in BREAKS:
        whole = json.loads(files["manifest.json"])
        broken(whole)
        assert list(schema("MicrosoftTeams").iter_errors(whole)), broken


def test_the_manifest_is_of_this_installation(app: Any, files: dict[str, bytes]) -> None:
    """Its host, its app in Entra ID, its organisation; one personal tab; nothing that is not used."""
    whole = json.loads(files["manifest.json"])
    assert whole["validDomains"] == ["budkavle.example"]
    assert whole["webApplicationInfo"] == {
        "id": app.entra.client_id,
        "resource": f"api://budkavle.example/{app.entra.client_id}",
    }
    assert whole["staticTabs"][0]["contentUrl"] == f"{app.BASE}/plugin/teams/teams/open"
    assert {scope for tab in whole["staticTabs"] for scope in tab["scopes"]} == {"personal"}
    assert whole["name"]["full"] == "Säkra meddelanden, Habo kommun"
    rights = whole["authorization"]["permissions"]["resourceSpecific"]
    assert rights == [{"name": "TeamsActivity.Send.User", "type": "Application"}]
    assert not {"bots", "composeExtensions", "configurableTabs"} & set(whole)


def test_the_pictures_have_the_sizes_and_colours_that_teams_asks_for(files: dict[str, bytes]) -> None:
    """192 on its own ground; 32 in white on nothing, and some of both."""
    color, outline = (Image.open(io.BytesIO(files[name])) for name in ("color.png", "outline.png"))
    assert (color.size, outline.size) == ((192, 192), (32, 32))
    assert color.convert("RGBA").getchannel("A").getextrema() == (255, 255)
    assert len(set(color.convert("RGB").get_flattened_data())) > 3
    bands = outline.convert("RGBA").split()
    assert [band.getextrema() for band in bands[:3]] == [(255, 255)] * 3
    assert bands[3].getextrema() == (0, 255)


def test_the_command_writes_it(app: Any, files: dict[str, bytes], tmp_path: Path) -> None:
    """And says what is missing where there is none, or no plugin."""
    out = tmp_path / "app.zip"
    host = app.platform.plugins.host("teams")
    done = CliRunner().invoke(group(host), ["package", "--out", str(out)])
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(out) as archive:
        assert archive.read("manifest.json") == files["manifest.json"]
    wrong = CliRunner().invoke(group(host), ["package", "--out", str(out), "--name", "other"])
    assert isinstance(wrong.exception, Misconfigured)
    off = CliRunner().invoke(group(None), ["package", "--out", str(out)])
    assert isinstance(off.exception, Misconfigured)
    nowhere = CliRunner().invoke(group(host), ["package", "--out", str(tmp_path / "no" / "app.zip")])
    assert nowhere.exit_code == 1


def test_administrators_fetch_it_and_nobody_else(app: Any, browsers: Callable[[], Any]) -> None:
    """By a page under Min organisation; another organisation's administrator finds none."""
    admin, other, nobody = browsers(), browsers(), browsers()
    admin.cookies["__Host-budkavle"] = app.session(loa=Loa.TWO)
    assert "/plugin/teams/settings" in admin.get("/organisation/settings", admin.TOP).text
    page = admin.get("/plugin/teams/settings", admin.TOP).text
    assert app.entra.client_id in page
    assert "access_as_user" in page
    fetched = admin.get("/plugin/teams/package/teams", admin.TOP)
    assert zipfile.is_zipfile(io.BytesIO(fetched.content))
    other.cookies["__Host-budkavle"] = app.session(app.kim)
    assert other.get("/plugin/teams/package/teams", other.TOP).status_code == 404
    assert app.entra.client_id not in other.get("/plugin/teams/settings", other.TOP).text
    assert nobody.get("/plugin/teams/package/teams", nobody.TOP).status_code == 303
    assert nobody.get("/plugin/teams/about", nobody.TOP).status_code == 200


def test_health_tells_whether_it_can_work(app: Any) -> None:
    """The tenant's keys, and https."""
    checked = app.platform.plugins.health_checks["teams.tenants"].check
    assert [(one.ok, str(one)) for one in checked(None)] == [(True, "Nycklarna för Microsoft Teams går att hämta.")]
    assert checked(app.anna.organisation_id) == []


def test_health_tells_that_it_cannot_work(installed: Callable[..., Platform], entra: Entra) -> None:
    """A tenant that does not answer, and pages without https."""
    entra.status = 404
    silent = installed().plugins.health_checks["teams.tenants"].check
    assert [(one.ok, one.remedy[:18]) for one in silent(None)] == [(False, "Kontrollera tenant")]
    plain = installed("http://127.0.0.1:8420").plugins.health_checks["teams.tenants"].check
    assert [(one.ok, str(one)) for one in plain(None)] == [(False, "Teams visar bara sidor med https.")]


def test_health_tells_that_keys_which_are_known_cannot_be_read_anew(app: Any, entra: Entra) -> None:
    """People still come in by them, until the tenant has changed them: before that somebody must look at the net."""
    host, now = app.platform.plugins.host("teams"), [1_000.0]
    keys = RemoteKeys(keys_url(entra.url, entra.tenant), 5.0, lambda: now[0])
    (tenant,) = tenants(host)
    known = [replace(tenant, keys=keys)]
    assert [one.ok for one in health.check(host, known, None)] == [True]
    entra.status, now[0] = 503, now[0] + 60
    assert [one.ok for one in health.check(host, known, None)] == [False]
    entra.status, now[0] = 200, now[0] + 60
    assert [one.ok for one in health.check(host, known, None)] == [True]
