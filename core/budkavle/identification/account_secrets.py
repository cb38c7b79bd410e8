"""The password of an account and its code, verified by the core for the providers that ask for them.

A provider passes the input and gets a verdict. The hash, the codes and the rate limits stay in the core: no provider
can bypass them. An unknown address takes as long as a known one.
"""

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import select, update

from budkavle.accounts import passwords, users
from budkavle.accounts.users import account
from budkavle.identification import rate_limit, second_factor
from budkavle.identification.refusals.sign_ins import record_blocked, record_wrong_secret
from budkavle.identification.second_factor import Verdict
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.people import User
from budkavle.storage.platform import Platform
from budkavle.storage.tables import users as table

OVER = "Engångslösenordet gäller inte längre. Be organisationens administratör om ett nytt."
NOT_KEPT = "Lösenordet kunde inte sparas."


@dataclass(frozen=True, slots=True)
class GuessOrigin:
    """Where a guess comes from; used for the rate limits.

    Attributes:
        address: The browser's network address, the hint `ip`.
        browser: A value that only this browser has, the hint `browser`; empty if it has none.
    """

    address: str
    browser: str = ""


@dataclass(frozen=True, slots=True)
class PasswordHolder:
    """A user who has entered the right password of an account. A flow may keep all of it in its state.

    Attributes:
        user_id: The account's id, the subject of its identity.
        email: The account's address.
        mark: Identifies the entered password, so that a flow ends when it is replaced. It gives no access.
    """

    user_id: str
    email: str
    mark: str


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """The result of checking a password.

    Attributes:
        verdict: `RIGHT`, `WRONG` or `BLOCKED`.
        holder: The owner of the account, if the password is right.
        needs_code: Whether the account also needs a code, which the provider must ask for.
    """

    verdict: Verdict
    holder: PasswordHolder | None = None
    needs_code: bool = False


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """The result of checking a code.

    Attributes:
        verdict: `RIGHT`, `WRONG`, `CLOCK` or `BLOCKED`.
        recovery: Whether it was checked as a recovery code rather than as one from an app.
    """

    verdict: Verdict
    recovery: bool = False


class PasswordStanding(Enum):
    """The current status of a password that was entered.

    Attributes:
        LASTING: It is valid: its holder may sign in.
        ONCE: It is a one-time password: its holder must choose another before signing in (`choose_password`).
        OVER: It was a one-time password, and has expired.
        REPLACED: The account now has another password, or is closed.
    """

    LASTING = "lasting"
    ONCE = "once"
    OVER = "over"
    REPLACED = "replaced"


def check_password(platform: Platform, email: str, password: str, origin: GuessOrigin) -> PasswordCheck:
    """Check the password of the account with an address, within the rate limits.

    Args:
        platform: The installation.
        email: The address, as it was typed.
        password: The password, as it was typed.
        origin: Where the guess comes from.

    Returns:
        The verdict. It is `BLOCKED` before anything is compared, whether the password is right or not.
    """
    is_within_limit, user = rate_limit.begin(platform, email, origin.address, origin.browser), account(platform, email)
    if not is_within_limit:
        record_blocked(platform, user)
        return PasswordCheck(Verdict.BLOCKED)
    stored_hash = _kept_hash(platform, user)
    if not passwords.matches(stored_hash, password) or user is None or stored_hash is None:
        record_wrong_secret(platform, user)
        return PasswordCheck(Verdict.WRONG)
    rate_limit.succeeded(platform, email, origin.address, origin.browser)
    if passwords.outdated(stored_hash):
        stored_hash = _keep_anew(platform, user, stored_hash, password)
    holder = PasswordHolder(str(user.id), user.email, passwords.mark(stored_hash))
    return PasswordCheck(Verdict.RIGHT, holder, second_factor.is_on(platform, user))


def check_code(platform: Platform, holder: PasswordHolder, code: str, origin: GuessOrigin) -> CodeCheck:
    """Check the code that follows a password, within the rate limits: one from an app, or a recovery code.

    Args:
        platform: The installation.
        holder: The user who has entered the password.
        code: The input; spaces are ignored. Only digits means a code from an app.
        origin: Where the guess comes from.

    Raises:
        NotFound: The account is closed.
    """
    user = _user_of(platform, holder)
    if user is None:
        raise NotFound("Kontot finns inte längre.")
    counted = f"code beside password|{user.id}"
    if not rate_limit.begin(platform, counted, origin.address, origin.browser):
        record_blocked(platform, user)
        return CodeCheck(Verdict.BLOCKED)
    check = _judge_code(platform, user, code)
    if check.verdict is Verdict.RIGHT:
        rate_limit.succeeded(platform, counted, origin.address, origin.browser)
    else:
        record_wrong_secret(platform, user)
    return check


def password_standing(platform: Platform, holder: PasswordHolder) -> PasswordStanding:
    """Return the current status of a password that was entered. Call it right before signing its holder in.

    Args:
        platform: The installation.
        holder: The user who has entered it.
    """
    user = _user_of(platform, holder)
    stored = users.password_kept(platform, user) if user else None
    if stored is None or stored.mark != holder.mark:
        return PasswordStanding.REPLACED
    if stored.over:
        return PasswordStanding.OVER
    return PasswordStanding.ONCE if stored.once else PasswordStanding.LASTING


def choose_password(platform: Platform, holder: PasswordHolder, password: str, again: str) -> None:
    """Store the password that a user chooses to replace a one-time password.

    Args:
        platform: The installation.
        holder: The user who has entered the one-time password.
        password: The new password.
        again: The new password, typed a second time.

    Raises:
        Invalid: It breaks the rules for passwords, is the same as before, or the two inputs differ; `fields` says what
            to do at `password` or `again`.
        NotFound: The one-time password has expired, or has been replaced.
    """
    user = _user_of(platform, holder)
    if user is None:
        raise NotFound(OVER)
    with platform.work(user.acting()) as work:
        fault = passwords.fault_for(work, user, password)
    if fault:
        raise Invalid(NOT_KEPT, fields={"password": fault})
    if password != again:
        raise Invalid(NOT_KEPT, fields={"again": "Skriv samma lösenord två gånger."})
    users.replace_one_time_password(platform, user, holder.mark, password)


def _user_of(platform: Platform, holder: PasswordHolder) -> User | None:
    user = account(platform, holder.email)
    return user if user and str(user.id) == holder.user_id else None


def _judge_code(platform: Platform, user: User, code: str) -> CodeCheck:
    if sum(sign.isdecimal() for sign in code) == len(code.replace(" ", "")):
        return CodeCheck(second_factor.check_code(platform, user, code))
    right = second_factor.use_recovery_code(platform, user, code)
    return CodeCheck(Verdict.RIGHT if right else Verdict.WRONG, recovery=True)


def _kept_hash(platform: Platform, user: User | None) -> str | None:
    if user is None:
        return None
    query = select(table.c.password_hash)
    query = query.where(table.c.organisation_id == user.organisation_id, table.c.id == user.id)
    with platform.database.transaction(user.organisation_id) as connection:
        stored_hash: str | None = connection.execute(query).scalar_one()
    return stored_hash


def _keep_anew(platform: Platform, user: User, kept: str, password: str) -> str:
    """Hash a password again with the present cost parameters; a password that was replaced meanwhile is not touched."""
    anew = passwords.hashed(password)
    where = (table.c.organisation_id == user.organisation_id, table.c.id == user.id, table.c.password_hash == kept)
    with platform.database.transaction(user.organisation_id) as connection:
        connection.execute(update(table).where(*where).values(password_hash=anew))
    return anew
