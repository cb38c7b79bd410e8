"""Both manifests: what Microsoft's schema says, what it does not see, and who may fetch them."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NoReturn

import jsonschema_rs
import pytest
from litestar.testing import TestClient
from lxml import etree
from PIL import Image

from budkavle_email_link.mail.message import CASE_HEADER
from budkavle_outlook.manifests import unified, xml
from budkavle_outlook.manifests.addin import ICON_SIZES, AddIn
from budkavle_outlook.settings import AppSettings

SCHEMAS = "node_modules/@microsoft/app-manifest/build/json-schemas/teams/v1.30"
_spec = spec_from_file_location("manifest_rules", Path(__file__).with_name("manifest_rules.py"))
assert _spec
assert _spec.loader
rules = module_from_spec(_spec)
_spec.loader.exec_module(rules)
CLIENT = "22222222-2222-4222-8222-222222222222"
APP = AppSettings(tenant=CLIENT, client_id=CLIENT, organisations=("habo-kommun",))
ADDIN = AddIn("https://budkavle.example", APP, "Habo kommun", "habo-kommun", "c0de")
PLAIN = replace(ADDIN, app=AppSettings())


@pytest.fixture(scope="module")
def schema(root: Path, missing: Callable[[str], NoReturn]) -> Callable[[str], Any]:
    """Give a validator of Microsoft's own schemas; a visible skip where npm's peers are not here."""
    folder = root / "tests/peers" / SCHEMAS
    if not folder.is_dir():
        missing("npm's @microsoft/app-manifest is not installed (make peers)")
    return lambda name: jsonschema_rs.Draft4Validator(
        json.loads((folder / f"{name}.schema.json").read_text("utf-8-sig"))
    )


def faults(schema: Callable[[str], Any], name: str, content: Any) -> list[str]:
    """What a schema says of a document."""
    return [str(fault.message) for fault in schema(name).iter_errors(content)]


@pytest.mark.feature("C3")
@pytest.mark.peer("outlook", "npm's @microsoft/app-manifest")
@pytest.mark.parametrize("addin", [ADDIN, PLAIN], ids=["with a tenant", "without"])
def test_the_unified_manifest_is_what_microsoft_asks_for(schema: Callable[[str], Any], addin: AddIn) -> None:
    """By the published schema of version 1.30, its English words by theirs, and by what no schema sees."""
    with zipfile.ZipFile(io.BytesIO(unified.package(addin))) as archive:
        manifest, english = json.loads(archive.read("manifest.json")), json.loads(archive.read("en.json"))
        assert {*archive.namelist()} == {"manifest.json", "en.json", "color.png", "outline.png"}
    assert faults(schema, "MicrosoftTeams", manifest) == []
    assert faults(schema, "MicrosoftTeams.Localization", english) == []
    assert rules.faults_of_unified(manifest) == []
    assert ("webApplicationInfo" in manifest) is bool(addin.app.client_id)


def test_every_english_word_has_its_place() -> None:
    """A path of the words leads to a Swedish one in the manifest, and no word of a button is left in Swedish alone."""
    manifest, english = unified.manifest(ADDIN), unified.english(ADDIN)
    for path in english.keys() - {"$schema"}:
        value: Any = manifest
        for part in path.replace("[", ".").replace("]", "").split("."):
            value = value[int(part)] if part.isdigit() else value[part]
        assert isinstance(value, str)
        assert value != english[path]
    assert sum("controls[0]" in path for path in english) == 3 * len(unified.BUTTONS)


def test_outlook_asks_the_guard_before_it_sends() -> None:
    """By the same page and file in both manifests, softly: where they cannot be loaded, the mail goes."""
    extension = unified.manifest(ADDIN)["extensions"][0]
    (event,) = extension["autoRunEvents"][0]["events"]
    assert (event["type"], event["options"]) == ("messageSending", {"sendMode": "softBlock"})
    code = {"page": ADDIN.guard_url, "script": ADDIN.guard_script_url}
    assert [one["code"] for one in extension["runtimes"] if one["actions"][0]["id"] == event["actionId"]] == [code]
    root = etree.fromstring(xml.manifest(ADDIN))
    (launch,) = root.iter(f"{{{xml.MAIL_EVENTS}}}LaunchEvent")
    assert dict(launch.attrib) == {"Type": "OnMessageSend", "FunctionName": event["actionId"], "SendMode": "SoftBlock"}
    urls = {url.get("id"): url.get("DefaultValue") for url in root.iter(f"{{{xml.BASIC}}}Url")}
    assert (urls["GuardPage"], urls["GuardScript"]) == (code["page"], code["script"])


def test_a_message_in_place_of_its_notice_is_asked_for_by_a_setting() -> None:
    """In XML alone: Microsoft has named no such event for the unified manifest that its pages agree on."""
    addin = replace(ADDIN, app=AppSettings(decrypt=True))
    content = xml.manifest(addin)
    assert rules.faults_of_xml(content) == []
    (_, launch) = etree.fromstring(content).iter(f"{{{xml.MAIL_EVENTS}}}LaunchEvent")
    header = {"FunctionName": "onMessageDecrypt", "HeaderName": CASE_HEADER}
    assert dict(launch.attrib) == {"Type": "OnMessageDecrypt", **header}
    assert unified.manifest(addin) | {"id": ""} == unified.manifest(PLAIN) | {"id": ""}


BREAKS: list[Callable[[dict[str, Any]], Any]] = [
    lambda one: one["extensions"][0]["ribbons"][0]["tabs"][0]["groups"][0]["controls"][0].update(actionId="other"),
    lambda one: one["extensions"][0]["runtimes"][0]["code"].update(page="http://budkavle.example/"),
    lambda one: one["extensions"][0]["ribbons"][1]["tabs"][0]["groups"][0]["controls"][0]["icons"].pop(),
    lambda one: one["extensions"][0].update(
        autoRunEvents=[{"events": [{"type": "messageSend", "actionId": "encrypt"}], "requirements": {}}],
    ),
    lambda one: one["extensions"][0]["runtimes"][0]["actions"].append({"id": "read", "type": "openPage"}),
]


@pytest.mark.parametrize("broken", BREAKS, ids=range(len(BREAKS)))
def test_our_own_rules_find_what_is_broken(broken: Callable[[dict[str, Any]], Any]) -> None:
    """So that the test above says something."""
    manifest = unified.manifest(ADDIN)
    broken(manifest)
    assert len(rules.faults_of_unified(manifest)) == 1


@pytest.mark.feature("C3")
@pytest.mark.parametrize("addin", [ADDIN, PLAIN], ids=["with a tenant", "without"])
def test_the_xml_manifest_fits_together(addin: AddIn) -> None:
    """Order, resources, pictures, https; two buttons with words in two languages; the same add-in as in JSON."""
    content = xml.manifest(addin)
    assert rules.faults_of_xml(content) == []
    root = etree.fromstring(content)
    assert root.findtext(f"{{{xml.OFFICE}}}Id") == unified.manifest(addin)["id"]
    assert [element.get("id") for element in root.iter(f"{{{xml.MAIL}}}Control")] == ["encryptButton", "readButton"]
    words = [element.get("Value") for element in root.iter(f"{{{xml.BASIC}}}Override")]
    assert {"Encrypt message", "Open message"} <= set(words)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'resid="Pane"', b'resid="Pain"'),
        (b"https://budkavle.example/plugin/outlook/outlook/open", b"http://budkavle.example/open"),
        (b'<bt:Image size="80" resid="Icon80"/>', b""),
        (b'id="readButton"', b'id="encryptButton"'),
        (b"<Permissions>ReadWriteItem</Permissions>", b""),
        (b"<Version>1.1.0.0</Version>", b"<Version>1</Version>"),
        (b"Group", b"G" * 33),
    ],
)
def test_our_own_rules_find_what_is_broken_in_xml(old: bytes, new: bytes) -> None:
    """Each rule once; a permission that is missing shows in the order only where it stands elsewhere."""
    content = xml.manifest(ADDIN)
    assert old in content
    broken = content.replace(old, new)
    if not new and b"Permissions" in old:
        broken = broken.replace(b"<Hosts>", old + b"<Hosts>", 1)
    assert rules.faults_of_xml(broken)


def test_each_organisation_and_installation_has_an_id_of_its_own() -> None:
    """And the same settings make the same bytes."""
    others = (
        replace(ADDIN, slug="kisa"),
        replace(ADDIN, base_url="https://other.example"),
        replace(ADDIN, app=AppSettings(name="b")),
    )
    assert len({ADDIN.id, *(other.id for other in others)}) == 4
    assert unified.package(ADDIN) == unified.package(ADDIN)
    assert xml.manifest(ADDIN) == xml.manifest(ADDIN)


def test_administrators_fetch_them_and_nobody_else(house: Any, client: TestClient[Any]) -> None:
    """By a page under Min organisation; another organisation's administrator finds none."""
    paths = [f"/plugin/outlook/manifest/outlook/{kind}" for kind in ("json", "xml")]
    client.cookies.update(house.cookie(house.anna))
    assert "/plugin/outlook/settings" in client.get("/organisation/settings").text
    assert "brk-multihub://budkavle.example" in client.get("/plugin/outlook/settings").text
    package, manifest = (client.get(path) for path in paths)
    assert zipfile.is_zipfile(io.BytesIO(package.content))
    assert "budkavle-outlook.xml" in manifest.headers["content-disposition"]
    assert b"Habo kommun" in manifest.content
    assert client.get("/plugin/outlook/manifest/outlook/exe").status_code == 404
    for user, status in ((house.kim, 404), (house.bo, 403)):
        client.cookies.clear()
        client.cookies.update(house.cookie(user))
        assert [client.get(path).status_code for path in paths] == [status, status]
    client.cookies.clear()
    page = {"accept": "text/html"}
    assert [client.get(path, headers=page, follow_redirects=False).status_code for path in paths] == [303, 303]


def test_outlook_fetches_the_pictures_without_anybody(client: TestClient[Any]) -> None:
    """In the sizes that the manifests name."""
    for size in ICON_SIZES:
        answer = client.get(f"/plugin/outlook/icon/{size}.png")
        assert Image.open(io.BytesIO(answer.content)).size == (size, size)
    assert client.get("/plugin/outlook/icon/17.png").status_code == 404
    assert client.get("/plugin/outlook/about").status_code == 200
