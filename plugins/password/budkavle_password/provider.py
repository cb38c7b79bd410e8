"""Signing in with e-mail address and password, and a code if it is turned on."""

from collections.abc import Mapping

from budkavle import Failed, Field, Host, Identity, Invalid, Loa, NotFound, Prompt, ProviderTraits
from budkavle.identification import (
    GuessOrigin,
    PasswordHolder,
    PasswordStanding,
    Verdict,
    check_code,
    check_password,
    choose_password,
    password_standing,
)

NO_EMAIL, NO_PASSWORD = "Skriv din e-postadress.", "Skriv ditt lösenord."
WRONG = "E-postadressen eller lösenordet stämmer inte."
TOO_OFTEN = "För många misslyckade försök. Vänta en kvart och försök igen, eller be din administratör om hjälp."
WRONG_CODE = (
    "Koden stämmer inte, eller har redan använts. Vänta på nästa kod och försök igen. Stämmer den ändå inte: låt "
    "telefonens klocka ställas automatiskt."
)
WRONG_CLOCK = "Koden gäller en annan tid. Låt telefonens klocka ställas automatiskt, och skriv nästa kod."
TOO_LATE = "Engångslösenordet gäller inte längre. Be organisationens administratör om ett nytt."
NEW = "Lösenordet du fick gäller en gång. Välj ett eget, som bara du känner till."
WITH_CODE, WITH_RECOVERY_CODE = "Lösenord och engångskod", "Lösenord och återställningskod"
TRIES = 10
"""The most attempts in one flow, which then starts over."""


class PasswordProvider:
    """An `IdentityProvider` that asks for address and password, and does the same work if the account does not exist.

    Args:
        host: The plugin's host. The core checks the input.
    """

    name = "password"
    label = "E-post och lösenord"
    icon = "key"
    traits = ProviderTraits(Loa.TWO, opens_account_by_address=True, asks_for_password=True, asks_for_second_factor=True)

    def __init__(self, host: Host) -> None:
        self._host = host

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Prompt:  # noqa: ARG002 - part of the interface
        """Ask for both."""
        known = {name: hints.get(name, "") for name in ("ip", "browser", "email")}
        return _prompt({**known, "tries": "0"})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Prompt | Failed | Identity:
        """Check the input. A wrong password asks again in the same place, and keeps the address."""
        if "new" in state:
            return self._choose(state, answers.get("password", ""), answers.get("again", ""))
        if "user" in state:
            return self._code(state, answers.get("code", "").strip())
        return self._password(state, answers)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Do nothing: nobody else needs to know."""

    def _password(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Prompt | Failed | Identity:
        email, password = answers.get("email", "").strip().lower(), answers.get("password", "")
        tries = _tries(state)
        again = {**state, "email": email, "tries": str(tries)}
        if not email or not password:
            return _prompt(again, "" if password else NO_PASSWORD, "" if email else NO_EMAIL)
        check = check_password(self._host.platform, email, password, _origin(state))
        if check.verdict is Verdict.BLOCKED:
            self._host.log.warning("sign-in.blocked", provider=self.name)
            return _prompt(again, TOO_OFTEN)
        if check.holder is None:
            self._host.log.info("sign-in.failed", provider=self.name)
            return _prompt(again, WRONG) if tries < TRIES else Failed(WRONG, retry=False)
        if check.needs_code:
            return _ask_code({**state, **_holder_state(check.holder), "tries": "0"})
        return self._let_in(check.holder, self.label)

    def _code(self, state: Mapping[str, str], code: str) -> Prompt | Failed | Identity:
        """Check the code in addition to the password: six digits from an app, or a recovery code."""
        holder, tries = _holder(state), _tries(state)
        again = {**state, "tries": str(tries)}
        try:
            check = check_code(self._host.platform, holder, code, _origin(state))
        except NotFound:
            return Failed(WRONG, retry=False)
        if check.verdict is Verdict.BLOCKED:
            self._host.log.warning("sign-in.blocked", provider=self.name)
            return _ask_code(again, TOO_OFTEN)
        if check.verdict is Verdict.RIGHT:
            return self._let_in(holder, WITH_RECOVERY_CODE if check.recovery else WITH_CODE)
        self._host.log.info("sign-in.failed", provider=self.name)
        sentence = WRONG_CLOCK if check.verdict is Verdict.CLOCK else WRONG_CODE
        return _ask_code(again, sentence) if tries < TRIES else Failed(WRONG_CODE, retry=False)

    def _let_in(self, holder: PasswordHolder, method: str) -> Prompt | Failed | Identity:
        """Return the identity, if the password is still valid. A one-time password is replaced first."""
        standing = password_standing(self._host.platform, holder)
        if standing is PasswordStanding.ONCE:
            return _ask_new({**_holder_state(holder), "method": method, "new": "1"}, {})
        if standing is not PasswordStanding.LASTING:
            return Failed(TOO_LATE if standing is PasswordStanding.OVER else WRONG, retry=False)
        return self._identity(holder, method)

    def _choose(self, state: Mapping[str, str], password: str, again: str) -> Prompt | Failed | Identity:
        """Save the new password."""
        holder = _holder(state)
        try:
            choose_password(self._host.platform, holder, password, again)
        except Invalid as error:
            return _ask_new(state, error.fields)
        except NotFound:
            return Failed(TOO_LATE, retry=False)
        return self._identity(holder, state["method"])

    def _identity(self, holder: PasswordHolder, method: str) -> Identity:
        return Identity(self.name, holder.user_id, self.traits.max_loa, {"email": holder.email, "method": method})


def _origin(state: Mapping[str, str]) -> GuessOrigin:
    return GuessOrigin(state.get("ip", ""), state.get("browser", ""))


def _tries(state: Mapping[str, str]) -> int:
    """Return the number of this attempt. An unknown state starts over."""
    return int(state.get("tries", "0")) + 1


def _holder(state: Mapping[str, str]) -> PasswordHolder:
    return PasswordHolder(state["user"], state["email"], state["mark"])


def _holder_state(holder: PasswordHolder) -> dict[str, str]:
    return {"user": holder.user_id, "email": holder.email, "mark": holder.mark}


def _prompt(state: Mapping[str, str], error: str = "", email_error: str = "") -> Prompt:
    return Prompt(
        fields=(
            Field("email", "E-post", "email", "username", email_error),
            Field("password", "Lösenord", "password", "current-password", error),
        ),
        action="Logga in",
        state=state,
    )


def _ask_new(state: Mapping[str, str], faults: Mapping[str, str]) -> Prompt:
    return Prompt(
        fields=(
            Field("password", "Nytt lösenord", "password", "new-password", faults.get("password", "")),
            Field("again", "Nytt lösenord igen", "password", "new-password", faults.get("again", "")),
        ),
        action="Spara och logga in",
        message=NEW,
        state=state,
    )


def _ask_code(state: Mapping[str, str], error: str = "") -> Prompt:
    return Prompt(
        fields=(Field("code", "Kod från din app, eller en återställningskod", "text", "one-time-code", error),),
        message="Lösenordet stämmer. Skriv också koden som din app visar nu.",
        state=state,
    )
