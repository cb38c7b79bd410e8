"""Identifiers that come from outside."""

from uuid import UUID

import pytest

from budkavle.model.input_rules.identifiers import as_uuid


@pytest.mark.parametrize("value", [None, "", "x", "12345678", "0" * 31, "0" * 33, "0203:habo.example", "å" * 32])
def test_what_is_no_uuid_is_none(value: str | None) -> None:
    """And no error: whoever asks says what is wrong."""
    assert as_uuid(value) is None


def test_a_uuid_is_one_in_either_form() -> None:
    """With hyphens or without."""
    wanted = UUID("6206459c-75bf-40e9-af35-055a3a7ca57a")
    assert as_uuid(str(wanted)) == as_uuid(wanted.hex) == as_uuid(str(wanted).upper()) == wanted
