"""Loads in child processes that die at a given event.

Arguments are the settings, constants of the source to change, and the target.
Every line of the standard input is an event and its number; the answer is the child's exit status.
"""

import json
import os
import signal
import sys
from itertools import count

from marketplace import KEY

from ingestion.mercadolivre import load, own
from ingestion.mercadolivre.client import Client
from ingestion.mercadolivre.settings import Settings
from warehouse import open_warehouse
from warehouse.secrets import Vault

load.FLUSH_ROWS = 300


def die_at(event: str, number: int) -> None:
    counted = count(1)

    def dying(function, first):
        def run(*arguments, **options):
            if first and next(counted) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*arguments, **options)
            if not first and next(counted) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return run

    if event == "request":
        Client._exchange = dying(Client._exchange, True)
    elif event == "stage":  # staged, not published
        load.Loader._stage = dying(load.Loader._stage, False)
    elif event == "publish":  # in the transaction
        load.record = dying(load.record, True)
    elif event == "commit":
        load.Loader._flush = dying(load.Loader._flush, False)


def main() -> None:
    settings = Settings()
    for name, value in json.loads(sys.argv[1]).items():
        settings[name] = value
    for name, value in json.loads(sys.argv[2]).items():
        setattr(own, name, value)
    for line in sys.stdin:
        event, number = line.rsplit(maxsplit=1) if line.strip()[0].isalpha() else ("", line)
        child = os.fork()
        if not child:
            die_at(event, int(number))
            warehouse, state = open_warehouse(sys.argv[3]), open_warehouse("postgres")
            with load.Loader(warehouse, state, settings, Vault([KEY]), backoff=0.002) as loader:
                loader.load()
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
