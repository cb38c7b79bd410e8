"""Finding what participants have published: name service, metadata publisher, certificates and their revocation.

`factory` puts the parts together; `refresh` is the job that looks after certificates in the background. The folder
knows `keys`, `envelope` (signatures) and `formats`, and nothing of messages.
"""
