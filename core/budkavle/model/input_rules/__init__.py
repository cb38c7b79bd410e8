"""What typed or foreign text must be to count as a name, an e-mail address, an identifier or a number.

docs/input-rules.md lists every rule, also those of other folders.
"""
