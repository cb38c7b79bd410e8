"""The Protocols of a plugin's objects. Their methods may be `def` or `async def`.

The core calls them in threads of the plugin's own and with a timeout, in the process that needs the answer: web,
worker or command. An error that the method's docstring does not name is logged as the plugin's own fault.
"""
