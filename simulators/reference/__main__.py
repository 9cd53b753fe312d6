"""python -m simulators.reference: serve the code lists until interrupted."""

import argparse

from simulators.cnpj import World
from simulators.loopback import wait_for_interrupt
from simulators.reference import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.reference", description=__doc__)
    parser.add_argument("--port", default=8082, type=int, metavar="N")
    with Server(World(companies=2), parser.parse_args().port) as server:
        told = " ".join(f"{name}={value}" for name, value in server.variables.items())
        print(f"export {told}", flush=True)
        wait_for_interrupt()


if __name__ == "__main__":
    main()
