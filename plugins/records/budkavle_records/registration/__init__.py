"""Registration: a clock for each message that comes in, and what was decided about it.

`clock` says when a message is late, `arrivals` starts the clocks, `decisions` keeps what was decided and what it was
before, `lists` finds what is to be registered and what has been. Other parts ask `unsettled`.
"""
