"""The guard's file and addresses: what is in them, whose they are, and what the oldest Outlook makes of the file."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
from litestar.testing import TestClient
from tests.docs.api_fields import check_fields

from budkavle import Address, Loa, Platform, SettingsSection
from budkavle.accounts import write_settings
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import SettingsSectionContract
from budkavle.testing.working import deliver_due
from budkavle_outlook.guard.guard_settings import GuardSettings
from budkavle_outlook.guard.script import LANGUAGES, LONGEST_BUTTON, code_of

PATH = "/plugin/outlook/outlook"
HEADERS = {"sec-fetch-site": "same-origin", "accept": "text/html"}
FRAMED, FETCHED = (HEADERS | {"sec-fetch-dest": dest} for dest in ("iframe", "empty"))
NUMBER = "19811218-9876"
OUTLOOK = """
const { file, mail, language, set, server } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const answers = (value) => (...rest) => rest.at(-1)({ status: value === null ? "failed" : "succeeded", value });
const item = {
  subject: { getAsync: answers(mail.subject) },
  body: { getAsync: answers(mail.body) },
  to: { getAsync: answers([{ emailAddress: "bo@habo.example" }]) },
  cc: { getAsync: answers([]) },
  bcc: { getAsync: answers([]) },
};
// A page, where there is one: its session is known, and the server says who has an account, is silent or is away.
const fetch = (url) => {
  if (server === "away") return Promise.reject(new TypeError("Failed to fetch"));
  if (server === "silent") return new Promise(() => {});
  return Promise.resolve({ json: () => (url.endsWith("/session") ? { csrf: "x" } : { secure: ["bo@habo.example"] }) });
};
let handler;
const Office = {
  actions: { associate: (name, given) => { if (name === "onMessageSend") handler = given; } },
  context: {
    displayLanguage: language,
    mailbox: { item },
    requirements: { isSetSupported: (name, least) => Number(set.split(".")[1]) >= Number(least.split(".")[1]) },
  },
};
// What classic Outlook on Windows has, and nothing of a page.
const page = server ? { document: {}, fetch, URLSearchParams } : {};
// Its seconds of patience pass as hundredths.
const soon = (then, wait) => setTimeout(then, wait / 100);
require("vm").runInNewContext(file, { Office, setTimeout: soon, ...page });
handler({ completed: (options) => console.log(JSON.stringify(options)) });
"""


def address(house: Any, organisation: Any) -> str:
    """Where an organisation's guard is."""
    host = house.platform.plugins.host("outlook")
    return f"{PATH}/guard/{organisation.organisation.slug}/{code_of(host, organisation.id)}"


@pytest.fixture
def file(house: Any, client: TestClient[Any]) -> Any:
    """Fetch Habo's file as Outlook does, without anybody's session."""

    def fetch() -> str:
        client.cookies.clear()
        answer = client.get(f"{address(house, house.habo)}/send.js")
        assert answer.status_code == 200
        return str(answer.text)

    return fetch


