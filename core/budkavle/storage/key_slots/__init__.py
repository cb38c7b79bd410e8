"""Slots: 32 random bytes for each owner of content keys, stored outside of the database and destroyed with the owner.

`shelf` is where the bytes are stored (`folder`, `postgres`), `root` is the format of the list of blocks, `store` hands
out, reads and destroys slots. `watch` compares the store with the database, `doomed` destroys what transactions have
doomed, `moving` gives slots to data that was sealed before slots existed, and `backups` keeps short-lived copies.
"""
