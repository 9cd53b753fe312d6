"""What is seen of every request: an id, a line in the log, and counts for Prometheus.

It is the outermost layer, and refuses what no route should have to look at.
"""

import logging
import re
import sys
import time
import uuid
from collections.abc import Mapping

import structlog
from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.problems import Problem, respond

LONGEST_ADDRESS = 4_096
ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
QUIET = {"/healthz", "/readyz", "/metrics"}  # asked for every few seconds by machines

log = structlog.get_logger("armazem.api")


def configure_logs() -> None:
    """One JSON object per line on standard error; of uvicorn, what is worth a line."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


class Metrics:
    """Counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ["method", "route", "status"]
        self.requests = Counter(
            "armazem_requests", "Requests answered.", labels, registry=self.registry
        )
        self.seconds = Histogram(
            "armazem_request_seconds",
            "Time from request to answer.",
            ["route"],
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )


class Telemetry:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, metrics: Metrics, max_body_bytes: int):
        self._app, self._metrics, self._max_body = app, metrics, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if ID.fullmatch(given) else uuid.uuid4().hex
        scope["request_id"] = request_id
        status = 500
        is_begun = False

        async def answer(message: Message) -> None:
            nonlocal status, is_begun
            if message["type"] == "http.response.start":
                status, is_begun = message["status"], True
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            if problem := self._refused(scope, headers):
                await respond(Request(scope), problem)(scope, receive, answer)
            else:
                await self._app(scope, self._limited(receive), answer)
        except Exception:
            log.exception("failed", request_id=request_id, path=scope["path"])
            if is_begun:
                raise
            problem = Problem(500, "a defect of ours: tell its request_id to who runs this")
            await respond(Request(scope), problem)(scope, receive, answer)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _refused(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Problem | None:
        """What is too long, or what the database could not hold."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return Problem(414, f"the address is longer than {LONGEST_ADDRESS} bytes")
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            return Problem(400, "the address holds a NUL character")
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._max_body:
            return Problem(413, f"the body is longer than {self._max_body} bytes")
        return None

    def _limited(self, receive: Receive) -> Receive:
        """The same body, if no longer than allowed. (FastAPI's own limit answers in plain text.)"""
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._max_body:
                # FastAPI lets no other exception pass while it reads a body
                raise HTTPException(413, f"the body is longer than {self._max_body} bytes")
            return message

        return limited

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.requests.labels(scope["method"], route, status).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        if route not in QUIET:
            log.info(
                "request",
                request_id=scope["request_id"],
                method=scope["method"],
                path=scope["path"],
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 2),
                client=scope["client"][0] if scope["client"] else None,
            )
