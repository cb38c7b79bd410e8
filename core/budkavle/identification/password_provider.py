"""Signing in with e-mail address and password, and a code where one is on: the way that is built in (feature A6)."""

from collections.abc import Mapping

import structlog
from sqlalchemy import select, update

from budkavle.accounts import passwords, users
from budkavle.accounts.users import account
from budkavle.identification import rate_limit, second_factor
from budkavle.identification.second_factor import Verdict
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import Identity, User
from budkavle.plugins.protocols import Failed, Field, Prompt
from budkavle.plugins.provider_traits import ProviderTraits
from budkavle.storage.platform import Platform
from budkavle.storage.tables import users as table

WRONG = "E-postadressen eller lösenordet stämmer inte."
TOO_OFTEN = "För många misslyckade försök. Vänta en kvart och försök igen, eller be din administratör om hjälp."
WRONG_CODE = (
    "Koden stämmer inte, eller har redan använts. Vänta på nästa kod och försök igen. Stämmer den ändå inte: låt "
    "telefonens klocka ställas automatiskt."
)
WRONG_CLOCK = "Koden gäller en annan tid. Låt telefonens klocka ställas automatiskt, och skriv nästa kod."
TOO_LATE = "Engångslösenordet gäller inte längre. Be organisationens administratör om ett nytt."
NEW = "Lösenordet du fick gäller en gång. Välj ett eget, som bara du känner till."
TRIES = 10
"""In one flow; then it begins anew."""
log = structlog.get_logger("budkavle.identification.flow")


