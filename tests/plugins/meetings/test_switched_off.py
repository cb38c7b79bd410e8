"""The plugin switched off again: its pages, socket, files, menus, settings and jobs are gone; what was booked stays."""

from collections.abc import Callable
from typing import Any

import pytest
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient

from budkavle import Platform
from budkavle.accounts import organisation_by_slug
from budkavle.testing import do_job
from budkavle.testing.browsing import browsing
from budkavle.web.app import create_app

PAGES = ("", "/new", "/socket", "/join/inget", "/join/inget/room", "/book/habo/1")
JOBS = ("meetings.rooms", "meetings.forget", "meetings.remind")


def test_switched_off_it_leaves_nothing_behind(
    meetings: Any, browse: Callable[..., Any], budkavle_open: Callable[..., Platform]
) -> None:
    """Two processes of one installation: in the one with the plugin all is there, in the one without nothing."""
    meeting = meetings.book()
    person, places = meetings.organiser, (f"/m/{meetings.mailbox.id}", f"/c/{meeting.case_id}")
    assert all("plugin/meetings" in browse(person).get(place).text for place in places)
    without = budkavle_open(enabled=())
    assert organisation_by_slug(without, meetings.organisation.slug) is not None, "the same installation"
    with browsing(without) as new:
        browser = new(person)
        for page in (*PAGES, f"/{meeting.id}", f"/{meeting.id}/room"):
            assert browser.get(f"/plugin/meetings{page}").status_code == 404, page
        assert browser.get("/static/plugin/meetings/room.js").status_code == 404
        for place in (*places, "/help"):
            shown = browser.get(place)
            assert shown.status_code == 200
            assert "plugin/meetings" not in shown.text, place
        administrator = new(meetings.organisation.administrator)
        settings = administrator.get("/organisation/settings")
        assert (settings.status_code, "meetings" in settings.text) == (200, False)
    with TestClient(create_app(without)) as client, pytest.raises(WebSocketDisconnect):
        client.websocket_connect("/plugin/meetings/socket").__enter__()
    for name in JOBS:
        with pytest.raises(KeyError):
            do_job(without, name)
    assert not [name for name in without.plugins.settings_sections if name.startswith("meetings")]
    assert meetings.people(meeting), "what was booked is there when the plugin is switched on again"
