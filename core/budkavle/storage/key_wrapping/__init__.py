"""The wrapped keys of organisations: which provider has wrapped each, and which wraps the next one."""
