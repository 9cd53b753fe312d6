"""Shops on loopback, each a host of its own: pages, robots.txt, validators and faults."""

import hashlib
import threading
from contextlib import ExitStack
from email.utils import formatdate
from typing import NamedTuple, Self

from simulators.loopback import Handler, Loopback
from simulators.pages.shapes import SHAPES, Product, catalogue, truth

FAULTS = (
    "http_404", "http_500", "http_429", "drop", "slow", "too_large", "bomb", "block", "block_page",
    "to_block", "to_other", "to_marketplace", "to_inside", "loop", "no_product", "two_products",
    "two_prices", "unclear_price", "no_html", "garbage",
)  # fmt: skip
BLOCK = "<html><title>Um momento…</title><body>Resolva o captcha para continuar</body></html>"
GARBAGE = b'\xff\xfe\0<script type="application/ld+json">[[[{\xc3"'
INFO = "<html><title>Sobre nós</title><body>Somos uma loja.</body></html>"
ROBOTS = "User-agent: *\nDisallow: /conta\nDisallow: /*?*ordem=\nDisallow: /fechado/\n"
MODIFIED = 1_780_000_000  # when all pages were last changed, seconds of Unix


class Request(NamedTuple):
    """A line of a shop's log; status 0 where there was no answer."""

    path: str
    status: int
    agent: str


class Shop(Loopback):
    """A shop whose pages all have one shape, while in its ``with`` block.

    All may be changed at any time: ``products`` by path, ``faults`` (one of FAULTS) by path,
    ``robots`` (None: 404; a number: that status), ``retry_after`` of its 429. ``requests`` is the
    log.
    """

    def __init__(self, shape: str, port: int = 0):
        self.shape = shape
        self.products = {f"/p/{number}": each for number, each in enumerate(catalogue(), 1)}
        self.faults: dict[str, str] = {}
        self.robots: str | int | None = ROBOTS
        self.retry_after = "120"
        self.other = "http://127.0.0.1:9"  # where to_other leads
        self.requests: list[Request] = []
        self.closing = threading.Event()
        super().__init__(_Handler, port)
        self.host = self.url.removeprefix("http://")

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        super().__exit__(*error)

    def page(self, path: str) -> str:
        """The page at a path. Raises KeyError."""
        return SHAPES[self.shape](self.products[path])

    def truth(self) -> dict[str, dict[str, str]]:
        """By address, what each page says."""
        return {
            self.url + path: truth(self.shape, product) for path, product in self.products.items()
        }

    def asked(self, path: str = "") -> list[str]:
        """The paths asked for that begin so, in order, without robots.txt."""
        paths = (request.path for request in self.requests)
        return [each for each in paths if each.startswith(path) and each != "/robots.txt"]


class Shops:
    """A shop of every shape, while in the ``with`` block."""

    def __init__(self, port: int = 0):
        ports = range(port, port + len(SHAPES)) if port else [0] * len(SHAPES)
        self.shops = [Shop(shape, port) for shape, port in zip(SHAPES, ports, strict=True)]

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for shop in self.shops:
                stack.enter_context(shop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(*error)

    def __getitem__(self, shape: str) -> Shop:
        return next(shop for shop in self.shops if shop.shape == shape)

    @property
    def domains(self) -> str:
        """What to set PAGES__ALLOWED_DOMAINS to."""
        return ",".join(shop.host for shop in self.shops)

    def truth(self) -> dict[str, dict[str, str]]:
        return {url: said for shop in self.shops for url, said in shop.truth().items()}

    def watchlist(self) -> str:
        """A CSV of all pages; each is of a product of its own."""
        lines = (
            f"MLB{number},{url},{said.get('gtin', '')},"
            for number, (url, said) in enumerate(self.truth().items(), start=1)
        )
        return "\n".join(["product_id,url,gtin,sku", *lines, ""])


class _Handler(Handler):
    def do_GET(self) -> None:  # noqa: N802
        shop: Shop = self.server.owner
        path = self.path.partition("?")[0]
        if path == "/robots.txt":
            if isinstance(shop.robots, str):
                self._answer(200, shop.robots, "text/plain")
            else:
                self._answer(shop.robots or 404, "")
        elif path == "/gz/account-verification":
            self._answer(200, INFO)
        elif fault := shop.faults.get(path):
            self._fail(shop, path, fault)
        elif path in shop.products:
            self._page(shop.page(path))
        else:
            self._answer(404, INFO)

    def _page(self, text: str) -> None:
        """With validators: an ETag, or a time for the shapes that have a list."""
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            self._answer(304, "", validators={"ETag": etag})
        else:
            modified = formatdate(MODIFIED, usegmt=True)
            self._answer(200, text, validators={"ETag": etag, "Last-Modified": modified})

    def _fail(self, shop: Shop, path: str, fault: str) -> None:
        product = shop.products.get(path, Product("Outra"))
        redirects = {
            "to_block": "/gz/account-verification?go=x",
            "to_other": f"{shop.other}/p/1",
            "to_marketplace": "https://www.mercadolivre.com.br/p/MLB1",
            "to_inside": "http://169.254.169.254/latest/meta-data",
            "loop": path,
        }
        twice = Product("Uma", price="1.00"), Product("Duas", price="2.00")
        bodies = {
            "block": BLOCK,
            "no_product": INFO,
            "two_products": "".join(SHAPES["plain"](each) for each in twice),
            "two_prices": SHAPES["plain"](product).replace('"price": ', '"lowPrice": 1, "price": '),
            "unclear_price": SHAPES["plain"](Product("X", price="1.5")).replace("1.5", '"1.234"'),
            "too_large": "<p>" + "x" * 400_000,
            "bomb": "<div>" * 60_000,
        }
        if fault.startswith("http_"):
            more = {"Retry-After": shop.retry_after} if fault == "http_429" else {}
            self._answer(int(fault[5:]), INFO, validators=more)
        elif fault in redirects:
            self._answer(302, "", validators={"Location": redirects[fault]})
        elif fault == "block_page":
            self._answer(403, BLOCK)
        elif fault in ("drop", "slow"):
            shop.requests.append(Request(self.path, 0, self.headers.get("User-Agent", "")))
            shop.closing.wait(10 if fault == "slow" else 0)
            self.close_connection = True
        elif fault == "no_html":
            self._answer(200, "%PDF", "application/pdf")
        elif fault == "garbage":
            self._answer(200, GARBAGE, "text/html")
        else:
            self._answer(200, bodies[fault])

    def _answer(
        self,
        status: int,
        body: str | bytes,
        kind: str = "text/html; charset=utf-8",
        validators: dict[str, str] | None = None,
    ) -> None:
        shop: Shop = self.server.owner
        shop.requests.append(Request(self.path, status, self.headers.get("User-Agent", "")))
        encoded = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != 304:
            self.send_header("Content-Length", str(len(encoded)))
        for name, value in (validators or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(encoded)
