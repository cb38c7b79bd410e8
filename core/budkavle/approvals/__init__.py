"""Requests that wait for a second person's approval: asking, deciding, and running what was approved.

Knows `accounts`, but not what is requested: the kinds of requests know that.

The names below are what plugins may import from here, as members of `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.approvals.requests import approve as approve
    from budkavle.approvals.requests import ask_approval as ask_approval
    from budkavle.approvals.requests import find_approval as find_approval
    from budkavle.approvals.requests import list_approvals as list_approvals
    from budkavle.approvals.requests import reject as reject
    from budkavle.approvals.requests import withdraw as withdraw
    from budkavle.model.approvals import ApprovalKind as ApprovalKind
    from budkavle.model.approvals import ApprovalRequest as ApprovalRequest
    from budkavle.model.approvals import Approvers as Approvers
    from budkavle.model.approvals import NewApproval as NewApproval
    from budkavle.model.states import ApprovalState as ApprovalState
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
