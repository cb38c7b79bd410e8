"""The standard API between message service and message client (SDK API MT-MK), and this product as its client."""
