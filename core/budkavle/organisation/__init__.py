"""One organisation as a whole, and the register of all: logo, licence, usage, accessibility statement, administrators.

`read_csv` parses the CSV files that an organisation uploads, `read_day` a day that somebody typed;
`is_email` and `has_hidden` judge what they typed on one line.

Uses `accounts` and `notices`, and knows nothing of pages.

The names below are what plugins may import from here, written as in `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.accounts.message_settings import MailboxMessageSettings as MailboxMessageSettings
    from budkavle.accounts.message_settings import MessageSettings as MessageSettings
    from budkavle.accounts.profile import InformationSettings as InformationSettings
    from budkavle.accounts.stored_settings import settings_changed_at as settings_changed_at
    from budkavle.csv_files import CsvColumn as CsvColumn
    from budkavle.csv_files import CsvRow as CsvRow
    from budkavle.csv_files import read_csv as read_csv
    from budkavle.model.input_rules.email_addresses import is_email as is_email
    from budkavle.model.input_rules.names import has_hidden as has_hidden
    from budkavle.model.settings_sections import SettingsLoss as SettingsLoss
    from budkavle.model.times import read_day as read_day
    from budkavle.organisation.licences import Licence as Licence
    from budkavle.organisation.licences import read_licence as read_licence
    from budkavle.organisation.licences import set_licence as set_licence
    from budkavle.organisation.named_staff import NamedStaff as NamedStaff
    from budkavle.organisation.processing import read_register as read_register
    from budkavle.organisation.usage import UsageKind as UsageKind
    from budkavle.organisation.usage import UsageMonth as UsageMonth
    from budkavle.organisation.usage import usage_months as usage_months
    from budkavle.plugins.protocols.personal_data import Ground as Ground
    from budkavle.plugins.protocols.personal_data import People as People
    from budkavle.plugins.protocols.personal_data import PersonalData as PersonalData
    from budkavle.storage.outside.departures import departures as departures
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
