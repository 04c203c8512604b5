"""The browser of the tests notices what must not happen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.shared.browser import Window, faults, found_browser, found_or_not

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = '<!doctype html><html lang="en"><title>T</title><main><h1>T</h1>{}</main></html>'


def wrong_with(browser: Browser, path: Path, body: str) -> list[str]:
    path.write_text(PAGE.format(body), encoding="utf-8")
    window = Window(browser)
    page = window.open(path)
    page.wait_for_load_state()
    page.evaluate("new Promise(resolve => setTimeout(resolve, 50))")
    window.close()
    return window.wrong


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('<img alt="" src="https://example.org/a.png">', "https://example.org/a.png"),
        ('<img alt="" src="beside.png">', "beside.png"),
        ("<script>fetch('https://example.org/b')</script>", "https://example.org/b"),
        ("<script>console.error('not good')</script>", "not good"),
        ("<script>throw new Error('thrown')</script>", "thrown"),
    ],
)
def test_requests_and_errors_are_kept(
    chromium: Browser, tmp_path: Path, body: str, what: str
) -> None:
    assert any(what in one for one in wrong_with(chromium, tmp_path / "page.html", body))


def test_a_page_that_holds_everything_is_right(chromium: Browser, tmp_path: Path) -> None:
    dot = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    body = f'<img alt="A dot" src="{dot}"><script>console.log("well")</script>'
    assert wrong_with(chromium, tmp_path / "page.html", body) == []


def test_what_keeps_people_out_is_found(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE.format('<p style="color: #ccc">Pale</p>'), encoding="utf-8")
    (fault,) = faults(window.open(path))
    assert fault.startswith("color-contrast")


def test_where_checks_are_made_a_missing_browser_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "there-is-no-such-browser")
    assert found_browser() is None
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Chromium was not found"):
        found_or_not(found_browser(), "Chromium")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="Chromium was not found"):
        found_or_not(found_browser(), "Chromium")