class PasswordProvider:
    """An `IdentityProvider`: asks for address and password, and does the same work whether the account exists or not.

    Args:
        platform: Where the accounts are.
    """

    name = "password"
    label = "E-post och lösenord"
    icon = "key"
    traits = ProviderTraits(Loa.TWO)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Prompt:  # noqa: ARG002 - the promise has it
        """Ask for both."""
        known = {name: hints.get(name, "") for name in ("ip", "browser", "email")}
        return _prompt({**known, "tries": "0"})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Prompt | Failed | Identity:
        """Check what was typed; a wrong password asks again, at the same place, with the address kept."""
        if "new" in state:
            return self._choose(state, answers.get("password", ""), answers.get("again", ""))
        if "user" in state:
            return self._code(state, answers.get("code", "").strip())
        return self._password(state, answers)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Nobody else needs to know."""

    def _password(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Prompt | Failed | Identity:
        email, password = answers.get("email", "").strip().lower(), answers.get("password", "")
        tries = int(state["tries"]) + 1
        again = {**state, "email": email, "tries": str(tries)}
        if not email or not password:
            return _prompt(again, WRONG)
        if not rate_limit.begin(self._platform, email, state["ip"], state.get("browser", "")):
            log.warning("sign-in.blocked", provider=self.name)
            return _prompt(again, TOO_OFTEN)
        user = self._verified(email, password)
        if user is None:
            log.info("sign-in.failed", provider=self.name)
            return _prompt(again, WRONG) if tries < TRIES else Failed(WRONG, retry=False)
        rate_limit.succeeded(self._platform, email, state["ip"], state.get("browser", ""))
        mark = users.password_kept(self._platform, user).mark
        if second_factor.is_on(self._platform, user):
            return _ask_code({**state, "user": str(user.id), "email": user.email, "mark": mark, "tries": "0"})
        return self._let_in(user, self.label, mark)

    def _code(self, state: Mapping[str, str], code: str) -> Prompt | Failed | Identity:
        """Check the code that comes beside the password: six digits of an app, or a recovery code."""
        user, tries = account(self._platform, state["email"]), int(state["tries"]) + 1
        if user is None or str(user.id) != state["user"]:
            return Failed(WRONG, retry=False)
        again = {**state, "tries": str(tries)}
        counted = f"code beside password|{user.id}"
        if not rate_limit.begin(self._platform, counted, state["ip"], state.get("browser", "")):
            log.warning("sign-in.blocked", provider=self.name)
            return _ask_code(again, TOO_OFTEN)
        verdict, method = self._judge(user, code)
        if verdict is Verdict.RIGHT:
            rate_limit.succeeded(self._platform, counted, state["ip"], state.get("browser", ""))
            return self._let_in(user, method, state.get("mark", ""))
        log.info("sign-in.failed", provider=self.name)
        sentence = WRONG_CLOCK if verdict is Verdict.CLOCK else WRONG_CODE
        return _ask_code(again, sentence) if tries < TRIES else Failed(WRONG_CODE, retry=False)

    def _judge(self, user: User, code: str) -> tuple[Verdict, str]:
        if sum(sign.isdecimal() for sign in code) == len(code.replace(" ", "")):
            return second_factor.check_code(self._platform, user, code), "Lösenord och engångskod"
        right = second_factor.use_recovery_code(self._platform, user, code)
        return Verdict.RIGHT if right else Verdict.WRONG, "Lösenord och återställningskod"

    def _let_in(self, user: User, method: str, mark: str) -> Prompt | Failed | Identity:
        """Say who it is, by the password of this mark if it still holds; one that holds once is changed first."""
        kept = users.password_kept(self._platform, user)
        if kept.mark != mark:
            return Failed(WRONG, retry=False)
        if kept.over:
            return Failed(TOO_LATE, retry=False)
        if kept.once:
            return _ask_new({"user": str(user.id), "email": user.email, "method": method, "new": mark})
        return self._identity(user, method)

    def _choose(self, state: Mapping[str, str], password: str, again: str) -> Prompt | Failed | Identity:
        """Take the password that is to hold from now on."""
        user = account(self._platform, state["email"])
        if user is None or str(user.id) != state["user"]:
            return Failed(WRONG, retry=False)
        if fault := passwords.fault(password):
            return _ask_new(state, fault)
        if password != again:
            return _ask_new(state, again="Skriv samma lösenord två gånger.")
        try:
            users.replace_one_time_password(self._platform, user, state["new"], password)
        except Invalid as error:
            return _ask_new(state, error.fields["password"])
        except NotFound:
            return Failed(TOO_LATE, retry=False)
        return self._identity(user, state["method"])

    def _identity(self, user: User, method: str) -> Identity:
        facts = {"email": user.email, "name": user.name, "method": method}
        return Identity(self.name, str(user.id), self.traits.max_loa, facts)

    def _verified(self, email: str, password: str) -> User | None:
        user = account(self._platform, email)
        kept = self._kept(user)
        fits = passwords.matches(kept, password)
        if fits and user and kept and passwords.outdated(kept):
            self._keep_anew(user, password)
        return user if fits else None

    def _kept(self, user: User | None) -> str | None:
        if user is None:
            return None
        query = select(table.c.password_hash)
        query = query.where(table.c.organisation_id == user.organisation_id, table.c.id == user.id)
        with self._platform.database.transaction(user.organisation_id) as connection:
            kept: str | None = connection.execute(query).scalar_one()
        return kept

    def _keep_anew(self, user: User, password: str) -> None:
        where = (table.c.organisation_id == user.organisation_id, table.c.id == user.id)
        with self._platform.database.transaction(user.organisation_id) as connection:
            connection.execute(update(table).where(*where).values(password_hash=passwords.hashed(password)))


def _prompt(state: Mapping[str, str], error: str = "") -> Prompt:
    return Prompt(
        fields=(
            Field("email", "E-post", "email", "username"),
            Field("password", "Lösenord", "password", "current-password", error),
        ),
        action="Logga in",
        state=state,
    )


def _ask_new(state: Mapping[str, str], error: str = "", again: str = "") -> Prompt:
    return Prompt(
        fields=(
            Field("password", "Nytt lösenord", "password", "new-password", error),
            Field("again", "Nytt lösenord igen", "password", "new-password", again),
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
