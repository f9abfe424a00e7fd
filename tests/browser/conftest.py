"""A real browser that reaches nothing but this machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NOWHERE = ["--proxy-server=127.0.0.1:9", "--proxy-bypass-list=127.0.0.1;localhost"]
HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
collect_ignore_glob = [] if CHROMIUM else ["test_*.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what is left out where there is no browser."""
    if CHROMIUM is None:
        terminalreporter.write_line(
            "SKIPPED tests/browser: there is no Chromium (on Debian: apt install chromium)"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last, for Playwright leaves a running event loop behind."""
    items.sort(key=lambda item: HERE in item.path.parents)


@pytest.fixture(scope="session")
def browser(request) -> Iterator[Browser]:
    """Chromium, headless.

    Studies that a test needs are executed before: Playwright leaves a running event loop.
    """
    needed = {name for item in request.session.items for name in item.fixturenames}
    for study in needed & {"small_study", "smoke_study"}:
        request.getfixturevalue(study)
    with sync_playwright() as playwright:
        # root, as in containers, cannot have Chromium's sandbox; the pages are our own
        arguments = ["--no-sandbox", *NOWHERE]
        with playwright.chromium.launch(executable_path=CHROMIUM, args=arguments) as started:
            yield started


class Watched:
    """A page of the browser, and all that it did that a page of ours must not do.

    Attributes
    ----------
    page : Page
        What Playwright drives.
    complaints : list of str
        Messages of the console, errors, dialogs and requests that failed.
    asked : list of str
        Every address that was asked for.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", lambda request: self.complaints.append(request.url))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("dialog", self._dialog)

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def _dialog(self, dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def watched(browser) -> Iterator[Watched]:
    """A new page of the browser under watch."""
    context = browser.new_context()
    yield Watched(context.new_page())
    context.close()
