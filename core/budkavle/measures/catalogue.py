"""All metrics that processes count about themselves. docs/metrics.md lists them, and those read from the database.

The values of a label are bounded: names of transports, jobs, routes, plugins and states, never text from outside.
"""

from budkavle.measures.instruments import Counter, Gauge, Histogram, Instrument

_PAGE = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_CALL = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 30.0)
_SEND = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
_WAY = (1.0, 5.0, 15.0, 60.0, 300.0, 1200.0, 3600.0, 14400.0)

ATTEMPTS = Counter(
    "budkavle_delivery_attempts_total", "Attempts to hand over, by the state that they led to.", ("transport", "state")
)
ATTEMPT = Histogram("budkavle_delivery_attempt_seconds", "How long an attempt takes.", ("transport",), _SEND)
HANDED_OVER = Histogram(
    "budkavle_delivery_handed_over_seconds",
    "From sending to the hand-over to the peer, all attempts and pauses included.",
    ("transport",),
    _WAY,
)
RECEIPT = Histogram(
    "budkavle_receipt_seconds",
    "From sending to a receipt that changed its state.",
    ("transport", "state"),
    _WAY,
)
RECEIVED = Counter("budkavle_messages_received_total", "Messages that were taken in.", ("transport",))
PAGE = Histogram("budkavle_page_seconds", "Until the first byte of an answer.", ("route", "method"), _PAGE)
ANSWERS = Counter("budkavle_answers_total", "Answers of the web, by kind of status.", ("status",))
STREAMS = Gauge("budkavle_streams", "Open pages that listen for news.")
CONNECTIONS = Gauge("budkavle_database_connections_in_use", "Connections of the pool in a transaction.")
REFUSALS = Counter("budkavle_database_unavailable_total", "Transactions that the database did not serve in time.")
JOBS = Counter("budkavle_job_runs_total", "Runs of recurring jobs.", ("job", "outcome"))
JOB = Histogram("budkavle_job_seconds", "How long a run takes.", ("job",), _SEND)
OUTBOX = Counter("budkavle_outbox_entries_total", "Tries of what plugins have queued.", ("queue", "outcome"))
CALL = Histogram("budkavle_plugin_call_seconds", "How long a call of a plugin takes.", ("plugin", "hook"), _CALL)
FAULTS = Counter("budkavle_plugin_faults_total", "Calls of plugins that failed or hung.", ("plugin", "hook"))
OUTSIDE = Counter("budkavle_administration_refused_total", "Administrators refused for where they are.")
LOG = Counter("budkavle_log_events_total", "Warnings and errors of the service log.", ("level", "event"))

ALL: tuple[Instrument, ...] = (
    *(ATTEMPTS, ATTEMPT, HANDED_OVER, RECEIPT, RECEIVED, PAGE, ANSWERS, STREAMS),
    *(CONNECTIONS, REFUSALS, JOBS, JOB, OUTBOX, CALL, FAULTS, OUTSIDE, LOG),
)
