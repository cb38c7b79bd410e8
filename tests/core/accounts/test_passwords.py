"""Which passwords will do."""

from unicodedata import normalize

import pytest

from budkavle.accounts import passwords, users
from budkavle.accounts.known_passwords import is_known
from budkavle.model.errors import Invalid
from budkavle.testing.organisations import SampleOrganisation

LISTED = ("passwordpassword", "123412341234", "qwertyuiop12", "QWERTYuiop12")
GUESSABLE = (
    "aaaaaaaaabcd",
    "sommaren2026",
    "kommunen1234",
    "lösenord1234",
    "Vinter2026!!!",
    "Göteborg2026!",
    "anna.andersson1",
    "habokommun2026",
    "budkavle-demo",
)
GOOD = (
    "korrekt häst batteri",
    "en lång mening om vintern",
    "correct horse battery staple",
    "blå hink springer fort",
    "sol vind vatten",
    "vad9Hk2-qpXt",
    "x7!Qp#2m$Z9k",
    "ab-Kd9x.q7Lm",
    "x" * 40 + "tre gula kameler",
)


@pytest.mark.feature("ZS2")
@pytest.mark.parametrize("password", LISTED)
def test_a_common_or_leaked_password_is_refused(password: str) -> None:
    """The whole password is looked for, and large letters do not help."""
    assert "läckta" in str(passwords.fault(password))


@pytest.mark.parametrize("password", GUESSABLE)
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    """Seasons, years and words of the workplace, and what others know of the person."""
    personal = ("Anna Andersson", "anna.andersson@habo.example", "Habo kommun")
    assert "lätt att gissa" in str(passwords.fault(password, personal))


@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_will_do(password: str) -> None:
    """Of words or of signs; no kind of character is demanded."""
    assert passwords.fault(password, ("Anna Andersson",)) is None


def test_lengths_are_bounded() -> None:
    """Twelve characters at least, and 256 at most."""
    assert "minst 12" in str(passwords.fault("elva tecken"))
    assert "högst 256" in str(passwords.fault("tre gula kameler " * 16))


def test_every_character_counts() -> None:
    """None is cut off, trimmed or folded; the same letter in another form of Unicode is the same letter."""
    chosen = " Tre gula kameler åt höet " * 9
    kept = passwords.hashed(chosen)
    assert passwords.matches(kept, chosen)
    assert passwords.matches(kept, normalize("NFD", chosen))
    for other in (chosen[:-1], chosen.strip(), chosen.lower(), chosen.replace("å", "a"), chosen + " "):
        assert not passwords.matches(kept, other)


def test_few_good_passwords_are_taken_for_listed_ones() -> None:
    """One in a thousand by the filter's make."""
    assert sum(is_known(f"osannolik {number} mening") for number in range(10_000)) < 30


def test_the_names_of_the_person_and_the_organisation_are_judged(organisation: SampleOrganisation) -> None:
    """When a user chooses, and when an account is made."""
    eva = organisation.add_user("Evangelina Björkegren")
    for password in ("evangelinabjörkegren1", f"{organisation.name.lower()}12345678"):
        with organisation.platform.work(eva) as work, pytest.raises(Invalid) as refused:
            users.set_password(work, eva.id, password)
        assert "lätt att gissa" in str(refused.value.fields["password"]), password
    with pytest.raises(Invalid):
        organisation.add_user("Evangelina Lundström", password="evangelina123!")


@pytest.mark.parametrize("password", ["björkvik12345678", "björkviks12345678", "sommaren2026björkvik"])
def test_the_place_of_an_organisation_is_judged_without_its_genitive(password: str) -> None:
    """A municipality is called by its place's name and an s."""
    assert passwords.fault(password, ("Eva Ek", "eva@example.se", "Björkviks kommun"))


@pytest.mark.parametrize(
    "password", ["björkvik sommaren 2026", "Björkvik-Sommaren-2026", "kommun.sommar.2026", "björkvik  sommaren _ 2026"]
)
def test_words_that_are_easy_to_guess_do_not_become_better_by_spaces(password: str) -> None:
    """Nor by hyphens, points and underlines between them."""
    assert "lätt att gissa" in str(passwords.fault(password, ("Eva Ek", "eva@example.se", "Björkviks kommun")))
