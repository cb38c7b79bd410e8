"""The figures of an installation as Prometheus reads them: what processes count, and what the database says."""
