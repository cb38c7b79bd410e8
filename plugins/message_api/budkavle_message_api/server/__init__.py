"""The API that clients call: four operations on messages (B1.4.2), with the documents that they return.

`routes` answers requests, `messages` finds what a client may see, `sending` takes a message to send, `documents` and
`filters` read and write the API's JSON, and `openapi` describes it.
"""
