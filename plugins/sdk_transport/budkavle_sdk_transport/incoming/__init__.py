"""What comes from the access point: fetching, opening, checking and receipting.

`receiving` is the job; `opening` runs the checks of the specification in their order. The folder knows
`access_points`, `envelope`, `message`, `receipts` and `malware`.
"""
