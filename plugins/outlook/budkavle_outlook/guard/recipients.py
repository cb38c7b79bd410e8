"""Which recipients of an ordinary mail could have a secure message: by an account here, or by SDK."""

from collections.abc import Sequence

from budkavle import Actor, Host
from budkavle.accounts import find_accounts

MOST = 100
"""Recipients that are looked at; a mail to more of them is no letter to somebody."""


def secure_recipients(host: Host, actor: Actor, emails: Sequence[str]) -> list[str]:
    """Return those of the addresses that could have a secure message, as they were given.

    Args:
        host: The plugin's view of the installation.
        actor: Who writes the mail.
        emails: The recipients; the first of them are looked at.

    Raises:
        TooMany: The person has looked up too many addresses.
    """
    wanted = {email.strip().lower(): email for email in emails[:MOST]}
    with host.work(actor) as work:
        able = set(find_accounts(work, list(wanted)))
    rest = [email for email in wanted if email not in able]
    hook = "outlook_secure_recipients"
    for answer in host.platform.plugins.call_hook(hook, organisation_id=actor.organisation_id, emails=rest):
        able |= set(answer.thing)
    return [email for lowered, email in wanted.items() if lowered in able]
