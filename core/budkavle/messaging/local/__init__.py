"""Messages between accounts of the installation: a transport and a directory as a plugin would bring them.

Only `budkavle.host` imports from here, to switch them on; the rest of the core asks them by the Protocols of plugins.
"""
