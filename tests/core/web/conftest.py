"""An installation with plugins whose panels work and fail, and people with passwords in two organisations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from budkavle.model.people import Actor
from budkavle.plugins.protocols.panel import Panel
from budkavle.storage.platform import Platform
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import OTHER_PEOPLE, SampleOrganisation, SampleUser
from budkavle.testing.plugins import plugin_module
from budkavle.web.pages import health

PASSWORD = "en lång mening om vintern"


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
