"""Pages that tell nothing without their scripts, run in a browser: the last resort.

What its pages ask for over HTTP, popups included, goes through the fetcher, to the hosts that are
allowed, or not at all; WebSockets are refused. What Playwright does not show us (WebRTC, lookups of
names and connections ahead of need, shared workers) is not checked: see the README.
"""

from contextlib import ExitStack

from ingestion.pages.fetch import Answer, Failed, Fetcher
from ingestion.pages.hosts import Refused
from warehouse import UserError

RESOURCES = frozenset({"document", "script", "xhr", "fetch"})


class Browser:
    """A headless Chromium; a context manager. Raises UserError where Playwright is missing."""

    def __init__(self, fetcher: Fetcher, user_agent: str, timeout_seconds: float):
        self._fetcher, self._agent = fetcher, user_agent
        self._timeout = timeout_seconds * 1_000
        self._stack = ExitStack()

    def __enter__(self) -> "Browser":
        try:
            from playwright.sync_api import Error, sync_playwright
        except ImportError:
            raise UserError(
                "PAGES__BROWSER needs the extra browser: pip install 'armazem[browser]', then"
                " playwright install chromium"
            ) from None
        self._error = Error
        playwright = self._stack.enter_context(sync_playwright())
        try:
            self._chromium = playwright.chromium.launch()
        except Error as error:
            self._stack.close()
            raise UserError(f"no browser starts: {str(error).splitlines()[0]}") from None
        self._stack.callback(self._chromium.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def render(self, answer: Answer) -> bytes:
        """The page once its scripts have run, in UTF-8. Raises Failed when they do not end."""
        context = self._chromium.new_context(user_agent=self._agent, service_workers="block")
        try:
            context.route("**/*", lambda route: self._fulfil(route, answer))
            context.route_web_socket("**/*", lambda socket: socket.close())
            page = context.new_page()
            page.goto(answer.url, timeout=self._timeout, wait_until="networkidle")
            return page.content().encode(errors="replace")
        except self._error as error:
            raise Failed("browser", str(error).splitlines()[0], None, answer.url) from None
        finally:
            context.close()

    def _fulfil(self, route, answer: Answer) -> None:
        request = route.request
        if request.url == answer.url:
            route.fulfill(status=200, body=answer.body, content_type="text/html")
            return
        try:
            if request.method != "GET" or request.resource_type not in RESOURCES:
                raise Refused(request.url)
            found, body = self._fetcher.resource(request.url)
        except (Refused, Failed):
            route.abort()
            return
        kind = found.headers.get("Content-Type", "application/octet-stream")
        route.fulfill(status=found.status_code, body=body, content_type=kind)
