"""The demo: two organisations that write to each other, for those who want to see Budkavle.

`commands` is `budkavle demo`, `stage` creates its own installation with simulators beside it, `content` has the people
and the settings, and `playing` lets the people write to each other. The data of other plugins is created by their own
commands.
"""
