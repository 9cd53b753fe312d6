"""python -m simulators.pages: serve the shops until interrupted."""

import argparse
from pathlib import Path

from simulators.loopback import wait_for_interrupt
from simulators.pages import Shops


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.pages", description=__doc__)
    parser.add_argument("--port", default=8090, type=int, metavar="N", help="of the first shop")
    parser.add_argument("--watchlist", default="watched_pages.csv", type=Path, help="to write")
    given = parser.parse_args()
    with Shops(given.port) as shops:
        given.watchlist.write_text(shops.watchlist())
        path = given.watchlist.absolute()
        print(
            f"export PAGES__ALLOWED_DOMAINS={shops.domains} PAGES__WATCHLIST={path}"
            " PAGES__DELAY_SECONDS=0.1",
            flush=True,
        )
        wait_for_interrupt()


if __name__ == "__main__":
    main()
