"""How the statements of the product would be carried out on large tables."""
