"""Names: what is seen of a name is all that it is."""

import pytest

from budkavle.model.input_rules.names import LONGEST_NAME, has_hidden, is_blank, name_fault, one_line, visible

HIDDEN = ("\u202egpj.exe", "\u200b", "a\u2060b", "bell\x07", "\x1b[31mröd", "\ufeffAnna", "soft\u00adhyphen", "\ue000")


@pytest.mark.parametrize("text", HIDDEN)
def test_a_name_is_what_is_seen_of_it(text: str) -> None:
    """Turned directions, zero width and controls are told of; a program's name has them left out."""
    assert has_hidden(text)
    assert name_fault(text, "Skriv namnet.") == "Namnet har tecken som inte syns. Skriv det på nytt."
    assert not has_hidden(visible(text))


@pytest.mark.parametrize("name", ["Åsa Ek", "O’Brien-Ström", "李小龙", "فاطمة", "Registrator 2 (Å–Ö)", "📮 Post"])
def test_names_of_all_writings_are_names(name: str) -> None:
    """They are stored as they were typed."""
    assert name_fault(name, "Skriv namnet.") == ""
    assert one_line(name) == visible(name) == name


def test_blanks_of_a_name_are_single() -> None:
    """Also those that came along from a document."""
    assert one_line(" Anna\u00a0 Lind\r\n\tEk ") == visible("Anna\u00a0Lind Ek\u200b") == "Anna Lind Ek"
    assert name_fault(one_line(" \n"), "Skriv namnet.") == "Skriv namnet."


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u2060", "\u202e \x07", "\ufeff\u00a0"])
def test_what_nobody_sees_is_empty(text: str) -> None:
    """Though it has letters for a computer."""
    assert is_blank(text)
    assert not is_blank(f"{text}.")
    assert not is_blank("👩‍⚕️")


def test_a_name_has_a_length() -> None:
    """To the letter."""
    assert name_fault("å" * LONGEST_NAME, "") == ""
    assert "200" in str(name_fault("å" * (LONGEST_NAME + 1), ""))
