"""Notices of new cases by Web Push: devices, signing keys, encryption and signatures."""
