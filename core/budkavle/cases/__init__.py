"""What people do with a case, the lists and counts of cases, their stored messages and attachments, and search.

Knows `accounts` and `identification`, but not how a message is delivered.

The names below are what plugins may import from here, as members of `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.accounts import mailboxes
    from budkavle.accounts.mailboxes import readable_mailboxes as readable_mailboxes
    from budkavle.cases import attachments, inbox, search
    from budkavle.cases.actions import close as close
    from budkavle.cases.actions import take as take
    from budkavle.cases.case_times import CaseTimes as CaseTimes
    from budkavle.cases.case_times import find_case_times as find_case_times
    from budkavle.cases.case_times import find_cases_by_number as find_cases_by_number
    from budkavle.cases.case_times import list_case_times as list_case_times
    from budkavle.cases.case_times import note_in_case as note_in_case
    from budkavle.cases.closed import ClosedCase as ClosedCase
    from budkavle.cases.closed import ClosedCaseFilter as ClosedCaseFilter
    from budkavle.cases.closed import closed_cases as closed_cases
    from budkavle.cases.counts import mailbox_counts as mailbox_counts
    from budkavle.cases.inbox import CaseFilter as CaseFilter
    from budkavle.cases.overview import MailboxPeople as MailboxPeople
    from budkavle.cases.overview import WaitingCases as WaitingCases
    from budkavle.cases.overview import count_organisation as count_organisation
    from budkavle.cases.overview import count_waiting_cases as count_waiting_cases
    from budkavle.cases.overview import list_mailbox_people as list_mailbox_people
    from budkavle.cases.owned.accepting import require_file_type as require_file_type
    from budkavle.cases.owned.files import OwnedFile as OwnedFile
    from budkavle.cases.owned.files import OwnedFiles as OwnedFiles
    from budkavle.cases.owned.uploads import OwnedUploads as OwnedUploads
    from budkavle.cases.owned.uploads import Upload as Upload

    store_attachment = attachments.store
    list_cases = inbox.inbox
    list_sent = inbox.sent
    mailbox_members = mailboxes.members
    search_cases = search.search
    search_everything = search.search_everything
    cases_with_words = search.cases_with_words
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
