"""A PATCH of any shape is done or refused in SCIM's form; it breaks nothing, and a refused one changes nothing."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.plugins.scim.conftest import ENTERPRISE, ERROR, PATCH, Directory

from budkavle_scim.server.patches import member_changes, mended

PATHS = st.sampled_from(
    [
        *("active", "displayName", "userName", "name.givenName", "name", "emails", "emails.value", "manager", "id"),
        *('emails[type eq "work"].value', 'emails[type eq "home"]', 'emails[type sw ""]', "phoneNumbers[0]"),
        *(f"{ENTERPRISE}:manager", f"{ENTERPRISE}:department", ENTERPRISE, "members", "groups", "meta.version"),
        *("", "   ", ".", "a.b.c.d", 'x[y eq "z"', "externalId", "password", "schemas", "urn:x:y"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES | st.sampled_from(["True", "False", "a@b.example", "\x00", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | PATHS, inner, max_size=3),
    max_leaves=8,
)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "REMOVE", "move", ""]) | LEAVES},
    optional={"path": PATHS | LEAVES, "value": VALUES},
)


@given(payload=st.dictionaries(st.sampled_from(["Operations", "operations", "schemas", "manager"]), VALUES) | VALUES)
def test_any_body_is_mended_without_a_fault(payload: Any) -> None:
    """What it does not know it leaves as it is."""
    mended(payload)
    if isinstance(payload, dict):
        member_changes(payload)


@given(operations=st.lists(OPERATIONS | VALUES, max_size=3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_patch_is_done_or_refused(directory: Directory, operations: list[Any]) -> None:
    """Never 500: what cannot be read is the directory's fault, and told so."""
    found = directory.get("/Users", filter='externalId eq "fuzz"').json()["Resources"]
    path = f"/Users/{found[0]['id']}" if found else directory.add_user("anna", externalId="fuzz")
    before = directory.get(path).text
    body = {"schemas": [PATCH], "Operations": operations}
    try:
        answer = directory.ask("PATCH", path, json=body)
    except ValueError:  # what JSON itself cannot hold, such as half a pair of surrogates, or infinity
        return
    assert answer.status_code in {200, 400, 403, 409}, answer.text
    if answer.status_code != 200:
        assert answer.json()["schemas"] == [ERROR]
        assert directory.get(path).text == before
    elif directory.get(path).json().get("externalId") != "fuzz":
        directory.delete(path)
