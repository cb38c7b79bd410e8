"""Where meetings are held: the protocol of a meeting provider, and the providers.

`protocol` and `registry` are shared, and `own_room` is our own room. The providers of other systems (`minting`)
create an address for each admitted person: `teams` through `graph`, `jitsi` and `livekit`. `settings` and `sections`
are an organisation's settings for them.
"""
