"""An answer that is sent leads back to the list, or the search, that its case was opened from."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.mark.feature("E9", "E26")
@pytest.mark.parametrize("beside", ["q=avgift+skola&place=2", "scope=untaken"])
def test_what_stands_beside_the_case_is_kept(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, beside: str
) -> None:
    """In the form's address, in "Avbryt", and where the sent answer leads; the page's own words are left out."""
    case_id = organisation.arrive("Avgift för skola")
    ada = browse(case_worker)
    page = ada.get(f"/c/{case_id}/reply?{beside}&all=1").text
    action = unescape(re.findall(r'<form method="post" action="([^"]+)"', page)[-1])
    assert action.startswith(f"/c/{case_id}/reply?to=")
    assert action.endswith(f"&{beside}")
    assert f'href="/c/{case_id}?{beside.replace("&", "&amp;")}"' in page
    fields = dict(re.findall(r'<input type="hidden" name="(seen|once|recipients)" value="([^"]*)"', page))
    sent = ada.post(action, **fields, kind="fake", subject="Sv", body="Hej!", send="1")
    assert sent.status_code == 303
    assert sent.headers["location"].endswith(f"&{beside}")
    assert "all=1" not in sent.headers["location"]
