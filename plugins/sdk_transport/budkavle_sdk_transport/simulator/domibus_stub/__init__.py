"""A stub access point: what Domibus's web-service plugin looks like from outside, over HTTP on this machine.

It keeps its own state, delivers to other stubs, pushes to a backend, and misbehaves when it is asked to. It is no
access point: between stubs goes the submission as it came, without AS4's signatures and encryption.
"""
