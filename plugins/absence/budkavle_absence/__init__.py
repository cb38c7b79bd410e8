"""Being away: an automatic answer, once to each sender, and a colleague who stands in (features U7 to U10)."""
