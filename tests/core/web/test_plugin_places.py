"""The places of the core's pages where plugins stand: what they show, to whom, and that one which fails is left out."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from structlog.testing import capture_logs

from budkavle.accounts.users import update_user
from budkavle.cases import inbox
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import Actor, Role
from budkavle.plugins.conformance import MENUS
from budkavle.plugins.protocols.panel import Panel
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module

PLACES = (
    *("user.settings", "case.panel", "case.actions", "list.actions", "search.results"),
    *("organisation.menu", "administration.menu", "administration.page"),
)
SUBJECTS = {
    "user.settings": {"user", "may"},
    "case.panel": {"case"},
    "case.actions": {"case"},
    "list.actions": {"mailbox", "folder"},
    "search.results": {"words"},
}
"""What docs/hooks.md promises that a piece is told; nothing where nothing stands here."""
FAILED = "Tillägget broken kunde inte visa sin del av sidan."


@pytest.fixture
def asked() -> dict[str, list[Mapping[str, Any]]]:
    """What each place was told, each time that it was shown."""
    return {place: [] for place in PLACES}


@pytest.fixture
def platform(
    budkavle_settings: Settings, tmp_path: Path, asked: dict[str, list[Mapping[str, Any]]]
) -> Iterator[Platform]:
    """An installation with a plugin that stands in every new place, and one that fails in each."""
    folder = tmp_path / "dovecote" / "templates"
    folder.mkdir(parents=True)
    (folder / "piece.html").write_text('<a href="/plugin/dovecote">Duvor i {{ place }}: {{ words }}</a>', "utf-8")

    def panel(place: str) -> Panel:
        def context(actor: Actor, page: Mapping[str, Any]) -> Mapping[str, Any]:
            asked[place].append(page)
            line = {"url": "/plugin/dovecote", "text": f"Duvor i {place}", "icon": "nothing of ours", "hint": "Alla"}
            return line if place in MENUS else {"place": place, "words": "<b>&"}

        return Panel(place, "" if place in MENUS else "piece.html", context)

    def fails(actor: Actor, page: Mapping[str, Any]) -> Mapping[str, Any]:
        raise RuntimeError("hemligt")

    dovecote = plugin_module("dovecote", panels=lambda: [panel(place) for place in PLACES])
    dovecote.__file__ = str(folder.parent / "plugin.py")
    broken = plugin_module("broken", panels=lambda: [Panel(place, "gone.html", fails) for place in PLACES])
    fake = plugin_module("fake", transports=lambda: [FakeTransport()])
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "dovecote", "broken"))
    plugins = Plugins.load(settings, offer(fake=fake, dovecote=dovecote, broken=broken))
    with closing(open_platform(settings, plugins)) as opened:
        plugins.start(lambda plugin: None)
        yield opened


@pytest.fixture
def case_id(organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox) -> UUID:
    """A case in Socialnämnden."""
    organisation.arrive()
    (case,) = in_work(organisation.platform, case_worker, inbox.inbox, mailbox.id).items
    return case.id


@pytest.fixture
def pages(case_worker: SampleUser, mailbox: FunctionMailbox, case_id: UUID) -> dict[str, tuple[str, str]]:
    """Where each place is, and who reads it there."""
    return {
        "user.settings": ("administrator", f"/organisation/users/{case_worker.id}"),
        "case.panel": ("case_worker", f"/c/{case_id}"),
        "case.actions": ("case_worker", f"/c/{case_id}"),
        "list.actions": ("case_worker", f"/m/{mailbox.id}"),
        "search.results": ("case_worker", "/search?q=hej"),
        "organisation.menu": ("administrator", "/organisation"),
        "administration.menu": ("colleague", "/administration"),
        "administration.page": ("colleague", "/administration"),
    }


@pytest.mark.parametrize("place", PLACES)
def test_a_piece_stands_in_its_place(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    colleague: SampleUser,
    pages: Mapping[str, tuple[str, str]],
    asked: Mapping[str, list[Mapping[str, Any]]],
    place: str,
) -> None:
    """Filled by an environment that escapes; it is told once what the document says, and nothing else.

    A line of a menu stands twice: a small screen has the folded one.
    """
    in_work(organisation.platform, system_actor(organisation.id), update_user, colleague.id, role=Role.PLATFORM)
    who, path = pages[place]
    page = browse(getattr(organisation, who)).get(path).text
    assert page.count(f"Duvor i {place}") == (2 if place in MENUS else 1)
    if place not in MENUS:
        assert f"Duvor i {place}: &lt;b&gt;&amp;" in page
    (told,) = asked[place]
    assert set(told) == SUBJECTS.get(place, set())


def test_a_piece_of_a_case_stands_below_its_messages(
    browse: Callable[..., Browser], organisation: SampleOrganisation, pages: Mapping[str, tuple[str, str]]
) -> None:
    """What a case says comes first, for the eye and for whoever has it read aloud; what happened to it comes last."""
    who, path = pages["case.panel"]
    page = browse(getattr(organisation, who)).get(path).text
    assert page.index('class="body"') < page.index("Duvor i case.panel") < page.index('id="history"')


@pytest.mark.parametrize("place", PLACES)
def test_one_that_fails_is_left_out_and_told(
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    colleague: SampleUser,
    pages: Mapping[str, tuple[str, str]],
    place: str,
) -> None:
    """In the log by plugin and place; on the page too, but for a line of a menu. Its words are nowhere."""
    in_work(organisation.platform, system_actor(organisation.id), update_user, colleague.id, role=Role.PLATFORM)
    who, path = pages[place]
    with capture_logs() as log:
        answer = browse(getattr(organisation, who)).get(path)
    assert answer.status_code == 200
    assert f"Duvor i {place}" in answer.text
    told = [line for line in log if line["event"] == "panel.failed" and line["place"] == place]
    assert [line["plugin"] for line in told] == ["broken"]
    assert "hemligt" not in answer.text
    pieces = [name for name, where in pages.items() if where == pages[place] and name not in MENUS]
    beside = ["list.actions"] if path.startswith("/c/") else []  # a case is read beside its list
    assert html.unescape(answer.text).count(FAILED) == len([*pieces, *beside])


@pytest.mark.parametrize("place", ["case.panel", "organisation.menu"])
@pytest.mark.parametrize("answer", [["no dict"], {"nothing": "of what a line or its template needs"}])
def test_a_wrong_answer_is_logged_at_the_plugins_own_line(
    budkavle_settings: Settings, tmp_path: Path, place: str, answer: object
) -> None:
    """Whoever reads the log finds the file of the plugin, and not that of the core that looked at its answer."""
    folder = tmp_path / "wrong" / "templates"
    folder.mkdir(parents=True)
    (folder / "piece.html").write_text("{{ place }}", "utf-8")
    source = tmp_path / "wrong" / "plugin.py"
    source.write_text("def context(actor, page):\n    return answer\n", "utf-8")
    names: dict[str, Any] = {"answer": answer}
    exec(compile(source.read_text("utf-8"), str(source), "exec"), names)  # noqa: S102 - a plugin of two lines
    wrong = plugin_module(
        "wrong", panels=lambda: [Panel(place, "" if place in MENUS else "piece.html", names["context"])]
    )
    wrong.__file__ = str(source)
    fake = plugin_module("fake", transports=lambda: [FakeTransport()])
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "wrong"))
    plugins = Plugins.load(settings, offer(fake=fake, wrong=wrong))
    with closing(open_platform(settings, plugins)) as opened:
        plugins.start(lambda plugin: None)
        organisation = SampleOrganisation.create(opened, "Håbo kommun")
        with capture_logs() as log, browsing(opened) as browse:
            organisation.case_worker  # noqa: B018 - creates the mailbox
            case_id = organisation.arrive()
            path = f"/c/{case_id}" if place == "case.panel" else "/organisation"
            user = organisation.case_worker if place == "case.panel" else organisation.administrator
            assert browse(user).get(path).status_code == 200
    (line,) = [line for line in log if line["event"] == "panel.failed"]
    assert line["at"].startswith(f"{folder.parent}/")


def test_a_list_says_which_it_is(
    browse: Callable[..., Browser],
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    case_id: UUID,
    asked: Mapping[str, list[Mapping[str, Any]]],
) -> None:
    """Every folder of a mailbox and what was sent from it."""
    ada = browse(case_worker)
    for path in ("", "?folder=trouble", "?folder=closed", "?folder=binned", "/sent"):
        assert "Duvor i list.actions" in ada.get(f"/m/{mailbox.id}{path}").text
    assert [page["folder"] for page in asked["list.actions"]] == ["inbox", "trouble", "closed", "binned", "sent"]
    assert {page["mailbox"].id for page in asked["list.actions"]} == {mailbox.id}


def test_what_may_be_done_with_a_case_in_the_bin(
    browse: Callable[..., Browser], case_worker: SampleUser, case_id: UUID
) -> None:
    """There is no menu there, and plugins' actions stand by themselves."""
    ada = browse(case_worker)
    assert ada.post(f"/c/{case_id}/bin").status_code == 303
    assert "Duvor i case.actions" in ada.get(f"/c/{case_id}").text


