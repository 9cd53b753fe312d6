"""Clients that ask an HTTP server as fast as it answers, at the least cost to the machine.

    python -m benchmarks.requests PORT CLIENTS SECONDS < paths

Prints the milliseconds of each request. Any answer but 200 ends it with an error.
"""

import asyncio
import random
import sys
import time

import uvloop


async def client(port: int, paths: list[bytes], until: float, taken: list[float]) -> None:
    """One connection, one request after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (started := time.perf_counter()) < until:
        writer.write(b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % random.choice(paths))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(head.decode())
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        taken.append(1000 * (time.perf_counter() - started))
    writer.close()


async def main(port: int, clients: int, seconds: float, paths: list[bytes]) -> list[float]:
    """The milliseconds of all requests of all clients."""
    taken: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(client(port, paths, until, taken) for _ in range(clients)))
    return taken


if __name__ == "__main__":
    given = [line.encode() for line in sys.stdin.read().splitlines()]
    port, clients, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    print("\n".join(f"{each:.3f}" for each in uvloop.run(main(port, clients, seconds, given))))
