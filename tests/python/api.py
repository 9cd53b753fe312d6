"""A request to each endpoint of the API."""

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
