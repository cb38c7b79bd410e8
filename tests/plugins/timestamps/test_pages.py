"""The page Tidsstämplar: who sees it, what it says, and the stamps as files."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle.model.people import Role
from budkavle.testing import SampleOrganisation
from budkavle.testing.browsing import Browser

Browse = Callable[..., Browser]
HERE = "/plugin/timestamps"


@pytest.mark.feature("ZR6")
def test_an_administrator_sees_the_stamps_and_asks_for_more(stamped: Any, tsa: Any, browse_in: Browse) -> None:
    """The newest, by whom, and a fault in words; a stamp is given as it came."""
    browser = browse_in(stamped.admin)
    assert "Inget är stämplat än." in browser.get(HERE).text
    assert browser.post(f"{HERE}/stamp").status_code == 303
    shown = browser.get(HERE).text
    (row,) = stamped.stamping.newest(stamped.organisation.id)
    assert "Demons TSA" in shown
    assert f"händelse {row.last}" in shown
    assert browser.get(f"{HERE}/{row.last}/stamp.tsr").content == bytes(row.token)
    assert browser.get(f"{HERE}/{row.last + 1}/stamp.tsr").status_code == 404
    tsa.status = 503
    stamped.send()
    answer = browser.post(f"{HERE}/stamp")
    assert answer.status_code == 200
    assert "felkod 503" in answer.text
    assert "felkod 503" in browser.get(HERE).text
    assert "Visa stämplarna" in browser.get("/organisation/settings").text


@pytest.mark.feature("ZR6")
def test_nobody_else_reaches_it(stamped: Any, browse_in: Browse) -> None:
    """Not a member, and of another organisation's stamps not even an administrator."""
    stamped.stamping.stamp_now(stamped.organisation.id)
    (row,) = stamped.stamping.newest(stamped.organisation.id)
    others = SampleOrganisation.create(stamped.platform, "Kisa kommun")
    theirs = browse_in(others.add_user("Olle Annan", Role.ADMIN))
    assert "Demons TSA" not in theirs.get(HERE).text
    assert theirs.get(f"{HERE}/{row.last}/stamp.tsr").status_code == 404
    for browser, refused in ((browse_in(stamped.ada), {403}), (browse_in(None), {303, 401, 403})):
        for path in (HERE, f"{HERE}/{row.last}/stamp.tsr"):
            assert browser.get(path).status_code in refused, path
        assert browser.post(f"{HERE}/stamp").status_code in {401, 403}
