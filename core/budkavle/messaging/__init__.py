"""From a draft to deliveries, and from an incoming message to its mailbox and case.

Knows the layers below; pages, the command line and plugins start here.

The names below are what plugins may import from here, as members of `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.cases.finding.index import mark_case_changed as mark_case_changed
    from budkavle.cases.member_news.waiting import tell_colleagues as tell_colleagues
    from budkavle.messaging import case_view
    from budkavle.messaging.case_view import CaseView as CaseView
    from budkavle.messaging.case_view import open_attachment as open_attachment
    from budkavle.messaging.guest_access import GuestLetter as GuestLetter
    from budkavle.messaging.guest_access import receive_letter as receive_letter
    from budkavle.messaging.held_sends import send_approved as send_approved
    from budkavle.messaging.message_list import ListedMessage as ListedMessage
    from budkavle.messaging.message_list import MessageFilter as MessageFilter
    from budkavle.messaging.message_list import MessageMark as MessageMark
    from budkavle.messaging.message_list import TextPage as TextPage
    from budkavle.messaging.message_list import answerable_message as answerable_message
    from budkavle.messaging.message_list import existing_messages as existing_messages
    from budkavle.messaging.message_list import messages_named as messages_named
    from budkavle.messaging.message_list import messages_since as messages_since
    from budkavle.messaging.message_list import search_texts as search_texts
    from budkavle.messaging.recipients import message_kinds as message_kinds
    from budkavle.messaging.saved_drafts import begin_draft as begin_draft
    from budkavle.messaging.sending import receipt as receipt
    from budkavle.messaging.sending import send as send
    from budkavle.model.errors import NeedsApproval as NeedsApproval

    find_message = case_view.message
    find_messages = case_view.messages
    read_case = case_view.case
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
