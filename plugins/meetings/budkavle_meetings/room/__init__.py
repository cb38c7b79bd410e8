"""Our own room: seats, signalling between browsers, chat and the relay. Media never passes through the server."""
