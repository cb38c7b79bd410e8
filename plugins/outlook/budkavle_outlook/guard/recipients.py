"""Recipients of an ordinary mail who could get a secure message, by an account here or by SDK."""

from collections.abc import Sequence

from budkavle import Actor, Host
from budkavle.accounts import find_accounts

MOST = 100
"""Recipients that are checked; a mail to more is not addressed to individuals."""


def secure_recipients(host: Host, actor: Actor, emails: Sequence[str]) -> list[str]:
    """Return those addresses that could get a secure message, as they were given.

    Args:
        host: The plugin's host.
        actor: The writer of the mail.
        emails: The recipients; only the first ones are checked.

    Raises:
        TooMany: The writer has looked up too many addresses.
    """
    wanted = {email.strip().lower(): email for email in emails[:MOST]}
    with host.work(actor) as work:
        able = set(find_accounts(work, list(wanted)))
    rest = [email for email in wanted if email not in able]
    hook = "outlook_secure_recipients"
    for answer in host.platform.plugins.call_hook(hook, organisation_id=actor.organisation_id, emails=rest):
        able |= set(answer.thing)
    return [email for lowered, email in wanted.items() if lowered in able]
