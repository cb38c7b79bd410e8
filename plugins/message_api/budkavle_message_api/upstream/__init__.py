"""Another message service, of which an organisation here is a client.

`transport` sends through it, `jobs` polls it for new messages and statuses, `service_client` makes the calls,
`connections` stores how to reach it, and `pages` lets an administrator configure it.
"""
