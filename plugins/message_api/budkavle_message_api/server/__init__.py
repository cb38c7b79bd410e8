"""The API that clients call: four operations on messages (B1.4.2), and the documents they return.

`routes` handles requests, `messages` finds the messages a client may see, `sending` takes messages to send, `documents`
and `filters` write and read the API's JSON, and `openapi` describes it.
"""
