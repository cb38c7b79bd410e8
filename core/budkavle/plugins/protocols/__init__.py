"""What the objects of a plugin promise. Their methods may be `def` or `async def`, as the author likes.

The core calls them in threads of the plugin's own and with a deadline, in the process that needs the answer: web,
worker or command. What one raises beside the errors that its method names is logged as the plugin's own fault.
"""
