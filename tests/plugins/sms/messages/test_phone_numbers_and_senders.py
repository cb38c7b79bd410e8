import pytest

from budkavle import Invalid
from budkavle_sms.messages import phone_numbers, senders


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("070-123 45 12", "+46701234512"),
        (" 0701234512 ", "+46701234512"),
        ("+46 70 123 45 12", "+46701234512"),
        ("+46 (0)70 123 45 12", "+46701234512"),
        ("+460701234512", "+46701234512"),
        ("0046701234512", "+46701234512"),
        ("46701234512", "+46701234512"),
        ("072/123.45–12", "+46721234512"),
        ("+47 412 34 567", "+4741234567"),
        ("0047 41234567", "+4741234567"),
        ("+358 40 123 4567", "+358401234567"),
    ],
)
def test_numbers_are_written_in_one_way(typed: str, number: str) -> None:
    """However a person writes a number, networks get E.164; and what is written so stays so."""
    assert phone_numbers.e164(typed) == number
    assert phone_numbers.e164(number) == number


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Skriv ett mobilnummer"),
        ("070-123 45 1x", "bara ha siffror"),
        ("maria@example.se", "bara ha siffror"),
        ("08-123 456 78", "inte ett svenskt mobilnummer"),
        ("076-987 65", "inte ett svenskt mobilnummer"),
        ("+46 70 123 45 12 9", "inte ett svenskt mobilnummer"),
        ("+1", "för kort eller för långt"),
        ("+0701234512", "för kort eller för långt"),
        ("+123456789012345678", "för kort eller för långt"),
        ("٠٧٠١٢٣٤٥١٢", "bara ha siffror"),
    ],
)
def test_what_is_no_number_is_told_with_an_example(typed: str, says: str) -> None:
    """The sentence says what is wrong and shows how; it never repeats the number."""
    with pytest.raises(Invalid, match=says) as told:
        phone_numbers.e164(typed)
    assert "070-123 45 67" in str(told.value)
    assert not typed or typed not in str(told.value)


def test_a_number_is_shown_so_that_only_its_owner_knows_it() -> None:
    """The operator's digits and the last two are left."""
    assert phone_numbers.masked("+46701234512") == "+46 70 *** ** 12".replace(" ", "\u00a0")
    assert phone_numbers.masked("+4741234567") == "+47 *** ** 67".replace(" ", "\u00a0")


@pytest.mark.parametrize("name", ["Habo", "HaboKommun", "Region1", "abc", "ABCDEFGHIJK"])
def test_plain_names_are_senders(name: str) -> None:
    """Three to eleven letters and digits, a letter first."""
    assert senders.sender(f" {name} ") == name
    assert senders.is_name(name)


def test_a_number_may_be_the_sender() -> None:
    """One that can be answered."""
    assert senders.sender("070-123 45 12") == "+46701234512"
    assert not senders.is_name("+46701234512")


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("Håbo kommun", "HaboKommun"),
        ("Östergötland", "Ostergotlan"),
        ("Region Uppsala", "RegionUppsa"),
        ("1177 Vården", "Varden"),
        ("Å", ""),
        ("###", ""),
    ],
)
def test_a_name_that_the_networks_change_is_refused_with_another(name: str, instead: str) -> None:
    """The sentence says why, in plain words, and proposes what would do."""
    assert senders.proposed(name) == instead
    with pytest.raises(Invalid, match="utan å, ä och ö") as told:
        senders.sender(name)
    assert (f"Prova {instead}." in str(told.value)) is bool(instead)
