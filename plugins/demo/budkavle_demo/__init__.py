"""The demo: two organisations that write to each other, for whoever wants to see Budkavle.

`commands` is `budkavle demo`, `stage` an installation of its own with simulators beside it, `content` who lives in it
and what they write, `playing` lets them write it. What other plugins add is made by their own commands.
"""
