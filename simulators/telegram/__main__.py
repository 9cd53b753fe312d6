"""python -m simulators.telegram: serve a bot's side of Telegram until interrupted."""

import argparse

from simulators.loopback import wait_for_interrupt
from simulators.telegram import Server
from simulators.telegram.server import random_faults


class _Shown(Server):
    """A server that prints what it takes."""

    def answer(self, method, given):
        said = super().answer(method, given)
        text = f":\n{self.messages[-1].text}\n" if said[0] == 200 and self.messages else ""
        print(f"{method} {given.get('chat_id', '')} {said[0]}{text}", flush=True)
        return said


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.telegram", description=__doc__)
    parser.add_argument("--port", default=8083, type=int, metavar="N")
    parser.add_argument("--chats", default="1,2,-100", help="ids, separated by commas")
    parser.add_argument("--faults", default=0.0, type=float, metavar="RATE")
    parser.add_argument("--seed", default=1, type=int, metavar="N")
    given = parser.parse_args()
    faults = random_faults(given.seed, given.faults)
    with _Shown(chats=given.chats.split(","), faults=faults, port=given.port) as server:
        print("export " + " ".join(f"{k}={v}" for k, v in server.variables.items()), flush=True)
        wait_for_interrupt()


if __name__ == "__main__":
    main()
