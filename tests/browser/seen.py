"""What happened while a page was open: console messages, failed or foreign requests, policy violations."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, Response

VIOLATIONS = """
    window.__violations = [];
    document.addEventListener('securitypolicyviolation', event =>
        window.__violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


class Seen:
    """Watches one page from before its first request until it is left. Only this machine can be reached (the browser is
    started so), and requests to another origin are written down."""

    def __init__(self, page: Page, *, origin: str) -> None:
        self.page = page
        self.origin = _origin(origin)
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.bodies: dict[str, int] = {}
        self.response: Response | None = None
        self._watched = {
            "console": lambda message: self._console(message.type, message.text),
            "pageerror": lambda error: self.complaints.append(f"uncaught: {error}"),
            "request": self._asked,
            "requestfailed": lambda request: self._failed(request.url, str(request.failure)),
            "response": self._answered,
        }
        for event, heard in self._watched.items():
            page.on(event, heard)  # type: ignore[call-overload]

    def leave(self) -> None:
        for event, heard in self._watched.items():
            self.page.remove_listener(event, heard)

    @property
    def violations(self) -> list[str]:
        found: list[str] = self.page.evaluate("window.__violations")
        return found

    def complaints_but_for(self, status: int) -> list[str]:
        """Without the browser's own line about a page that is meant to answer with an error."""
        expected = f"the server responded with a status of {status} "
        return [text for text in self.complaints if status < 400 or expected not in text]

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(f"console {kind}: {text}")

    def _failed(self, url: str, why: str) -> None:
        """Whoever leaves a page before all of it has come (a quick typist, on a slow machine) makes the browser give up
        the rest; that is nobody's fault."""
        if why != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {url} {why}")

    def _answered(self, response: Response) -> None:
        self.bodies[response.url] = int(response.headers.get("content-length", "0"))
        if response.status >= 400 and response.request.resource_type != "document":
            self.complaints.append(f"{response.status}: {response.url}")

    def _asked(self, request: Request) -> None:
        if _origin(request.url) != self.origin:
            self.foreign.append(request.url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
