"""Slots: 32 random bytes for each owner of content keys, kept outside of the database and destroyed with it.

`shelf` is where bytes lie (`folder`, `postgres`), `root` how the list of blocks is written, `store` hands out slots,
reads and destroys them. `watch` compares the store with the database, `doomed` destroys what transactions have doomed,
`moving` gives slots to what was sealed before there were any, and `backups` keeps short-lived copies.
"""
