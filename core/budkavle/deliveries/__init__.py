"""One message on its way to one recipient: the queue, attempts, receipts, facts, recall, undo, evidence.

Knows `cases`; nothing of drafts and of how a message is written.
"""
