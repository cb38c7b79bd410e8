"""E-mail addresses, and to whom their domain belongs."""

import pytest

from budkavle.model.input_rules.email_addresses import LONGEST_EMAIL, is_email


def test_an_address_has_a_length() -> None:
    """To the letter."""
    domain = ".example"
    assert is_email("a@" + "b" * (LONGEST_EMAIL - 2 - len(domain)) + domain)
    assert not is_email("a@" + "b" * (LONGEST_EMAIL - 1 - len(domain)) + domain)


@pytest.mark.parametrize("text", ["", "a", "a@b", "a b@c.se", "a@b@c.se", "@b.se", "a@.se", "a@b.", f"{'a' * 65}@b.se"])
def test_what_is_no_address(text: str) -> None:
    """It has one sign, something before it, and a domain with a dot."""
    assert not is_email(text)
    assert is_email("anna.lind+x@sub.habo.example")


@pytest.mark.parametrize("hidden", ["\u202egpj", "\u200b", "a\u2060b", "bell\x07", "\ufeffAnna", "soft\u00adhyphen"])
def test_an_address_has_nothing_hidden(hidden: str) -> None:
    """It would look like another one."""
    assert not is_email(f"{hidden}@habo.example")
