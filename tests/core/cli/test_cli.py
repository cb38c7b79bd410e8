"""The command line: quick, in words, with secrets left out, and with exit codes for programs."""

import json
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import click
import pytest
from click.testing import CliRunner, Result
from litestar import Router, get

from budkavle.cli.config import redacted
from budkavle.cli.installation import Installation
from budkavle.cli.main import COMMANDS, budkavle
from budkavle.identification.mail_links import new_passwords
from budkavle.model.errors import Unavailable
from budkavle.plugins.protocols.job import Job
from budkavle.plugins.protocols.personal_data import People, PersonalData
from budkavle.settings import Settings
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command with a settings file of these lines; errors of ours are raised, as `main` gets them."""
    monkeypatch.setenv("LANGUAGE", "sv")

    def run_one(*arguments: str, toml: str = "", text: str = "") -> Result:
        file = tmp_path / "budkavle.toml"
        file.write_text(toml, encoding="utf-8")
        return CliRunner().invoke(budkavle, ["--config", str(file), *arguments], input=text)

    return run_one


def database(settings: Settings) -> str:
    urls = settings.database
    return f'data = "{settings.data}"\n[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n'


def test_help_lists_everything_and_imports_nothing_heavy() -> None:
    """No database, web or crypto is loaded to say what there is."""
    heavy = "('sqlalchemy', 'litestar', 'cryptography', 'rich', 'lxml')"
    code = (
        "import sys\nfrom budkavle.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([m for m in sys.modules if m in {heavy}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(run: Run, name: str) -> None:
    """Every command that is listed can be imported and says what it does."""
    result = run(name, "--help")
    assert result.exit_code == 0
    assert COMMANDS[name][1].rstrip(".").split()[0].lower() in result.output.lower()


@pytest.mark.parametrize("name", ["message_api", "message-api"])
def test_a_plugins_commands_are_found_by_the_name_that_the_help_names(run: Run, name: str) -> None:
    """The plugin `message_api` has the command `message-api`; either is understood."""
    result = run(name, "--help", toml='enabled = ["message_api"]\n')
    assert result.exit_code == 0, result.output


def test_help_speaks_english_where_the_terminal_does() -> None:
    """The language of the terminal decides, and no settings."""
    env = {"LANGUAGE": "en", "PATH": ""}
    command = [sys.executable, "-m", "budkavle", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    assert "Start the web and the worker." in done.stdout


def test_an_error_of_ours_is_one_line() -> None:
    """No traceback: what happened, to what, and exit code 1."""
    env = {"LANGUAGE": "sv", "PATH": "", "BUDKAVLE__ENABLED": "telex"}
    command = [sys.executable, "-m", "budkavle", "config", "check"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Fel: Tillägget telex kan inte användas: det är inte installerat")


@pytest.mark.feature("PL4")
def test_plugins_are_listed_with_what_is_on(run: Run) -> None:
    """The built-in ones are there, on or off."""
    rows = {row["name"]: row for row in json.loads(run("plugin", "list", "--json").stdout)}
    assert {"addressbook", "sdk"} <= set(rows)
    assert not rows["sdk"]["enabled"]
    assert "addressbook" in run("plugin", "list").output


@pytest.mark.feature("PL4")
def test_a_plugin_that_is_missing_fails_the_check(run: Run) -> None:
    """Its name and the reason are in the answer, for people and for programs."""
    result = run("plugin", "check", "--json", toml='enabled = ["telex"]')
    reports = {report["name"]: report for report in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert reports.keys() == {"local", "password", "telex"}
    assert "inte installerat" in reports["telex"]["faults"][0]
    (alone,) = json.loads(run("plugin", "check", "--json", "telex").stdout)
    assert alone == reports["telex"]
    assert "inte installerat" in run("plugin", "check", toml='enabled = ["telex"]').output


@pytest.mark.feature("PL4")
def test_a_check_opens_no_database(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that wants it is told that it only registers, and no server has been started for the check."""
    module = plugin_module("early", jobs=lambda host: [Job("x", host.vault.seal_small)])
    monkeypatch.setattr("budkavle.plugins.loader.installed", lambda: offer(early=module))
    result = run("plugin", "check", toml=f'enabled = ["early"]\ndata = "{tmp_path / "data"}"')
    assert result.exit_code == 1
    assert "kroken budkavle_jobs misslyckades: en krok registrerar bara" in result.output
    assert not (tmp_path / "data").exists()


