"""The commands `budkavle sdk ...`, one module for each group; `sdk` puts them together.

They parse options and print. What they do is in the other folders.
"""
