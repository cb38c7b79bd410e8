"""Freja eID: the calls of its authentication service, and the flow that a person meets.

`provider` is the identity provider, `api` the calls, `signed_details` checks the signed part of an answer, and
`texts` holds the sentences for Freja's codes.
"""
