"""python -m simulators.mercadolivre: serve a world until interrupted."""

import argparse
import datetime as dt
import time

from simulators.mercadolivre import Faults, Server, World


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m simulators.mercadolivre", description=main.__doc__ or __doc__
    )
    number = {"type": int, "metavar": "N"}
    parser.add_argument("--port", default=8080, **number)
    parser.add_argument("--seed", default=1, **number)
    parser.add_argument("--sellers", default=3, help="own accounts", **number)
    parser.add_argument("--items", default=200, help="their listings", **number)
    parser.add_argument("--products", default=50, help="of the catalogue", **number)
    parser.add_argument("--orders-per-day", default=40, **number)
    parser.add_argument("--start", default=dt.date(2026, 5, 1), type=dt.date.fromisoformat)
    parser.add_argument("--days", default=30, help="that have passed already", **number)
    parser.add_argument("--day-seconds", default=0.0, type=float, help="let a day pass every ...")
    parser.add_argument("--client-id", default="1234567890")
    parser.add_argument("--client-secret", default="secret")
    parser.add_argument("--rate-per-hour", default=18_000, **number)
    for fault in ("drop", "error-500", "slow", "malformed-element"):
        parser.add_argument(f"--{fault}", default=0.0, type=float, metavar="RATE")
    given = parser.parse_args()
    world = World(
        given.sellers, given.items, given.products, given.orders_per_day, given.seed, given.start
    )
    for _ in range(given.days):
        world.tick()
    faults = Faults(
        given.seed, given.drop, given.error_500, given.slow,
        malformed_element=given.malformed_element,
    )  # fmt: skip
    with Server(
        world, given.client_id, given.client_secret, faults, given.rate_per_hour, port=given.port
    ) as server:
        accounts = ", ".join(map(str, world.accounts))
        print(f"{server.url}  client {server.client_id}  accounts {accounts}", flush=True)
        try:
            while True:
                time.sleep(given.day_seconds or 3_600)
                if given.day_seconds:
                    world.tick()
                    print(f"{world.now:%Y-%m-%d}", flush=True)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