def test_who_may_not_see_a_page_asks_no_plugin(
    browse: Callable[..., Browser],
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    other_administrator: SampleUser,
    pages: Mapping[str, tuple[str, str]],
    asked: Mapping[str, list[Mapping[str, Any]]],
) -> None:
    """What is refused is refused before a plugin hears of it."""
    for name, path in pages.values():
        if name != "case_worker":
            assert browse(case_worker).get(path).status_code == 403
    for path in (f"/organisation/users/{case_worker.id}", pages["case.panel"][1], f"/m/{mailbox.id}"):
        assert browse(other_administrator).get(path).status_code == 404
    assert not any(asked.values())


def test_a_line_with_an_icon_that_is_none_has_the_dot(
    browse: Callable[..., Browser], administrator: SampleUser
) -> None:
    """A plugin's misspelling does not break the page."""
    page = browse(administrator).get("/organisation").text
    wide, folded = re.findall(r'<a href="/plugin/dovecote"[^>]*>.*?</a>', page, re.DOTALL)
    assert wide == folded
    assert 'circle cx="12" cy="12" r="2.5"' in wide
    assert 'title="Alla"' in wide


def test_the_head_of_a_page_has_what_plugins_put_there(
    browse: Callable[..., Browser], case_worker: SampleUser, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the body, for who is signed in; one that fails leaves no line, since there is no room for one."""
    of = list(platform.plugins.panels("list.actions"))
    monkeypatch.setattr(type(platform.plugins), "panels", lambda self, place: of if place == "page.head" else [])
    with capture_logs() as log:
        page = browse(case_worker).get("/account").text
    head = page.partition("</head>")[0]
    assert "Duvor i list.actions" in head
    assert FAILED not in page
    assert [line["plugin"] for line in log if line["event"] == "panel.failed"] == ["broken"]
    assert "Duvor" not in browse(None).get("/sign-in").text
