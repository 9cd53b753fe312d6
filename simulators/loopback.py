"""What every simulator is beneath: an HTTP server on loopback, while its ``with`` block lasts."""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Loopback:
    """Answers at ``url``; its handlers find it as ``self.server.owner``."""

    def __init__(self, handler: type["Handler"], port: int, base: str = ""):
        self._http = _Listener(("127.0.0.1", port), handler)
        self._http.owner = self
        self.url = f"http://127.0.0.1:{self._http.server_port}{base}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # idle clients keep their connections
    request_queue_size = 128
    owner: Any

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may hang up whenever they like; anything else is a defect to see."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers requests; buffered, so that an answer is one packet."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: simulators keep a log of their own, ``requests``."""


def wait_for_interrupt() -> None:
    """Let a simulator serve until Ctrl-C."""
    try:
        while True:
            time.sleep(3_600)
    except KeyboardInterrupt:
        pass
