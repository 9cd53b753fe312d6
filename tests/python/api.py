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
    ("GET", "/company/{cnpj}"): {"url": "/company/11222333000181"},
    ("GET", "/company/{cnpj}/history"): {"url": "/company/11222333000181/history"},
    ("GET", "/risk-score/{cnpj}"): {"url": "/risk-score/11222333000181"},
    ("GET", "/cnpj/v1/{cnpj}"): {"url": "/cnpj/v1/11222333000181"},
    ("GET", "/search"): {"url": "/search?cnae=47"},
    ("GET", "/changes"): {"url": "/changes"},
    ("GET", "/products"): {"url": "/products"},
    ("GET", "/products/{product_id}"): {"url": "/products/p1"},
    ("GET", "/price-history"): {"url": "/price-history?item=MLB1"},
    ("GET", "/sellers"): {"url": "/sellers"},
    ("GET", "/sellers/{seller_id}"): {"url": "/sellers/1"},
    ("GET", "/sales/top"): {"url": "/sales/top"},
    ("GET", "/failures"): {"url": "/failures"},
    ("GET", "/loads"): {"url": "/loads"},
    ("GET", "/healthz"): {"url": "/healthz"},
    ("GET", "/readyz"): {"url": "/readyz"},
    ("GET", "/metrics"): {"url": "/metrics"},
}
