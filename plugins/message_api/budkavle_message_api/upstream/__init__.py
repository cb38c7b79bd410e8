"""Another's message service, of which an organisation here is the client.

`transport` sends through it, `jobs` asks it for new messages and statuses, `service_client` makes the calls,
`connections` stores how to reach it, and `pages` lets an administrator set it.
"""
