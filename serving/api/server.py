"""Running the API: uvicorn over one address, one or several processes, and a graceful end."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from serving.api.app import create_app
from serving.api.database import require_contacts, require_roles
from serving.api.settings import settings
from serving.api.telemetry import configure_logs
from warehouse import open_warehouse

HOST = "ARMAZEM_API_HOST"  # tells the processes of a server where they are
SHUTDOWN_SECONDS = 10


def serve(host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that are being answered are finished.

    Raises UserError when settings, database or roles are not as they must be.
    """
    found = settings(host)
    warehouse = open_warehouse()
    require_roles(warehouse)
    if found.show_contacts:
        require_contacts(warehouse)
    os.environ[HOST] = host
    print(f"http://{host}:{port}, documentation at http://{host}:{port}/docs", flush=True)
    if found.secret_key is None:  # the same one for all processes
        os.environ["API__SECRET_KEY"] = secrets.token_urlsafe(32)
    uvicorn.run(
        "serving.api.server:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,  # telemetry has a better one
        log_level="warning",
        server_header=False,
        proxy_headers=bool(found.trusted_proxies),
        forwarded_allow_ips=found.trusted_proxies or None,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def application() -> FastAPI:
    """The application of one process, as its environment says."""
    configure_logs()
    return create_app(open_warehouse(migrate=False), settings(os.environ.get(HOST, "127.0.0.1")))


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The address at which an application answers, on loopback, while the ``with`` block lasts."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the API could not be started")
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