@get("/page", sync_to_thread=True)
def _unfit(what) -> str:  # type: ignore[no-untyped-def]
    return str(what)


def _history(folder: Path, *revisions: str) -> ModuleType:
    """Return a module with these revisions beside it."""
    (folder / "migrations").mkdir(parents=True)
    for number, text in enumerate(revisions):
        (folder / "migrations" / f"{number}.py").write_text(text)
    module = plugin_module("early", jobs=lambda host: [])
    module.__file__ = str(folder / "plugin.py")
    return module


FLIGHTS = PersonalData(
    name="flights", title="Flygningar", purpose="Veta.", people=(People.USERS,), data="Tider.", kept="En dag."
)
FIRST = 'revision = "a"\ndown_revision = None\ndef upgrade(): pass\n'
FOUND: dict[str, tuple[Callable[[Path], ModuleType], str]] = {
    "no hook": (lambda _: ModuleType("budkavle_early"), "modulen budkavle_early har ingen krok"),
    "name of a transport": (
        lambda _: plugin_module("early", transports=lambda host: [FakeTransport("Other Name")]),
        "namnet Other Name får bara ha små bokstäver",
    ),
    "another's transport": (
        lambda _: plugin_module("early", transports=lambda host: [FakeTransport("taken")]),
        "namnet taken är redan taget av tillägget sound",
    ),
    "an icon that is none": (
        lambda _: plugin_module("early", transports=lambda host: [FakeTransport("early", icon="leter")]),
        "early: ikonen leter finns inte. Menades letter,",
    ),
    "the core's command": (
        lambda _: plugin_module("early", commands=lambda host: [click.Command("serve")]),
        "kommandot serve är redan Budkavles eget",
    ),
    "times of a job": (lambda _: plugin_module("early", jobs=lambda host: [Job("j", int, every=60)]), "inte int"),  # type: ignore[arg-type]
    "routes": (
        lambda _: plugin_module("early", routes=lambda host: [Router("/plugin/early", route_handlers=[_unfit])]),
        "dess sidor går inte att registrera",
    ),
    "two ends": (
        lambda folder: _history(folder, FIRST, FIRST.replace('"a"', '"b"')),
        "dess migreringar har flera slut: a, b",
    ),
    "syntax": (lambda folder: _history(folder, FIRST, "def upgrade(:"), "dess migreringar går inte att läsa"),
    "leaves": (
        lambda _: plugin_module("early", jobs=lambda host: sys.exit(5)),
        "kroken budkavle_jobs misslyckades: Exited: SystemExit(5)",
    ),
    "no word of personal data": (
        lambda _: plugin_module("early", jobs=lambda host: []),
        "säger inte vilka personuppgifter det behandlar: lägg till kroken budkavle_personal_data",
    ),
    "no purpose of personal data": (
        lambda _: plugin_module("early", personal_data=lambda: [replace(FLIGHTS, purpose="")]),
        "flights: purpose är tomt",
    ),
}
"""What an author may get wrong, by name, and what `plugin check` says of it."""


