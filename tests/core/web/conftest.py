"""An installation with plugins whose panels work and fail, and people with passwords in two organisations."""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from litestar.datastructures import State

from budkavle.model.people import Actor
from budkavle.plugins.protocols.panel import Panel
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import OTHER_PEOPLE, SampleOrganisation, SampleUser
from budkavle.testing.plugins import plugin_module
from budkavle.web import app
from budkavle.web.pages import health
from budkavle.web.views.render import Pages

PASSWORD = "en lång mening om vintern"
Ready: TypeAlias = "deque[tuple[Pages, Any]]"
"""Applications of tests that have ended, each with its templates."""


@pytest.fixture(scope="session")
def _ready() -> Ready:
    """Keep the last ones."""
    return deque(maxlen=4)


@pytest.fixture(autouse=True)
def _routes_registered_once(_ready: Ready, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give a test the application of an earlier one with a state of its own: its 230 routes are the same each time.

    Only where no plugin has pages: their routes belong to one installation.
    """
    make, used = app._Application, list[tuple[Pages, Any]]()

    def application(*, route_handlers: list[Any], state: State, lifespan: list[Any], **more: Any) -> Any:
        found = next((one for one in _ready if one[0] is state.pages and len(route_handlers) == 1), None)
        if found is None:
            made = make(route_handlers=route_handlers, state=state, lifespan=lifespan, **more)
            used.extend([(state.pages, made)] if len(route_handlers) == 1 else [])
            return made
        _ready.remove(found)
        used.append(found)
        found[1].state, found[1]._lifespan_managers = state, lifespan
        return found[1]

    monkeypatch.setattr(app, "_Application", application)
    yield
    for pages, made in used:
        made.state, made._lifespan_managers = State(), []
        _ready.append((pages, made))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let readiness not depend on how long a busy machine takes."""
    monkeypatch.setattr(health, "READY_SECONDS", 60.0)


@pytest.fixture(scope="session")
def dovecote_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the plugin whose panel works; a shared folder lets loaded templates be reused."""
    folder = tmp_path_factory.mktemp("dovecote")
    (folder / "templates").mkdir()
    (folder / "templates" / "panel.html").write_text("<p>Duvslag för {{ mailbox.name }}</p>", "utf-8")
    return folder


@pytest.fixture
def platform(open_fake: Callable[..., Platform], dovecote_folder: Path) -> Platform:
    """An installation with a transport, a plugin whose panel works and one whose panel does not."""

    def fails(actor: Actor, subject: Any) -> Any:
        raise RuntimeError("away")

    dovecote = plugin_module(
        "dovecote", panels=lambda host: [Panel("mailbox.settings", "panel.html", lambda actor, subject: subject)]
    )
    dovecote.__file__ = str(dovecote_folder / "plugin.py")
    failing = [Panel(place, "gone.html", fails) for place in ("mailbox.settings", "nav.item")]
    broken = plugin_module("broken", panels=lambda host: failing)
    return open_fake(others={"dovecote": dovecote, "broken": broken})


@pytest.fixture
def organisation(other_organisation: SampleOrganisation, platform: Platform) -> SampleOrganisation:
    """An organisation whose people have passwords, beside another one."""
    return SampleOrganisation.create(platform, "Habo", password=PASSWORD).staffed()


@pytest.fixture
def other_organisation(platform: Platform) -> SampleOrganisation:
    return SampleOrganisation.create(platform, "Mullsjö", people=OTHER_PEOPLE, password=PASSWORD).staffed()


@pytest.fixture
def admin(browse: Callable[..., Browser], administrator: SampleUser) -> Browser:
    """The browser of the organisation's administrator."""
    return browse(administrator)
