"""Signing in with e-mail address and password: the one way that is built in (feature A6: LoA 2)."""

from collections.abc import Mapping

import structlog
from sqlalchemy import select, update

from budkavle import attempts, passwords
from budkavle.contracts import Failed, Field, Prompt
from budkavle.loa import Loa
from budkavle.people import Identity, User
from budkavle.platform import Platform
from budkavle.tables import users
from budkavle.users import account

WRONG = "E-postadressen eller lösenordet stämmer inte."
TOO_OFTEN = "För många misslyckade försök. Vänta en kvart och försök igen, eller be din administratör om hjälp."
TRIES = 10
"""In one flow; then it begins anew."""
log = structlog.get_logger("budkavle.sign_in")


class PasswordProvider:
    """An `IdentityProvider`: asks for address and password, and does the same work whether the account exists or not.

    Args:
        platform: Where the accounts are.
    """

    name = "password"
    label = "E-post och lösenord"
    icon = "key"
    max_loa = Loa.TWO

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Prompt:  # noqa: ARG002 - the promise has it
        """Ask for both."""
        return _prompt({"ip": hints.get("ip", ""), "email": hints.get("email", ""), "tries": "0"})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Prompt | Failed | Identity:
        """Check what was typed; a wrong password asks again, at the same place, with the address kept."""
        email, password = answers.get("email", "").strip().lower(), answers.get("password", "")
        tries = int(state["tries"]) + 1
        again = {**state, "email": email, "tries": str(tries)}
        if not email or not password:
            return _prompt(again, WRONG)
        if not attempts.begin(self._platform, email, state["ip"]):
            log.warning("sign-in.blocked", provider=self.name)
            return _prompt(again, TOO_OFTEN)
        user = self._verified(email, password)
        if user is None:
            log.info("sign-in.failed", provider=self.name)
            return _prompt(again, WRONG) if tries < TRIES else Failed(WRONG, retry=False)
        attempts.succeeded(self._platform, email, state["ip"])
        return Identity(self.name, str(user.id), Loa.TWO, {"email": user.email, "name": user.name})

    def cancel(self, state: Mapping[str, str]) -> None:
        """Nobody else needs to know."""

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
        query = select(users.c.password_hash)
        query = query.where(users.c.organisation_id == user.organisation_id, users.c.id == user.id)
        with self._platform.database.transaction(user.organisation_id) as connection:
            kept: str | None = connection.execute(query).scalar_one()
        return kept

    def _keep_anew(self, user: User, password: str) -> None:
        where = (users.c.organisation_id == user.organisation_id, users.c.id == user.id)
        with self._platform.database.transaction(user.organisation_id) as connection:
            connection.execute(update(users).where(*where).values(password_hash=passwords.hashed(password)))


def _prompt(state: Mapping[str, str], error: str = "") -> Prompt:
    return Prompt(
        fields=(
            Field("email", "E-post", "email", "username"),
            Field("password", "Lösenord", "password", "current-password", error),
        ),
        action="Logga in",
        state=state,
    )