@pytest.mark.feature("PL4")
@pytest.mark.parametrize("wrong", FOUND)
def test_the_check_finds_what_would_fail_later(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """Each in a line with the plugin's name, beside another plugin that is told as well."""
    make, said = FOUND[wrong]
    sound = plugin_module(
        "sound",
        jobs=lambda host: [Job("j", int)],
        transports=lambda host: [FakeTransport("taken")],
        personal_data=lambda: [FLIGHTS],
    )
    offers = offer(early=make(tmp_path / "early"), sound=sound)
    monkeypatch.setattr("budkavle.plugins.loader.installed", lambda: offers)
    result = run("plugin", "check", "--json", toml=f'enabled = ["sound", "early"]\ndata = "{tmp_path / "data"}"')
    assert result.exit_code == 1
    other, early = json.loads(result.stdout)
    assert other["faults"] == []
    assert said in early["faults"][0]


def test_secrets_are_never_shown() -> None:
    """Passwords in URLs and in libpq words, tokens, keys; paths and plain values stay."""
    values = {
        "database": {"url": "postgresql://anna:hemligt@db/x", "owner_url": "host=db password='hem ligt' user=x"},
        "plugins": {"fax": {"api_token": "hemligt", "pin": "1234", "label": "Fax", "hooks": ["https://a:hemligt@x/"]}},
        "headers": {"Authorization": "Bearer hemligt", "X-Api-Key": "hemligt", "Accept": "text/plain"},
        "keys": "/var/lib/master.key",
    }
    shown = redacted(values)
    assert "hemligt" not in str(shown)
    assert "hem ligt" not in str(shown)
    assert "1234" not in str(shown)
    assert shown["keys"] == "/var/lib/master.key"
    assert shown["plugins"]["fax"]["label"] == "Fax"
    assert shown["headers"]["Accept"] == "text/plain"


def test_the_settings_are_shown_with_their_defaults(run: Run) -> None:
    """As TOML for people and JSON for programs."""
    toml = '[database]\nurl = "postgresql://x:hemligt@db/x"'
    shown = run("config", "show", toml=toml).output
    assert "[database]" in shown
    assert "hemligt" not in shown
    assert json.loads(run("config", "show", "--json", toml=toml).stdout)["bin_days"] == 30


def test_a_section_of_a_plugin_that_is_off_is_mentioned(run: Run) -> None:
    """It is no error: a plugin may be off for a while."""
    assert "[plugins.telex]" in run("config", "check", toml="[plugins.telex]\nline = 1").output


def test_an_installation_is_made_from_the_command_line(run: Run, budkavle_settings: Settings) -> None:
    """Tables, organisation, user, mailbox; then the event log is whole."""
    toml = database(budkavle_settings)
    assert run("migrate", toml=toml).exit_code == 0
    assert run("org", "add", "Habo kommun", "--slug", "habo", toml=toml).exit_code == 0
    password = ("--password-stdin",)
    added = run("user", "add", "habo", "anna@habo.example", "Anna", *password, toml=toml, text="lång hemlig mening\n")
    assert added.exit_code == 0, added.output
    made = run("mailbox", "add", "habo", "Elevhälsan", "--member", "anna@habo.example", toml=toml)
    assert "Elevhälsan" in made.output
    reports = json.loads(run("audit", "verify", "--json", toml=toml).stdout)
    assert all(report["ok"] for report in reports.values())
    report = reports["habo"]
    assert report["rows"] >= 3
    assert report["sentence"] == f"Händelseloggen är hel: {report['rows']} händelser, {report['seals']} sigill."


@pytest.mark.feature("Z10")
def test_heads_are_kept_outside_and_compared(run: Run, budkavle_settings: Settings, tmp_path: Path) -> None:
    """`audit heads` writes one of each log; `verify --against` judges all of them, also of a log that is gone."""
    toml, path = database(budkavle_settings), tmp_path / "heads.jsonl"
    run("migrate", toml=toml)
    run("org", "add", "Habo kommun", "--slug", "habo", toml=toml)
    assert "Antal sigill: 2." in run("audit", "heads", "--out", str(path), toml=toml).output
    lines = path.read_text("utf-8").splitlines()
    assert run("audit", "heads", toml=toml).stdout.splitlines() == lines
    assert run("audit", "verify", "--against", str(path), toml=toml).exit_code == 0
    gone = lines[0].replace(json.loads(lines[0])["log"], str(uuid4()))
    path.write_text("\n".join([*lines, gone]), "utf-8")
    refused = run("audit", "verify", "--against", str(path), toml=toml)
    assert refused.exit_code == 1
    assert "Loggen är avkortad: händelse 1 saknas" in refused.output
    unwritable = run("audit", "heads", "--out", str(tmp_path / "no" / "file"), toml=toml)
    assert "går inte att skriva: No such file" in str(unwritable.exception)


@pytest.mark.feature("O2", "Q3")
def test_accounts_are_managed_from_the_command_line(
    run: Run, budkavle_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Roles, personnummer, a one-time password, signing out, closing and opening; the last administrator stays one."""
    toml = database(budkavle_settings)
    run("org", "add", "Habo kommun", "--slug", "habo", toml=toml)
    for name in ("anna", "bo"):
        words = ("user", "add", "habo", f"{name}@habo.example", name.title(), "--password-stdin")
        run(*words, toml=toml, text="lång hemlig mening\n")

    def user(*words: str, text: str = "") -> Result:
        return run("user", *words, toml=toml, text=text)

    assert "har nu rollen admin" in user("role", "habo", "anna@habo.example", "admin").output
    last = user("role", "habo", "ANNA@habo.example", "user")
    assert "minst en administratör" in str(last.exception)
    assert "minst en administratör" in str(user("close", "habo", "anna@habo.example").exception)
    saved = user("personnummer", "habo", "bo@habo.example", text="19900101-2385\n")
    assert "Personnumret är sparat" in saved.output
    assert "2385" not in saved.output
    given = re.search(
        r"gäller i 24 timmar: ([a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5})",
        user("reset-password", "habo", "bo@habo.example").output,
    )
    assert given
    with monkeypatch.context() as mailing:
        mailing.setattr(new_passwords, "can_send", lambda work: True)
        sent = user("reset-password", "habo", "bo@habo.example").output
        assert "gäller i 24 timmar: " in user("reset-password", "habo", "bo@habo.example", "--once").output
    assert sent.strip() == "En länk för att välja ett lösenord är på väg till bo@habo.example. Den gäller i 24 timmar."
    assert "utloggad överallt" in user("end-sessions", "habo", "bo@habo.example").output
    assert "är stängt" in user("close", "habo", "bo@habo.example").output
    assert "Kontot är stängt" in str(user("reset-password", "habo", "bo@habo.example").exception)
    assert "öppet igen" in user("open", "habo", "bo@habo.example").output
    assert "cecilia@habo.example" in str(user("close", "habo", "cecilia@habo.example").exception)


def test_an_organisation_that_is_not_there_is_told_with_those_that_are(run: Run, budkavle_settings: Settings) -> None:
    """The sentence helps to find the right one."""
    toml = database(budkavle_settings)
    run("org", "add", "Habo kommun", "--slug", "habo", toml=toml)
    result = run("user", "add", "hbao", "anna@habo.example", "Anna", "--password-stdin", toml=toml)
    assert str(result.exception) == "Organisationen hbao finns inte. De som finns: habo."


@pytest.mark.parametrize("command", [["serve", "--web-only"], ["demo"]], ids=lambda command: command[0])
def test_a_port_that_is_taken_is_told_in_one_line(run: Run, budkavle_settings: Settings, command: list[str]) -> None:
    """Nothing is made or started; the sentence names the port and the way out."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run(*command, "--port", str(port), toml=database(budkavle_settings))
    assert isinstance(result.exception, Unavailable)
    assert f"port {port}" in str(result.exception)
    assert "--port" in str(result.exception)
    assert run(*command, "--port", "70000", toml=database(budkavle_settings)).exit_code == 2


def test_an_installation_is_closed_once() -> None:
    """The demo's folder is gone when the command line closes what is open; nothing is left that could miss it."""
    with tempfile.TemporaryDirectory(prefix="budkavle-test-") as folder:  # a path that is short enough for a socket
        file = Path(folder) / "budkavle.toml"
        file.write_text('data = "data"', encoding="utf-8")
        installation = Installation(file)
        assert installation.platform.database.server
        installation.close()
    installation.close()
