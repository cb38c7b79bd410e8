"""Identification: the flows of identity providers, sessions, guests, linked identities, rate limits.

Uses `accounts`, and knows nothing of cases or messages.

The names below are what plugins may import from here, written as in `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.identification import identities, rate_limit
    from budkavle.identification.account_secrets import CodeCheck as CodeCheck
    from budkavle.identification.account_secrets import GuessOrigin as GuessOrigin
    from budkavle.identification.account_secrets import PasswordCheck as PasswordCheck
    from budkavle.identification.account_secrets import PasswordHolder as PasswordHolder
    from budkavle.identification.account_secrets import PasswordStanding as PasswordStanding
    from budkavle.identification.account_secrets import check_code as check_code
    from budkavle.identification.account_secrets import check_password as check_password
    from budkavle.identification.account_secrets import choose_password as choose_password
    from budkavle.identification.account_secrets import password_standing as password_standing
    from budkavle.identification.directory_accounts import DirectoryAccounts as DirectoryAccounts
    from budkavle.identification.directory_accounts import DirectoryPerson as DirectoryPerson
    from budkavle.identification.providers import forget_providers as forget_providers
    from budkavle.identification.rate_limit import Limit as Limit
    from budkavle.identification.refusals.programs import record_refused_program as record_refused_program
    from budkavle.identification.second_factor import Verdict as Verdict
    from budkavle.model.people import NewIdentity as NewIdentity
    from budkavle.model.people import ProviderSession as ProviderSession
    from budkavle.plugins.protocols.identity_provider import ConnectedProvider as ConnectedProvider
    from budkavle.plugins.protocols.identity_provider import ProviderSource as ProviderSource
    from budkavle.plugins.protocols.identity_provider import SignOutRequest as SignOutRequest
    from budkavle.plugins.protocols.identity_provider import SignsOut as SignsOut

    identity_accounts = identities.accounts
    keep_identity_secret = identities.store_secret
    link_identity = identities.link
    linked_identities = identities.linked
    own_identity_secrets = identities.own_secrets
    within_limit = rate_limit.within
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
