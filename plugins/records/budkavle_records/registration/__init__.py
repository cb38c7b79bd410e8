"""Registration: a deadline for each incoming message, and the decision about it.

`clock` tells when a message is late, `arrivals` starts the clocks, `decisions` stores what was decided and earlier
decisions, `lists` finds what is to be registered and what has been registered. Other parts call `unsettled`.
"""
