"""A browser for tests: Debian's Chromium, and a lesson in a JupyterLab that `atrous lab` has started. Tests nothing."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autograder import course
from autograder.course import Lesson

CHROMIUM = shutil.which("chromium")
#: Where pictures of what was seen are put, to be looked at.
PICTURES = Path(__file__).parents[1] / "out" / "browser"
#: Milliseconds that something may take to appear on a busy machine: a first cell waits for a kernel, and for torch.
PATIENCE = 180_000
HERE = {"127.0.0.1", "localhost", None}
"""This machine; None are pictures that are part of the page."""


def missing() -> str:
    """What a browser test lacks here, in a sentence; empty where nothing is."""
    lacking = [name for name, there in {"Chromium": CHROMIUM, "playwright": find_spec("playwright")}.items() if not there]
    return f"there is no {' and no '.join(lacking)}: make setup-browser installs it" if lacking else ""


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser that reaches no other machine than this."""
    from playwright.sync_api import sync_playwright

    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", nowhere])
        yield browser
        browser.close()


class Page:
    """A page of a browser, or of one of its contexts, and what it has complained about and asked for since it was opened."""

    def __init__(self, browser: Any, address: str) -> None:
        self.errors: list[str] = []
        self.hosts: set[str | None] = set()
        self.page = browser.new_page()
        self.page.set_viewport_size({"width": 1280, "height": 900})
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        for event in ("request", "websocket"):
            self.page.on(event, lambda made: self.hosts.add(urlsplit(made.url).hostname))
        self.page.goto(address)

    def picture(self, name: str, what: Any = None) -> None:
        """What is seen now, or when ``what`` is brought into view, as a file among ``PICTURES``."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        if what:
            what.evaluate("shown => shown.scrollIntoView()")
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def is_quiet(self) -> bool:
        """Whether it had nothing to complain about, and asked for nothing from elsewhere."""
        assert self.errors == [] and self.hosts <= HERE, (self.errors, self.hosts)
        return True


class Notebook(Page):
    """A lesson that is open in JupyterLab. Its cells are found by how their text begins."""

    def __init__(self, browser: Any, address: str, lesson: Lesson) -> None:
        root, token = address.split("?token=")
        super().__init__(browser, f"{root}lab/tree/{lesson.folder}/{lesson.notebook.name}?reset&token={token}")
        self.kernels, self.allowed = f"{root}api/kernels", {"Authorization": f"token {token}"}
        self.page.get_by_text("| Idle").wait_for()

    def cell(self, beginning: str) -> Any:
        """The cell whose text begins like this."""
        text = self.page.locator(".jp-InputArea-editor", has_text=re.compile(rf"^\s*{re.escape(beginning)}"))
        return self.page.locator(".jp-Notebook .jp-CodeCell", has=text)

    def write(self, cell: Any, text: str) -> None:
        """Replace a cell's text, as by typing."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def run(self, cell: Any) -> Any:
        """Run a cell with Shift+Enter, and wait until it is done: what it shows."""
        prompt = cell.locator(".jp-InputArea-prompt")
        before = prompt.inner_text()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function("([shown, before]) => shown.innerText != before && /\\[\\d+\\]/.test(shown.innerText)",
                                    arg=[prompt.element_handle(), before])
        return cell.locator(".jp-Cell-outputArea")

    def run_below(self, cell: Any, text: str) -> Any:
        """Open a new cell below this one, write and run it: what it shows."""
        cell.locator(".jp-InputArea-prompt").click()
        self.page.keyboard.press("b")
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(text)
        return self.run(self.cell(text))

    def stop(self) -> None:
        """Stop its kernel, and close the page."""
        for kernel in self.page.request.get(self.kernels, headers=self.allowed).json():
            self.page.request.delete(f"{self.kernels}/{kernel['id']}", headers=self.allowed)
        self.page.close()

    def begin(self) -> None:
        """Run the two cells of "Setting up"."""
        for place in range(2):
            self.run(self.page.locator(".jp-Notebook .jp-CodeCell").nth(place))


@contextmanager
def server(folder: Path, *words: str) -> Iterator[str]:
    """A Jupyter server with ``folder`` for its home, started by ``python -m WORDS``; yields the address that it wrote down."""
    places = {"HOME": folder, "JUPYTER_RUNTIME_DIR": folder / ".runtime", "JUPYTER_CONFIG_DIR": folder / ".config",
              "JUPYTER_DATA_DIR": folder / ".data", "PYTHONPATH": course.PACKAGE.parent}
    environment = os.environ | {name: str(place) for name, place in places.items()}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", *words], cwd=folder, env=environment, stdout=log, stderr=log,
                                   start_new_session=True)
    try:
        yield _address(process, folder)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _address(process: "subprocess.Popen[bytes]", folder: Path) -> str:
    for _ in range(PATIENCE // 100):
        assert process.poll() is None, (folder / "server.log").read_text()
        with suppress(StopIteration, ValueError):  # it is not there yet, or not yet written
            about = json.loads(next((folder / ".runtime").glob("jpserver-*.json")).read_text())
            return f"{about['url']}?token={about['token']}"
        time.sleep(0.1)
    raise TimeoutError((folder / "server.log").read_text())
