"""SDK, the Swedish national network for secure digital communication, as a transport."""
