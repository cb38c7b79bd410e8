"""`budkavle incident draft`: what the event log knows of a planted incident stands in the drafts, and nothing more."""

import re
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from tests.core.web.pages.events.log_pages import Browse

from budkavle.cli.incidents.findings import READ, RIGHTS, SENT, STOPPED, is_refusal
from budkavle.cli.main import budkavle
from budkavle.identification.administration import change_role, close, end_sessions
from budkavle.model.errors import Conflict, Invalid, Misconfigured
from budkavle.model.loa import Loa
from budkavle.model.people import INSTALLATION, Role, SystemActor
from budkavle.model.times import ZONE
from budkavle.storage import audit
from budkavle.storage.audit import entries
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web import browser_sessions
from budkavle.web.views.event_texts import INSTALLATION_WORDS, WORDS

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
Draft = Callable[..., Result]
SUBJECT = "Hemligt om Kim"
DAY = timedelta(days=1)


@pytest.fixture
def draft(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draft:
    """Run the command over yesterday, today and tomorrow."""
    monkeypatch.setenv("LANGUAGE", "sv")
    urls = platform.settings.database
    toml = f'data = "{platform.settings.data}"\n[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n'
    file = tmp_path / "budkavle.toml"
    file.write_text(toml, encoding="utf-8")

    def run(*arguments: str, since: str = "") -> Result:
        begin = since or f"{datetime.now(ZONE) - DAY:%Y-%m-%d}"
        return CliRunner().invoke(
            budkavle, ["--config", str(file), "incident", "draft", "--since", begin, *arguments], catch_exceptions=True
        )

    return run


@pytest.fixture
def planted(
    platform: Platform,
    browse: Browse,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    colleague: SampleUser,
    outsider: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> list[UUID]:
    """Somebody reads two cases as a case worker, an outsider tries one, and the administrator stops it."""
    cases = [organisation.arrive(SUBJECT), organisation.arrive(SUBJECT)]
    with monkeypatch.context() as away:
        away.setattr(browser_sessions, "network_address", lambda _: "192.0.2.7")
        thief, curious = browse(case_worker), browse(outsider)
        assert [thief.get(f"/c/{case}").status_code for case in cases] == [200, 200]
        assert curious.get(f"/c/{cases[0]}").status_code == 404
    sure = administrator.at(max(Loa))
    in_work(platform, sure, change_role, colleague.id, Role.ADMIN)
    in_work(platform, sure, end_sessions, case_worker.id)
    in_work(platform, sure, close, outsider.id)
    with platform.work(SystemActor(INSTALLATION, "Kommandoraden")) as work:
        audit.record(work, "keys.renewed", None, count=7)
        audit.record(work, "organisation.paused", uuid4(), name="En annan", reason="Avtal")
    return cases


def part(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next of its level."""
    level = heading.split(" ", 1)[0]
    return text.split(f"{heading}\n", 1)[1].split(f"\n{level} ", 1)[0]


@pytest.mark.feature("ZS12")
def test_the_drafts_have_what_the_log_knows(
    draft: Draft, planted: list[UUID], organisation: SampleOrganisation, case_worker: SampleUser, outsider: SampleUser
) -> None:
    """Who read how much, what was refused, changed and stopped, the keys, and the first and last event."""
    done = draft("--org", organisation.slug)
    assert done.exit_code == 0, done.exception
    text = done.output
    early = part(text, "## Inom 24 timmar: tidig varning (cybersäkerhetslagen)")
    assert organisation.name in early
    assert "1 nekade försök" in early
    assert "den första händelsen" in early
    assert "**[dag och tid]**" in early
    report = part(text, "## Inom 72 timmar: incidentanmälan, och anmälan till IMY (GDPR artikel 33)")
    assert "2 ärenden har lästs, av 1 läsare" in report
    assert "har 2 meddelanden, och utgående till 0 mottagare" in report
    assert "Händelseloggen är hel" in report
    final = part(text, "## Inom en månad: slutrapport")
    assert re.search(
        r"2 läsningar, 0 skickade eller hämtade, 1 nekade försök, \d+ ändrade behörigheter, 2 stopp", final
    )
    assert "Nycklarna är förnyade: …: 1." in final
    basis = part(text, "## Underlag ur händelseloggen")
    assert f"{case_worker.id}: 2 ärenden eller leveranser, 2 läsningar" in basis
    assert re.search(rf"{case_worker.id}: .*; sessioner \w{{8}}; adresser \w{{8}}", basis)
    assert f"{organisation.mailbox.name}: 2 ärenden" in basis
    assert f"av {outsider.id}: 1" in basis
    assert "Nycklarna är förnyade: 7" in basis


@pytest.mark.feature("ZS12")
def test_no_content_and_no_names_stand_there_unless_they_are_asked_for(
    draft: Draft, planted: list[UUID], organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Ids are enough for most; another organisation stands in nobody's drafts."""
    text = draft("--org", organisation.slug).output
    for word in (SUBJECT, "192.0.2.7", case_worker.name, colleague.name, case_worker.email, "En annan"):
        assert word not in text
    named = draft("--org", organisation.slug, "--names").output
    assert f"{case_worker.name} ({case_worker.id}): 2 ärenden" in named
    assert f"{colleague.name} fick en annan roll" in named
    assert SUBJECT not in named
    assert "Organisationen En annan pausades: Avtal" in part(draft().output, "### Installationen")


@pytest.mark.feature("ZS12")
def test_it_is_narrowed_as_the_page_of_the_log_is(
    draft: Draft,
    planted: list[UUID],
    browse: Browse,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
) -> None:
    """By person, mailbox and the marks that the drafts themselves tell."""
    assert browse(colleague).get(f"/c/{planted[0]}").status_code == 200
    home = ("--org", organisation.slug)
    whole = draft(*home).output
    assert "2 ärenden har lästs, av 2 läsare" in whole
    mark = re.search(rf"{case_worker.id}: .*; sessioner (\w{{8}})", whole)
    assert mark
    until = ("--until", f"{datetime.now(ZONE) + DAY:%Y-%m-%d}")
    for narrowed in (("--person", case_worker.email), ("--person", str(case_worker.id)), ("--session", mark[1])):
        assert "2 ärenden har lästs, av 1 läsare" in draft(*home, *until, *narrowed).output
    assert "2 ärenden har lästs, av 2 läsare" in draft(*home, "--mailbox", organisation.mailbox.name).output
    assert "0 ärenden har lästs" in draft(*home, "--mailbox", organisation.other_mailbox.name).output
    before = f"{datetime.now(ZONE) - DAY:%Y-%m-%d}"
    assert "0 ärenden har lästs" in draft(*home, "--until", before, since=before).output


@pytest.mark.feature("ZS12")
def test_the_log_knows_that_it_was_read(
    draft: Draft, planted: list[UUID], platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """By whom, and for what; also the installation's own."""
    draft("--org", organisation.slug, "--person", case_worker.email, "--names")
    for log in (organisation.id, INSTALLATION):
        newest = entries(platform.database, log, limit=1)[0]
        assert (newest.kind, newest.actor, newest.facts["with_names"]) == ("incident.drafted", "Kommandoraden", True)
        assert newest.facts["since"]
    assert str(case_worker.id) in str(entries(platform.database, organisation.id, limit=1)[0].facts["user"])


def test_the_file_is_new_and_its_owners_alone(draft: Draft, organisation: SampleOrganisation, tmp_path: Path) -> None:
    """What is there already is not written over, and no log entry is made for a draft that nobody gets."""
    path = tmp_path / "utkast.md"
    assert "Fyll i det som står inom hakparentes" in draft("--out", str(path)).output
    assert path.read_text("utf-8").startswith("# Utkast efter en incident")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert isinstance(draft("--out", str(path)).exception, Conflict)
    assert isinstance(draft("--out", str(tmp_path / "no" / "file")).exception, Misconfigured)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--person", "ada@habo.example"), "Ange också --org"),
        (("--until", "2020-01-01"), "Till ska vara senare än Från"),
        (("--until", "i går"), "i går är ingen dag och ingen tid"),
        (("--org", "habo", "--person", "Nemo"), "Ingen heter så"),
    ],
)
def test_what_cannot_be_understood_is_told(
    draft: Draft, organisation: SampleOrganisation, arguments: tuple[str, ...], told: str
) -> None:
    """In a sentence, before anything is read."""
    error = draft(*arguments).exception
    assert isinstance(error, Invalid)
    assert told in str(error)


def test_every_kind_has_its_group() -> None:
    """Each kind that is sorted exists; whatever says that somebody was refused counts as that."""
    known = {*WORDS, *INSTALLATION_WORDS}
    assert not {kind for kind in (RIGHTS | SENT | STOPPED) if kind not in known}
    assert not (RIGHTS & STOPPED) | (READ & SENT)
    refusals = {kind for kind in known if is_refusal(kind)}
    said = {kind for kind, words in WORDS.items() if re.search("nekade?s?\\b|försökte", words)}
    assert said <= refusals | {"approval.rejected"}
    assert not refusals & (RIGHTS | SENT | STOPPED | READ)
