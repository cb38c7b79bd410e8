"""The browsers in which a person has enabled notices. A browser's push address is a secret, and is stored sealed."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, func, insert, select, update

from budkavle import Conflict, Host, NotFound, UserActor, Work, check_outside_url, record
from budkavle_phone.push.subscription import Subscription, read_subscription
from budkavle_phone.tables import devices

MOST = 10
"""Devices for each person."""
MARK = 16
TOO_MANY = "Du har aviseringar på tio enheter. Ta bort någon av dem först."
UNKNOWN = "Enheten finns inte, eller så är den redan borttagen."


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that gets notices.

    Attributes:
        browser: Its name, such as `Chrome, Android`.
        told_at: When its push service last accepted a notice; None if it never has.
        mark: Lets its own page recognise it, without revealing its push address.
    """

    id: UUID
    user_id: UUID
    browser: str
    created_at: datetime
    told_at: datetime | None
    mark: str


def add_device(host: Host, work: Work, actor: UserActor, text: str, browser: str) -> UUID:
    """Enable notices in a browser; they are disabled for anybody else who enabled them there before.

    Args:
        host: The plugin's host.
        work: The unit of work of the person.
        actor: The person.
        text: The subscription from the page.
        browser: Its display name.

    Raises:
        Invalid: It is not a subscription, or its address is on the internal network.
        Conflict: The person has too many devices.
    """
    subscription = read_subscription(text)
    check_outside_url(host.platform, subscription.endpoint)
    device_id, name = uuid4(), _hash(host, subscription)
    sealed = host.vault.seal_small(actor.organisation_id, _label(device_id), subscription.to_text().encode())
    row = {
        "organisation_id": actor.organisation_id,
        "id": device_id,
        "user_id": actor.user_id,
        "endpoint_hash": name,
        "sealed": sealed,
        "browser": browser,
        "created_at": func.now(),
    }
    with host.tables(work) as connection:
        connection.execute(delete(devices).where(devices.c.endpoint_hash == name))
        of_user = select(func.count()).where(devices.c.user_id == actor.user_id)
        if connection.execute(of_user).scalar_one() >= MOST:
            raise Conflict(TOO_MANY)
        connection.execute(insert(devices).values(row))
    record(work, "phone.device-added", device_id, browser=browser)
    return device_id


def list_devices(host: Host, work: Work, user_id: UUID) -> list[Device]:
    """Return a person's devices, the newest first."""
    query = select(devices).where(devices.c.user_id == user_id).order_by(devices.c.created_at.desc(), devices.c.id)
    with host.tables(work) as connection:
        rows = list(connection.execute(query))
    return [_device(host, row) for row in rows]


def remove_device(host: Host, work: Work, user_id: UUID, device_id: UUID) -> None:
    """Disable notices in one of a person's browsers.

    Raises:
        NotFound: It does not belong to them, or no longer exists.
    """
    gone = delete(devices).where(devices.c.user_id == user_id, devices.c.id == device_id)
    with host.tables(work) as connection:
        found = connection.execute(gone.returning(devices.c.browser)).scalar_one_or_none()
    if found is None:
        raise NotFound(UNKNOWN)
    record(work, "phone.device-removed", device_id, browser=found)


def forget_person(host: Host, work: Work, user_id: UUID) -> None:
    """Delete a person's devices, when the account is closed."""
    with host.tables(work) as connection:
        connection.execute(delete(devices).where(devices.c.user_id == user_id))


def drop_subscription(host: Host, organisation_id: UUID, subscription: Subscription) -> None:
    """Delete a browser that has ended its subscription."""
    gone = delete(devices).where(devices.c.endpoint_hash == _hash(host, subscription))
    with host.work(host.system(organisation_id)) as work:
        with host.tables(work) as connection:
            ended = connection.execute(gone.returning(devices.c.id, devices.c.browser)).one_or_none()
        if ended is not None:
            record(work, "phone.device-ended", ended.id, browser=ended.browser)


def is_known(host: Host, organisation_id: UUID, subscription: Subscription) -> bool:
    """Tell whether a browser is still to get notices."""
    query = select(devices.c.id).where(devices.c.endpoint_hash == _hash(host, subscription))
    with host.transaction(organisation_id) as connection:
        return connection.execute(query).scalar_one_or_none() is not None


def note_told(host: Host, organisation_id: UUID, subscription: Subscription) -> None:
    """Record that a browser's push service has accepted a notice."""
    write = update(devices).where(devices.c.endpoint_hash == _hash(host, subscription)).values(told_at=func.now())
    with host.transaction(organisation_id) as connection:
        connection.execute(write)


def subscriptions(host: Host, work: Work, user_id: UUID) -> list[tuple[UUID, Subscription]]:
    """Return a person's devices by id, with their subscriptions opened."""
    query = select(devices).where(devices.c.user_id == user_id).order_by(devices.c.created_at, devices.c.id)
    with host.tables(work) as connection:
        rows = list(connection.execute(query))
    return [(row.id, _opened(host, row)) for row in rows]


def _opened(host: Host, row: Row[tuple[object, ...]]) -> Subscription:
    return read_subscription(host.vault.open_small(row.organisation_id, _label(row.id), row.sealed).decode())


def _device(host: Host, row: Row[tuple[object, ...]]) -> Device:
    mark = sha256(_opened(host, row).endpoint.encode()).hexdigest()[:MARK]
    return Device(row.id, row.user_id, row.browser, row.created_at, row.told_at, mark)


def _hash(host: Host, subscription: Subscription) -> bytes:
    return host.vault.subject_hash("phone", subscription.endpoint)


def _label(device_id: UUID) -> str:
    return f"phone.device:{device_id}"
