"""Try a replay in Firefox: `python -m tests.try_firefox replay.html`.

It is no test of the suite, which drives Chromium: it is for those who change the page's scripts.
Firefox is spoken to by WebDriver BiDi: `pip install websocket-client` is all that is needed.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

NAMES = ("firefox", "firefox-esr")


class Firefox:
    """A Firefox without a window, and the page that is open in it."""

    def __init__(self, folder: str) -> None:
        import websocket

        program = next(filter(None, map(shutil.which, [os.environ.get("FIREFOX", ""), *NAMES])))
        self.process = subprocess.Popen(
            [program, "--headless", "--remote-debugging-port=0", "--profile", folder],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        address = next(
            found[0]
            for line in self.process.stderr
            if (found := re.search(r"ws://[\d.:]+", line)) is not None
        )
        self.line = websocket.create_connection(f"{address}/session", suppress_origin=True)
        self.count = itertools.count()
        self.call("session.new", {"capabilities": {}})
        self.page = self.call("browsingContext.getTree", {})["contexts"][0]["context"]

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """Send a command and wait for its answer."""
        number = next(self.count)
        self.line.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.line.recv())
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def open(self, path: Path) -> None:
        size = {"width": 1280, "height": 720}
        self.call("browsingContext.setViewport", {"context": self.page, "viewport": size})
        where = {"context": self.page, "url": path.absolute().as_uri(), "wait": "complete"}
        self.call("browsingContext.navigate", where)

    def ask(self, code: str) -> str:
        """What a JavaScript expression gives, as text."""
        params = {
            "expression": f"String({code})",
            "target": {"context": self.page},
            "awaitPromise": True,
        }
        return str(self.call("script.evaluate", params)["result"]["value"])

    def press(self, *keys: str) -> None:
        pressed = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keys", "actions": pressed}]
        self.call("input.performActions", {"context": self.page, "actions": actions})

    def picture(self, path: str) -> None:
        shot = self.call("browsingContext.captureScreenshot", {"context": self.page})
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def main(path: Path) -> int:
    """Open the file, press keys, and print what is shown; 1 where it is not what it should be."""
    right = "\ue014"
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        firefox = Firefox(folder)
        started = time.perf_counter()
        firefox.open(path)
        while firefox.ask("document.querySelector('#replay[aria-busy]') === null") != "true":
            time.sleep(0.02)
        print(f"shown after {time.perf_counter() - started:.2f} s")
        for what, keys, pause, selector in (
            ("three months on", [right] * 3, 0.2, ".date"),
            ("played for three seconds", [" "], 3, ".date"),
            ("paused; another future", [" ", "a"], 1, ".which"),
            ("the network", ["n"], 1, '.tools [aria-pressed="true"]'),
            ("the chance map", ["c"], 1, '.tools [aria-pressed="true"]'),
            ("what brought members", ["o"], 1, '.charted [aria-pressed="true"]'),
        ):
            text = f"document.querySelector('{selector}').textContent"
            before = firefox.ask(text)
            firefox.press(*keys)
            time.sleep(pause)
            after = firefox.ask(text)
            wrong += before == after
            print(f"{what}: {before} -> {after}")
        firefox.press("p")
        time.sleep(2)
        contexts = firefox.call("browsingContext.getTree", {})["contexts"]
        stage, firefox.page = firefox.page, contexts[-1]["context"]
        notes = firefox.ask("document.querySelector('h1').textContent")
        print(f"windows: {len(contexts)}; the presenter's begins with {notes!r}")
        wrong += len(contexts) != 2 or "Waiting" in notes
        firefox.page = stage
        firefox.picture("firefox.png")
        print("firefox.png shows what was on the screen.")
        firefox.close()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
