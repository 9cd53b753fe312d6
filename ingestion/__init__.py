"""One dlt source per module, each loading a staging schema ``raw_<source>``."""

import os

# dlt reports usage unless told not to; it stays silent here unless the user says otherwise.
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
