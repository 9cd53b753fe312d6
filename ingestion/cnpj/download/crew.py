"""Several threads on one list of things to do."""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from ingestion.cnpj.download.patience import Closed
from warehouse import UserError

MOST_FAILURES = 3  # things given up, after which the others are not tried

Item, Result = TypeVar("Item"), TypeVar("Result")


def work_through(
    items: Sequence[Item],
    work: Callable[[Item], Result],
    workers: int,
    closing: threading.Event,
) -> list[Result]:
    """``work`` on every item, ``workers`` at a time; the results in the order of the items.

    A UserError lets the others go on, unless there are several; in the end the first is raised. Any
    other error, or an interrupt, sets ``closing`` for all that look at it. The threads are daemons:
    one that waits for a stalled server does not hold up the end of the process.
    """
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Result | BaseException]] = queue.SimpleQueue()
    for number in range(len(items)):
        todo.put(number)

    def run() -> None:
        with suppress(queue.Empty):
            while True:
                number = todo.get_nowait()
                try:
                    if closing.is_set():
                        raise Closed
                    done.put((number, work(items[number])))
                except BaseException as error:
                    done.put((number, error))

    threads = [threading.Thread(target=run, daemon=True) for _ in range(min(workers, len(items)))]
    for thread in threads:
        thread.start()
    results: dict[int, Result] = {}
    failures: list[UserError] = []
    fatal: BaseException | None = None
    try:
        for _ in items:
            number, result = done.get()
            if isinstance(result, UserError):
                failures.append(result)
                if len(failures) >= MOST_FAILURES:
                    closing.set()
            elif not isinstance(result, BaseException):
                results[number] = result
            elif not isinstance(result, Closed):
                fatal = fatal or result
                closing.set()
    except BaseException:  # Ctrl-C
        closing.set()
        raise
    for thread in threads:
        thread.join()
    if error := fatal or next(iter(failures), None):
        raise error
    return [results[number] for number in range(len(items))]
