"""How long a closed account keeps personal data; `operations.closed_accounts` then destroys it."""
