"""Destroying personal data of a closed account, once its retention days have passed.

The account itself stays, with its id and name: the event log and the cases refer to them. Its personal inbox and what
the person wrote and sent stay too; these follow the retention days of messages.
"""
