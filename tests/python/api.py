"""The API, running, and a request to each of its endpoints."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from serving.api.telemetry import configure_logs

NOBODY = "/watches/6f1c1c1e-0000-4000-8000-000000000000"
# By method and documented path: what httpx sends.
REQUESTS = {
    ("GET", "/watches"): {"url": "/watches"},
    ("POST", "/watches"): {"url": "/watches", "json": {}},
    ("GET", "/watches/{watch_id}"): {"url": NOBODY},
    ("PUT", "/watches/{watch_id}"): {"url": NOBODY, "json": {}},
    ("PATCH", "/watches/{watch_id}"): {"url": NOBODY, "json": {}},
    ("DELETE", "/watches/{watch_id}"): {"url": NOBODY},
    ("GET", "/healthz"): {"url": "/healthz"},
    ("GET", "/readyz"): {"url": "/readyz"},
    ("GET", "/metrics"): {"url": "/metrics"},
}


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The address at which an application answers while the ``with`` block lasts."""
    configure_logs()
    config = uvicorn.Config(app, log_config=None, access_log=False, proxy_headers=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()
