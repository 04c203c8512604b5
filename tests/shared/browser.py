"""A browser for tests of pages: Chromium without a network, in which nothing may go wrong unseen.

The browser is found by the environment variable ``CHROMIUM``, or on the path by one of its usual
names. Where there is none, tests that ask for one are skipped; where ``CI=true``, they fail.

``window`` opens files. A test in which a page asks for anything but itself, or says an error on its
console, fails when it ends, whatever else it asserts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # which root, in a container, cannot have
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# What stands in the page itself; everything else would be a request.
INSIDE = ("data:", "blob:", "about:")


def found_browser() -> str | None:
    """Path of the browser, or None where there is none."""
    named = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [named] if named else NAMES)), None)


def found_program(name: str) -> str | None:
    """Path of a program that opens what readers get, or None where there is none."""
    return shutil.which(name)


def found_or_not(program: str | None, what: str) -> str:
    """Return a program a test needs; without it the test is skipped, or fails where CI=true."""
    if program is None:
        lacking = f"{what} was not found"
        if os.environ.get("CI") == "true":
            pytest.fail(lacking)
        pytest.skip(lacking)
    return program


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a process."""
    program = found_or_not(found_browser(), "Chromium (named by CHROMIUM, or on the path)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        found_or_not(None, "playwright")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Window:
    """Opens files in a browser and keeps what should not have happened.

    Attributes
    ----------
    wrong
        Requests for anything but the files that were opened, errors on the console, and errors
        that no script caught.
    """

    def __init__(self, browser: Browser, contexts: dict[str, BrowserContext] | None = None) -> None:
        self.wrong: list[str] = []
        self._browser = browser
        self._contexts = {} if contexts is None else contexts
        self._used: set[BrowserContext] = set()

    def open(
        self,
        path: Path,
        *,
        width: int = 1280,
        height: int = 800,
        anchor: str = "",
        **options: Any,
    ) -> Page:
        """Open a file in a page of its own.

        Pages of one test, and of others, that have the same options share what a browser sets up
        for them, which takes longer than a page; files keep nothing there.

        Parameters
        ----------
        path
            The file.
        width, height
            Of the window, in CSS pixels.
        anchor
            What follows the address, with its sign: ``#answer``.
        options
            Of Playwright's `new_context`: ``java_script_enabled``, ``reduced_motion``,
            ``device_scale_factor``.
        """
        key = repr(sorted(options.items()))
        if key not in self._contexts:
            self._contexts[key] = self._browser.new_context(offline=True, locale="en-GB", **options)
        context = self._contexts[key]
        if context not in self._used:
            self._used.add(context)
            context.on("request", self._request)
            context.on("console", self._console)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("pageerror", lambda error: self.wrong.append(f"not caught: {error}"))
        page.goto(path.absolute().as_uri() + anchor)
        return page

    def close(self) -> None:
        """Close all that was opened."""
        for context in self._used:
            for page in context.pages:
                page.close()
            context.remove_listener("request", self._request)
            context.remove_listener("console", self._console)

    def _request(self, request: Request) -> None:
        # A page that is gone to, by a link, is no part of the page before it.
        is_page = request.url.startswith("file:") and request.is_navigation_request()
        if not is_page and not request.url.startswith(INSIDE):
            self.wrong.append(f"a request: {request.url}")

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.wrong.append(f"on the console: {message.text}")


@pytest.fixture(scope="session")
def contexts() -> dict[str, BrowserContext]:
    """What the browser has set up, by the options it was asked for; it closes them itself."""
    return {}


@pytest.fixture
def window(chromium: Browser, contexts: dict[str, BrowserContext]) -> Iterator[Window]:
    """A way to open files; whatever goes wrong in them fails the test."""
    opened = Window(chromium, contexts)
    yield opened
    opened.close()
    assert not opened.wrong, "\n".join(opened.wrong)


def faults(page: Page) -> list[str]:
    """What axe finds on a page: each rule of WCAG 2.2 A and AA that is broken, and where."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": list(WCAG)}}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found
        for node in one["nodes"]
    ]
