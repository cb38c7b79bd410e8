"""Previews of untrusted files without opening them: pages as pictures, or text, made in a closed child process.

`drawing` is the child's part, and the only code in the project that draws previews; `looking` calls it.
"""
