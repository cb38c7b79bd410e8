"""From a draft to deliveries, and from an incoming message to its mailbox and case.

Knows everything below; pages, the command line and plugins begin here.
"""
