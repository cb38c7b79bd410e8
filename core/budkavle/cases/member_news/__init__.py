"""Telling the members of a mailbox what comes to it: what each has chosen, what waits to be told, and the telling."""
