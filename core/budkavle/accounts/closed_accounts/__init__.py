"""How long a closed account keeps what is only its person's; `operations.closed_accounts` destroys it then."""
