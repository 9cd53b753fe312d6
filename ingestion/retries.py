"""When a server wants to be asked again."""

import datetime as dt
from email.utils import parsedate_to_datetime

import requests


def retry_after(response: requests.Response) -> float | None:
    """Seconds, or those until an HTTP date; None where nothing (readable) is asked for."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isdigit():
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - dt.datetime.now(dt.UTC)
    except (TypeError, ValueError):
        return None
    return max(wait.total_seconds(), 0.0)
