"""A look at a foreign file without opening it: pages as pictures, or text, made in a closed child process.

`drawing` is the child's part, and the only place of the house that draws previews; `looking` asks for it.
"""
