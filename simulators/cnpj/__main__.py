"""python -m simulators.cnpj DIR: serve a folder of releases as the official share does."""

import argparse
from dataclasses import fields
from pathlib import Path

from simulators.cnpj import Share, ShareFaults
from simulators.loopback import wait_for_interrupt


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.cnpj", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path, help="with folders such as 2026-05")
    parser.add_argument("--port", default=8081, type=int, metavar="N")
    parser.add_argument("--token", default="token")
    parser.add_argument("--bytes-per-second", type=int, metavar="N", help="of each connection")
    parser.add_argument("--seed", default=1, type=int, metavar="N")
    parser.add_argument("--most-connections", type=int, metavar="N")
    rates = [field.name for field in fields(ShareFaults) if field.type is float]
    for rate in rates:
        parser.add_argument(f"--{rate.replace('_', '-')}", default=0.0, type=float, metavar="RATE")
    given = parser.parse_args()
    faults = ShareFaults(
        given.seed,
        most_connections=given.most_connections,
        **{rate: getattr(given, rate) for rate in rates},
    )
    with Share(given.folder, given.token, faults, given.port, given.bytes_per_second) as share:
        print(f"export CNPJ__SHARE_URL={share.url} CNPJ__SHARE_TOKEN={share.token}", flush=True)
        wait_for_interrupt()


if __name__ == "__main__":
    main()
