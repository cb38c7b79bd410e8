"""Ready texts of plugins in the form of a message: who is asked, where the text comes, and what is never lost."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address
from budkavle.model.people import Actor
from budkavle.plugins.protocols.directory import Entry
from budkavle.plugins.protocols.panel import Panel
from budkavle.storage.platform import Platform
from budkavle.testing.fakes import FakeDirectory, FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module
from budkavle.web.pages.compose.texts import put

BUP = Address("fake", "bup", "BUP Enköping", "Region Uppsala")


@pytest.fixture
def asked() -> list[Any]:
    """What the plugins were asked."""
    return []


@pytest.fixture
def platform(
    budkavle_open: Callable[..., Platform], tmp_path_factory: pytest.TempPathFactory, asked: list[Any]
) -> Platform:
    """An installation with a plugin that has texts, behind one that fails and one that has none."""

    def context(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append(dict(subject))
        return {}

    def compose_text(
        choice: str, mailbox_id: UUID, case_id: UUID | None, recipients: Sequence[Address]
    ) -> tuple[str, str] | None:
        asked.append((choice, mailbox_id, case_id, [address.name for address in recipients]))
        return ("Duvpost", "Duvorna hälsar.") if choice == "dove" else None

    def broken(work: Any) -> tuple[str, str]:
        work.connection.exec_driver_sql("SELECT 1 / 0")
        return "", ""

    offers = offer(
        fake=plugin_module(
            "fake",
            transports=lambda host: [FakeTransport()],
            directories=lambda host: [FakeDirectory(entries=[Entry(BUP)])],
        ),
        broken=plugin_module("broken", compose_text=broken),
        dovecote=plugin_module(
            "dovecote", compose_text=compose_text, panels=lambda: [Panel("compose.texts", "texts.html", context)]
        ),
    )
    return budkavle_open(offers, enabled=("fake", "broken", "dovecote"))


@pytest.mark.feature("E14")
def test_a_text_is_put_into_a_message(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    platform: Platform,
    asked: list[Any],
) -> None:
    """The plugin is told mailbox, case and recipients; one that fails keeps nobody from the others' texts."""
    ada, case_id = browse(case_worker), organisation.arrive()
    with capture_logs() as logs:
        page = ada.post(
            "/compose", mailbox=str(mailbox.id), kind="fake", recipients="fake:bup", body="Hej!", insert="dove"
        )
    assert ("dove", mailbox.id, None, ["BUP Enköping"]) in asked
    assert re.search(r'<textarea[^>]*id="body"[^>]*>\s*Hej!\n\nDuvorna hälsar.</textarea>', page.text)
    assert re.search(r'id="subject"[^>]*value="Duvpost"', page.text)
    assert [entry["plugin"] for entry in logs if entry["event"] == "plugin.failed"] == ["broken"]
    faults = [fault.called for fault in platform.plugins.walls.faults() if fault.called.hook == "compose_text"]
    assert [called.plugin for called in faults] == ["broken"]
    ada.post(f"/c/{case_id}/reply", insert="dove")
    assert [call[2] for call in asked if isinstance(call, tuple)] == [None, case_id]


@pytest.mark.feature("E14")
def test_a_choice_that_nobody_knows_changes_nothing(
    browse: Callable[..., Any], case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The writer reads that the text is gone; what stands in the form stays."""
    page = browse(case_worker).post("/compose", mailbox=str(mailbox.id), subject="Eget", body="Hej!", insert="eagle")
    assert "Texten finns inte längre. Välj en annan." in page.text
    assert ">\nHej!</textarea>" in page.text
    assert 'value="Eget"' in page.text


@pytest.mark.feature("E14")
def test_what_is_looked_for_is_told_to_the_piece(
    browse: Callable[..., Any], case_worker: SampleUser, mailbox: FunctionMailbox, asked: list[Any]
) -> None:
    """And is no part of the draft that is kept."""
    ada = browse(case_worker)
    ada.post("/compose", mailbox=str(mailbox.id), find_text="1", text_words="dov", body="Hej!")
    assert asked == [{"mailbox_id": mailbox.id, "words": "dov"}]


@pytest.mark.parametrize(
    ("body", "caret", "ending", "before_all", "whole"),
    [
        ("", "", "", False, "NY"),
        ("Hej!\n", "", "", False, "Hej!\n\nNY"),
        ("Hej!\n\nAda", "", "Ada", False, "Hej!\n\nNY\n\nAda"),
        ("Ada", "", "Ada", False, "NY\n\nAda"),
        ("Hej Ada!", "", "Ada", False, "Hej Ada!\n\nNY"),
        ("Hej!\n\nAda", "3", "Ada", False, "HejNY!\n\nAda"),
        ("Hej", "-5", "", False, "NYHej"),
        ("Hej", "99", "", False, "HejNY"),
        ("Hej", "x", "", False, "Hej\n\nNY"),
        ("Vidarebefordrat:\n\nText", "", "", True, "NY\n\nVidarebefordrat:\n\nText"),
    ],
)
def test_where_a_text_comes(body: str, caret: str, ending: str, before_all: bool, whole: str) -> None:
    """At the writer's place, else above the signature, else last; above what is forwarded."""
    assert put(body, "NY", caret, ending, before_all=before_all) == whole
