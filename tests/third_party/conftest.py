"""The pigeon's own tests run where it is installed, not here."""

collect_ignore = ["budkavle_pigeon"]
