"""How much of the rate that the API allows the client uses, and how often it is told to slow down.

The simulated API allows so many requests an hour and no burst beyond a second's worth; every answer
takes some time, as over the internet. The limit is the number of requests that were allowed while
the measurement lasted.

    python -m benchmarks.mercadolivre_rate [--seconds 20]
"""

import argparse
import itertools
import time

import requests

from ingestion.mercadolivre.client import Budget, Client, Request
from simulators.mercadolivre import Faults, Server, World

RATES = (18_000, 90_000, 180_000)  # an hour; the first is what an ordinary app is allowed
ANSWER_SECONDS = 0.1


class AppOnly:
    """An access token of the simulated app, without accounts."""

    def __init__(self, server: Server):
        form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "hush"}
        answer = requests.post(f"{server.url}/oauth/token", data=form, timeout=10)
        self._token = answer.json()["access_token"]

    def token(self, user_id: int) -> str:
        return self._token

    def renew(self, user_id: int, stale: str) -> str:
        return self._token

    def app_token(self) -> str:
        return self._token


def measure(per_hour: int, seconds: float) -> tuple[float, float]:
    """The share of the allowed rate that was used, and the share of 429s among the answers."""
    world = World(sellers=1, items=1, products=1, orders_per_day=0)
    faults = Faults(slow=1.0, slow_seconds=ANSWER_SECONDS)
    burst = max(2, per_hour // 3_600)
    with Server(world, "app", "hush", faults, rate_per_hour=per_hour, burst=burst) as server:
        tokens = AppOnly(server)
        time.sleep(1.0)  # the bucket is full
        with Client(server.url, tokens, Budget(per_hour), workers=16) as client:
            wanted = (Request("", "/sites/MLB/categories") for _ in itertools.count())
            started, answered = time.monotonic(), 0
            for _ in client.get_all(wanted):
                answered += 1
                lasted = time.monotonic() - started
                if lasted >= seconds:
                    break
            return answered / (lasted * per_hour / 3_600), client.throttled / client.sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    seconds = parser.parse_args().seconds
    print(f"{'allowed an hour':>15}  {'used of it':>10}  {'429s':>6}")
    for per_hour in RATES:
        used, throttled = measure(per_hour, seconds)
        print(f"{per_hour:>15,}  {used:>10.1%}  {throttled:>6.2%}")


if __name__ == "__main__":
    main()
