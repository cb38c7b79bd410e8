"""The XHE envelope: reading and writing it, canonical form, signature and encryption.

`sealing` encrypts and then signs; `unsealing` verifies and then decrypts. The folder knows `formats`,
`message` and `keys`; it never opens a network connection.
"""
