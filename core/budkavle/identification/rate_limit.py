"""Rate limits on failures: counted in the database, so that all processes share them, before the attempt is made.

An attacker can never lock a victim out, not even from the same address. A browser that has signed in to the account
before has its own counter, which nobody else can use up (a device cookie). An address from which the account has been
signed in to is subject only to the narrow limit, per account and address. The wide limits, for the address, its network
and the account, apply to all others.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

import structlog
from sqlalchemy import Connection, case, delete, func, null, select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle.storage.platform import Platform
from budkavle.storage.tables import attempts

log = structlog.get_logger("budkavle.identification")


@dataclass(frozen=True, slots=True)
class Limit:
    """The most failures within a period."""

    failures: int
    within: timedelta


PAIR = Limit(5, timedelta(minutes=15))
ADDRESS = Limit(60, timedelta(minutes=15))
"""For one IPv4 address, or the /64 of IPv6 that one user has."""
NETWORK = Limit(300, timedelta(minutes=15))
"""For a /24 of IPv4, or a /48 of IPv6."""
ACCOUNT = Limit(30, timedelta(minutes=15))
KNOWN_FOR = timedelta(days=90)
"""How long an address is exempt from the wide limits after a sign-in from it."""


def begin(platform: Platform, account: str, address: str, browser: str = "") -> bool:
    """Count an attempt as failed before it is made, and tell whether it may be made.

    Args:
        platform: The installation.
        account: The account as typed, whether or not it exists.
        address: The network address of the browser; empty if unknown.
        browser: A value that only this browser has; empty if it has none yet.
    """
    address, network = _place(address)
    with platform.database.transaction(None) as connection:
        pair = _count(connection, _key(platform, "pair", account, address), PAIR)
        wide = [
            _count(connection, _key(platform, "address", address), ADDRESS) or not address,
            _count(connection, _key(platform, "network", network), NETWORK) or not address,
            _count(connection, _key(platform, "account", account), ACCOUNT),
        ]
        if browser and _is_known(connection, _key(platform, "known browser", account, browser)):
            return _count(connection, _key(platform, "browser", account, browser), PAIR)
        is_known = _is_known(connection, _key(platform, "known", account, address))
        # In the same transaction, so that it takes the same time for an unknown account.
        if not (pair and wide[2]):
            connection.execute(select(func.mark_blocked(account, PAIR.within)))
    return pair and (is_known or all(wide))


def succeeded(platform: Platform, account: str, address: str, browser: str = "") -> None:
    """Undo what `begin` counted, and remember the address and the browser as the account's own.

    Only the counts of this attempt are undone, so that nobody can reset others' counters by signing in to their own
    account. The counter of the browser, or of the pair if there is no browser, is reset.
    """
    address, network = _place(address)
    pair = _key(platform, "pair", account, address)
    wide = (_key(platform, "address", address), _key(platform, "network", network), _key(platform, "account", account))
    anew = _key(platform, "browser", account, browser) if browser else pair
    with platform.database.transaction(None) as connection:
        connection.execute(delete(attempts).where(attempts.c.key == anew))
        for key in (pair, *wide):
            less = attempts.update().where(attempts.c.key == key, attempts.c.failures > 0)
            connection.execute(less.values(failures=attempts.c.failures - 1))
        _remember(connection, _key(platform, "known", account, address))
        connection.execute(select(func.mark_blocked(account, null())))
        if browser:
            _remember(connection, _key(platform, "known browser", account, browser))


def within(platform: Platform, limit: Limit, *what: str) -> bool:
    """Count something, and tell whether it is within a limit of the caller's own.

    Args:
        platform: The installation.
        limit: The limit.
        what: What is counted, such as `("sms", number)`; only its hash is stored. The first word is logged when the
            limit is reached.
    """
    with platform.database.transaction(None) as connection:
        return within_transaction(platform, connection, limit, *what)


def within_transaction(platform: Platform, connection: Connection, limit: Limit, *what: str) -> bool:
    """Do as `within` in the caller's transaction: after a rollback it has not been counted."""
    return _told(_reached(connection, _key(platform, "own", *what), limit), limit, what[0])


def may_ask(platform: Platform, what: str, account: str, address: str) -> bool:
    """Count a request that anybody may make, and tell whether it is within the limits for failed attempts.

    It is counted separately from sign-ins: requests lock nobody out, and failed sign-ins do not stop requests.

    Args:
        platform: The installation.
        what: What is requested, such as `new password`.
        account: The account as typed, whether or not it exists.
        address: The network address of the browser; empty if unknown.
    """
    address, network = _place(address)
    counted = {("pair", account, address): PAIR, ("account", account): ACCOUNT}
    counted |= {("address", address): ADDRESS, ("network", network): NETWORK} if address else {}
    with platform.database.transaction(None) as connection:
        counts = [
            _told(_reached(connection, _key(platform, "asked", what, *of), limit), limit, what)
            for of, limit in counted.items()
        ]
    return all(counts)


def is_counted(platform: Platform, *what: str) -> bool:
    """Tell whether `within` has counted this, and its period has not ended.

    Args:
        platform: The installation.
        what: As for `within`.
    """
    with platform.database.transaction(None) as connection:
        return _is_known(connection, _key(platform, "own", *what))


def sweep(platform: Platform) -> int:
    """Delete expired counters; returns how many. Run it as a job."""
    with platform.database.transaction(None) as connection:
        return connection.execute(delete(attempts).where(attempts.c.until < func.now())).rowcount


def _count(connection: Connection, key: bytes, limit: Limit) -> bool:
    return _reached(connection, key, limit) <= limit.failures


def _told(reached: int, limit: Limit, what: str) -> bool:
    """Tell whether a count is within its limit, and log the first time that it is not.

    A limit of one only marks that something has been done, so reaching it is not logged.
    """
    if reached == limit.failures + 1 > 2:
        log.warning("limit.reached", kind=what, count=limit.failures, seconds=limit.within.total_seconds())
    return reached <= limit.failures


def _reached(connection: Connection, key: bytes, limit: Limit) -> int:
    over = attempts.c.until < func.now()
    write = upsert(attempts).values(key=key, failures=1, until=func.now() + limit.within)
    write = write.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "failures": case((over, 1), else_=attempts.c.failures + 1),
            "until": case((over, func.now() + limit.within), else_=attempts.c.until),
        },
    )
    failures: int = connection.execute(write.returning(attempts.c.failures)).scalar_one()
    return failures


def _is_known(connection: Connection, key: bytes) -> bool:
    query = select(attempts.c.key).where(attempts.c.key == key, attempts.c.until > func.now())
    return connection.execute(query).first() is not None


def _remember(connection: Connection, key: bytes) -> None:
    until = func.now() + KNOWN_FOR
    write = upsert(attempts).values(key=key, failures=0, until=until)
    connection.execute(write.on_conflict_do_update(index_elements=["key"], set_={"until": until}))


def _place(address: str) -> tuple[str, str]:
    """Return one user's address (an IPv4 address, or a /64 of IPv6) and its network; other text is returned as both."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address, address
    narrow, around = (32, 24) if parsed.version == 4 else (64, 48)
    return tuple(str(ip_network((parsed, bits), strict=False)) for bits in (narrow, around))  # type: ignore[return-value]


def _key(platform: Platform, *parts: str) -> bytes:
    """Return the keyed hash of what is counted, so that accounts and addresses cannot be guessed without the key."""
    return platform.vault.subject_hash("attempt", *parts)
