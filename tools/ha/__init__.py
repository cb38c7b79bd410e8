"""A PostgreSQL with a standby under Patroni, etcd and HAProxy on one machine, and what Budkavle does when it fails."""
