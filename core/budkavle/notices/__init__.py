"""Notifying people outside of the pages, by mail, SMS or push: the requests, and their results.

Knows `storage`, which has the outbox, and the notifiers of plugins; nothing of accounts or messages.

The names below are what plugins may import from here, as members of `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.model.notices import CalendarEvent as CalendarEvent
    from budkavle.model.notices import CalendarException as CalendarException
    from budkavle.model.notices import CalendarMethod as CalendarMethod
    from budkavle.model.notices import MemberNews as MemberNews
    from budkavle.model.notices import NewsKind as NewsKind
    from budkavle.model.notices import Notice as Notice
    from budkavle.model.notices import NoticeKind as NoticeKind
    from budkavle.model.notices import NoticeLink as NoticeLink
    from budkavle.model.notices import NoticeStatus as NoticeStatus
    from budkavle.model.notices import Pace as Pace
    from budkavle.model.states import NoticeState as NoticeState
    from budkavle.notices.asking import count_failed_notices as count_failed_notices
    from budkavle.notices.asking import find_notice as find_notice
    from budkavle.notices.asking import find_notices as find_notices
    from budkavle.notices.asking import forget_notices as forget_notices
    from budkavle.notices.asking import list_notices as list_notices
    from budkavle.notices.asking import notice_kinds as notice_kinds
    from budkavle.notices.asking import notify as notify
    from budkavle.notices.asking import report_notice as report_notice
    from budkavle.notices.store import StoredNotice as StoredNotice
    from budkavle.plugins.protocols.notifier import NoticeAttempt as NoticeAttempt
    from budkavle.plugins.protocols.notifier import NoticeWay as NoticeWay
    from budkavle.plugins.protocols.notifier import Notifier as Notifier
    from budkavle.plugins.protocols.notifier import NotifierTraits as NotifierTraits
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
