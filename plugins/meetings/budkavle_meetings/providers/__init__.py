"""Where meetings are held: the protocol of a meeting provider, and the providers that there are.

`protocol` and `registry` belong to all of them, `own_room` is ours. Those of other systems (`minting`) make an address
for each person who has been admitted: `teams` by `graph`, `jitsi`, `livekit`; `settings` and `sections` are what an
organisation types for them.
"""
