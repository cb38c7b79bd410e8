"""A deterministic simulator of the product over a real PostgreSQL; docs/simulation.md tells how it is used."""
