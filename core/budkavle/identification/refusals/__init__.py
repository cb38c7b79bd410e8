"""Records of refused sign-ins and requests."""
