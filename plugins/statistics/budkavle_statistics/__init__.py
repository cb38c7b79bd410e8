"""Statistics: what an organisation and its function mailboxes sent, received, answered and have, over a period.

Nothing is counted here: the core counts the events of the event log (`EventLog`) and the open cases (`budkavle.cases`).
`periods` has the periods and their steps, `numbers` reads the counts, `views` makes tables and charts of them, `charts`
computes the charts, and `pages` shows them.
"""
