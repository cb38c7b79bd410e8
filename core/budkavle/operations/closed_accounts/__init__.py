"""Destroying what a closed account keeps of its person, once its days have passed.

The account itself stays, with its id and name: the event log and the cases say by them who did what. So do its personal
inbox and what the person wrote and sent, which go by the days of messages.
"""
