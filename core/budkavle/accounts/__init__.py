"""Organisations, users, function mailboxes, and access rights.

Uses `storage`, and knows nothing of cases or messages.

The names below are what plugins may import from here, written as in `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.accounts import delegations, mailboxes, organisations, preferences, users
    from budkavle.accounts.addresses import AccountMailbox as AccountMailbox
    from budkavle.accounts.addresses import find_accounts as find_accounts
    from budkavle.accounts.addresses import mailbox_addresses as mailbox_addresses
    from budkavle.accounts.addresses import search_mailboxes as search_mailboxes
    from budkavle.accounts.delegations import delegate as delegate
    from budkavle.accounts.delegations import end_delegation as end_delegation
    from budkavle.accounts.mailboxes import add_members as add_members
    from budkavle.accounts.mailboxes import all_mailboxes as all_mailboxes
    from budkavle.accounts.mailboxes import create_mailbox as create_mailbox
    from budkavle.accounts.mailboxes import mailbox_exists as mailbox_exists
    from budkavle.accounts.organisations import all_organisations as all_organisations
    from budkavle.accounts.organisations import create_organisation as create_organisation
    from budkavle.accounts.organisations import enter_organisation as enter_organisation
    from budkavle.accounts.organisations import organisation_by_slug as organisation_by_slug
    from budkavle.accounts.permissions import require_admin as require_admin
    from budkavle.accounts.permissions import require_loa as require_loa
    from budkavle.accounts.permissions import require_manager as require_manager
    from budkavle.accounts.permissions import require_member as require_member
    from budkavle.accounts.permissions import require_platform as require_platform
    from budkavle.accounts.permissions import standing as standing
    from budkavle.accounts.preferences import prefer as prefer
    from budkavle.accounts.stored_settings import read_settings as read_settings
    from budkavle.accounts.stored_settings import write_settings as write_settings
    from budkavle.accounts.users import create_user as create_user
    from budkavle.accounts.users import search_users as search_users

    list_delegations = delegations.delegations
    find_mailbox = mailboxes.mailbox
    find_organisation = organisations.organisation
    read_preferences = preferences.preferences
    find_user = users.user
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
