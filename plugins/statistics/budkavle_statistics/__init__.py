"""Statistics: what an organisation and its function mailboxes sent, received, answered and have, over a span of days.

Nothing is counted here: the core counts the event log (`EventLog`) and what waits (`budkavle.cases`). `periods` has the
spans of days and their steps, `numbers` reads what happened and what is now, `views` makes tables and charts of it,
`charts` draws, and `pages` shows.
"""
