"""Signing in with address and password: who comes in, what is told, what limits those who guess."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from budkavle.accounts import passwords, users
from budkavle.identification import administration, rate_limit, sessions
from budkavle.model.errors import NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Organisation
from budkavle.plugins.protocols.identity_provider import Failed, Prompt
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.contracts import IdentityProviderContract
from budkavle_password import plugin
from budkavle_password.provider import PasswordProvider

Passwords = Any  # of conftest.py, which cannot be imported


class TestContract(IdentityProviderContract):
    """What the core counts on in every provider, also in this one."""

    @pytest.fixture
    def provider(self, budkavle_platform: Platform) -> PasswordProvider:
        """The provider, as the plugin registers it in an installation without other plugins."""
        host: Any = SimpleNamespace(platform=budkavle_platform, log=SimpleNamespace(info=_log, warning=_log))
        (provider,) = plugin.budkavle_identity_providers(host)
        return provider

    @pytest.fixture
    def answers(
        self, budkavle_platform: Platform, budkavle_organisation: Organisation
    ) -> tuple[Mapping[str, str], ...]:
        """A wrong password, and then the right one."""
        in_work(
            budkavle_platform,
            system_actor(budkavle_organisation.id),
            users.create_user,
            email="ada@habo.example",
            name="Ada Ahl",
            password="en lång mening om vintern",
        )
        typed = {"email": "ada@habo.example"}
        return typed | {"password": "fel lösenord här"}, typed | {"password": "en lång mening om vintern"}


def _log(event: str, **fields: object) -> None:
    assert fields == {"provider": "password"}


@pytest.mark.feature("A6")
def test_the_right_password_signs_in_at_level_two(sign_ins: Passwords) -> None:
    """E-mail in any case and the right password give the user, LoA 2, and the way back; the log says so."""
    done = sign_ins.sign_in(sign_ins.ada.email.upper()).signed_in
    assert done is not None
    assert (done.user.id, done.loa, done.provider, done.return_to) == (
        sign_ins.ada.id,
        Loa.TWO,
        "password",
        "/mailbox",
    )
    assert len(sign_ins.organisation.log_entries("user.signed-in")) == 1


def test_a_wrong_password_and_an_unknown_account_look_the_same(
    sign_ins: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is the same prompt, after the same work: a hash, which takes all the time, is compared once."""
    answers, compared, hasher = [], list[str](), passwords._HASHER
    counting = SimpleNamespace(verify=lambda kept, given: (compared.append(given), hasher.verify(kept, given)))
    monkeypatch.setattr(passwords, "_HASHER", counting)
    for email in (sign_ins.ada.email, "ingen@exempel.se"):
        compared.clear()
        turn = sign_ins.sign_in(email, "fel lösenord som är långt")
        assert compared == ["fel lösenord som är långt"]
        assert isinstance(turn.step, Prompt)
        answers.append([(field.name, field.error) for field in turn.step.fields])
    assert answers[0] == answers[1]
    assert answers[0][1][1]


def test_what_is_not_typed_is_told_of_at_its_field(sign_ins: Passwords) -> None:
    """It is no wrong try, and says nothing of any account."""
    ada, word = sign_ins.ada.email, sign_ins.password
    for email, password, told in ((ada, "", ["", "Skriv ditt lösenord."]), ("", word, ["Skriv din e-postadress.", ""])):
        turn = sign_ins.sign_in(email, password)
        assert turn.signed_in is None
        assert isinstance(turn.step, Prompt)
        assert [field.error for field in turn.step.fields] == told


def test_a_closed_account_does_not_sign_in(sign_ins: Passwords) -> None:
    """An account that was closed gets the answer of a wrong password, and its sessions end at once."""
    signed_in = sign_ins.sign_in(sign_ins.ada.email).signed_in
    assert signed_in is not None
    cookie = sessions.start(sign_ins.platform, signed_in)
    in_work(sign_ins.platform, sign_ins.root, users.update_user, sign_ins.ada.id, active=False)
    with pytest.raises(NotSignedIn):
        sessions.find(sign_ins.platform, cookie)
    assert sign_ins.sign_in(sign_ins.ada.email, sign_ins.password).signed_in is None


def test_guessing_is_stopped_without_locking_the_owner_out(sign_ins: Passwords) -> None:
    """After five wrong tries an address is stopped for that account, while the owner signs in from elsewhere."""
    for _ in range(rate_limit.PAIR.failures):
        assert sign_ins.sign_in(sign_ins.ada.email, "fel lösenord här", ip="198.51.100.9").signed_in is None
    assert sign_ins.sign_in(sign_ins.ada.email, sign_ins.password, ip="198.51.100.9").signed_in is None
    assert sign_ins.sign_in(sign_ins.ada.email, sign_ins.password, ip="192.0.2.1").signed_in is not None


def test_guessing_from_many_addresses_spares_known_ones(sign_ins: Passwords) -> None:
    """The account's wide limit stops strangers, and not the address from which its owner has signed in."""
    assert sign_ins.sign_in(sign_ins.ada.email, sign_ins.password, ip="192.0.2.1").signed_in
    for n in range(rate_limit.ACCOUNT.failures + 1):
        rate_limit.begin(sign_ins.platform, sign_ins.ada.email, f"198.51.100.{n}")
    assert not rate_limit.begin(sign_ins.platform, sign_ins.ada.email, "198.51.100.77")
    assert sign_ins.sign_in(sign_ins.ada.email, sign_ins.password, ip="192.0.2.1").signed_in


@pytest.mark.feature("Q3")
def test_a_one_time_password_is_replaced_before_it_lets_anybody_in(sign_ins: Passwords) -> None:
    """Faults stand at their fields; the new password counts from then on, and the one that was given no longer."""
    given = in_work(
        sign_ins.platform, system_actor(sign_ins.organisation.id), administration.reset_password, sign_ins.bo.id
    )
    turn = sign_ins.sign_in(sign_ins.bo.email, given)
    for typed, faulty in (
        ({"password": "kort", "again": "kort"}, "password"),
        ({"password": "en helt ny mening", "again": "en annan mening"}, "again"),
        ({"password": given, "again": given}, "password"),
    ):
        turn = sign_ins.advance(turn, **typed)
        assert turn.signed_in is None
        assert isinstance(turn.step, Prompt)
        assert [field.name for field in turn.step.fields if field.error] == [faulty]
    done = sign_ins.advance(turn, password="en helt ny mening", again="en helt ny mening")
    assert done.signed_in is not None
    assert done.signed_in.user.id == sign_ins.bo.id
    assert sign_ins.sign_in(sign_ins.bo.email, given).signed_in is None
    assert sign_ins.sign_in(sign_ins.bo.email, "en helt ny mening").signed_in is not None


def test_a_password_that_is_given_anew_ends_the_flow_of_the_first(sign_ins: Passwords) -> None:
    """Whoever stands at the choice of a new one gets no further once the administrator has given another."""
    system = system_actor(sign_ins.organisation.id)
    turn = sign_ins.sign_in(
        sign_ins.bo.email, in_work(sign_ins.platform, system, administration.reset_password, sign_ins.bo.id)
    )
    in_work(sign_ins.platform, system, administration.reset_password, sign_ins.bo.id)
    over = sign_ins.advance(turn, password="en helt ny mening", again="en helt ny mening")
    assert isinstance(over.step, Failed)
    assert not over.step.retry
    assert sign_ins.sign_in(sign_ins.bo.email, "en helt ny mening").signed_in is None
