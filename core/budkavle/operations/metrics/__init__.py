"""The metrics of an installation for Prometheus: counted by the processes, or read from the database."""