@pytest.fixture
def send(node: Path | None, missing: Callable[[str], NoReturn], file: Any) -> Any:
    """Send a mail in an Outlook without pages; returns how the guard completes."""

    def send(body: str | None, subject: str = "Hej", server: str = "", **facts: str) -> Any:
        if node is None:
            missing("node is not installed (make peers)")
        mail = {"subject": subject, "body": body}
        outlook = {"language": "sv-SE", "set": "1.14", **facts}
        value = {"file": file(), "mail": mail, "server": server, **outlook}
        done = subprocess.run(
            [node, "-e", OUTLOOK], input=json.dumps(value), capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    return send


@pytest.mark.feature("C3", "Z5")
def test_a_mail_that_should_be_secure_is_stopped_softly(send: Any) -> None:
    """A number or a word gives an alert in the reader's language with a button to the pane, and the way past it."""
    assert send("Vi ses på tisdag.") == {"allowEvent": True}
    alert = send(f"Diagnosen gäller {NUMBER}.")
    assert alert["errorMessage"].startswith(
        "Mejlet innehåller ett personnummer. Mejlet kan innehålla känsliga uppgifter (diagnos…)."
    )
    button = {"commandId": "encryptButton", "cancelLabel": "Skicka säkert", "sendModeOverride": "promptUser"}
    assert {**alert, "errorMessage": ""} == {"allowEvent": False, "errorMessage": "", **button}
    assert send("Hej", subject=NUMBER)["allowEvent"] is False, "the subject is read too"
    assert send(NUMBER, language="en-GB")["errorMessage"].startswith("The mail contains a personal identity number.")
    old = send(NUMBER, set="1.12")
    assert set(old) == {"allowEvent", "errorMessage"}, "older Outlook has no such button"
    assert send(None) == {"allowEvent": True}, "what cannot be read stops nothing"


@pytest.mark.feature("C3", "OX4")
def test_the_organisation_decides(house: Any, send: Any) -> None:
    """Strict, or not at all; the manifest stays as it is."""
    in_work(house.platform, house.anna, write_settings, GuardSettings, {"send_anyway": False})
    strict = send(NUMBER)
    assert "sendModeOverride" not in strict
    assert strict["errorMessage"].endswith("Skicka ett säkert meddelande i stället, eller ändra mejlet.")
    in_work(house.platform, house.anna, write_settings, GuardSettings, {"on": False})
    assert send(NUMBER) == {"allowEvent": True}


@pytest.mark.feature("C3")
def test_a_recipient_alone_is_warned_of_only_where_the_organisation_wants_it(house: Any, send: Any) -> None:
    """They are named beside another warning; a server that is away or silent stops no mail."""
    named = "De här mottagarna kan få ett säkert meddelande: bo@habo.example."
    assert send("Vi ses.", server="here") == {"allowEvent": True}
    assert named in send(NUMBER, server="here")["errorMessage"]
    for server in ("", "away", "silent"):
        assert named not in send(NUMBER, server=server)["errorMessage"]
    in_work(house.platform, house.anna, write_settings, GuardSettings, {"recipients": True})
    assert send("Vi ses.", server="here")["errorMessage"].startswith(named)
    assert send("Vi ses.", server="away") == {"allowEvent": True}


def test_the_file_is_what_the_oldest_outlook_loads(
    node: Path | None, missing: Callable[[str], NoReturn], file: Any
) -> None:
    """ES2016, without the operator of two questions; the buttons' words have room."""
    if node is None:
        missing("node is not installed (make peers)")
    script = """
    const acorn = require("internal/deps/acorn/acorn/dist/acorn");
    const walk = require("internal/deps/acorn/acorn-walk/dist/walk");
    const kinds = new Set();
    const tree = acorn.parse(require("fs").readFileSync(0, "utf8"), { ecmaVersion: 2016 });
    walk.full(tree, (node) => kinds.add(node.type));
    console.log(JSON.stringify([...kinds]));
    """
    whole = file()
    command = [str(node), "--expose-internals", "-e", script]
    kinds = json.loads(subprocess.run(command, input=whole, capture_output=True, text=True, check=True).stdout)
    assert {"ConditionalExpression", "ImportDeclaration", "AwaitExpression"}.isdisjoint(kinds)
    settings = json.loads(whole.split("const GUARD = ")[1].split(";\nGUARD.checks")[0])
    check_fields("Guard", settings)
    assert {*settings["texts"]} == {*LANGUAGES}
    assert all(len(texts["button"]) <= LONGEST_BUTTON for texts in settings["texts"].values())


def test_the_file_has_words_and_nobodys_data(house: Any, client: TestClient[Any], file: Any) -> None:
    """It can be kept for a while, and its address is found by nobody who does not know it."""
    assert "diagnos*" in file()
    assert not {person.email for person in (house.anna, house.bo)} & set(file().replace('"', " ").split())
    for path in (address(house, house.habo), f"{address(house, house.habo)}/send.js"):
        assert "max-age" in client.get(path, headers=FRAMED).headers["cache-control"]
        for wrong in (path.replace("habo-kommun", "kisa-kommun"), path.replace("habo-kommun", "inte"), path[:-1] + "x"):
            assert client.get(wrong, headers=FRAMED).status_code == 404
    assert client.get(f"{address(house, house.kisa)}/send.js").status_code == 404, "Kisa has no add-in"


def test_the_page_has_nothing_but_the_scripts(house: Any, client: TestClient[Any]) -> None:
    """Under the policy of the pane; outside of a frame it is empty."""
    page = client.get(address(house, house.habo), headers=FRAMED)
    assert "office.js" in page.text
    assert f'src="{address(house, house.habo)}/send.js"' in page.text
    assert "frame-ancestors https://outlook.office.com" in page.headers["content-security-policy"]
    alone = client.get(address(house, house.habo), headers=HEADERS | {"sec-fetch-dest": "document"})
    assert "script" not in alone.text


@pytest.mark.feature("C3")
def test_who_could_have_a_secure_message(house: Any, client: TestClient[Any]) -> None:
    """Those with an account; asked by a form of somebody who is signed in in the pane, and by nobody else."""
    client.cookies.update(house.cookie(house.anna, framed=True))
    session = client.get(f"{PATH}/session", headers=FETCHED).json()
    check_fields("Session in Outlook", session)
    csrf = session["csrf"]
    emails = [house.bo.email.upper(), "maria@exempel.example", house.kim.email]
    answer = client.post(f"{PATH}/recipients", data={"csrf": csrf, "email": emails}, headers=FETCHED)
    assert answer.json() == {"secure": [emails[0], emails[2]]}
    check_fields("Secure recipients", answer.json())
    assert client.post(f"{PATH}/recipients", data={"email": emails}, headers=FETCHED).status_code == 403
    client.cookies.clear()
    for method, path in (("GET", "session"), ("POST", "recipients")):
        answer = client.request(method, f"{PATH}/{path}", headers=FETCHED, follow_redirects=False)
        assert answer.status_code in {303, 401, 403}


@pytest.mark.feature("C7")
def test_outlook_gets_a_case_only_for_its_reader(house: Any, client: TestClient[Any]) -> None:
    """As HTML without script, in place of the notice; others' are not found, and nobody's without a session."""
    house.habo.send(
        house.bo.at(Loa.THREE),
        "Ärendet",
        mailbox_id=house.bo.personal_id,
        recipients=(Address("secure", house.anna.email),),
        body="**Hej!** <script>x()</script>",
        loa=Loa.ONE,
    )
    deliver_due(house.platform)
    (row,) = house.habo.rows("SELECT case_id FROM messages WHERE direction = 'in'")
    path = f"{PATH}/shown/{row.case_id}"
    client.cookies.update(house.cookie(house.anna, framed=True))
    shown = client.get(path, headers=FETCHED)
    assert "<strong>Hej!</strong> &lt;script&gt;" in shown.text
    assert "<script" not in shown.text
    for user in (house.bo, house.kim):
        client.cookies.clear()
        client.cookies.update(house.cookie(user, framed=True))
        assert client.get(path, headers=FETCHED).status_code == 404
    client.cookies.clear()
    assert client.get(path, headers=FETCHED, follow_redirects=False).status_code in {303, 401}


class TestGuardSettings(SettingsSectionContract):
    """The section keeps what every section promises."""

    @pytest.fixture
    def platform(self, house: Any) -> Platform:
        """Give the installation."""
        return house.platform  # type: ignore[no-any-return]

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        """Give the section."""
        return platform.plugins.settings_sections["outlook.guard"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        """Give other values."""
        return {"on": False, "recipients": True, "send_anyway": False}

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        """Give what is neither yes nor no."""
        return {"on": "kanske"}
