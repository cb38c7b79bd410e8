"""Mails to registered users: that a secure message waits, and that how they sign in has changed.

Both write a row in the same transaction as what they tell of; the job in `jobs` sends the mails.
"""
