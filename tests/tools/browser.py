"""A headless Chromium, driven over two pipes by its own protocol: nothing else is needed, and no network.

Start at `Browser`. Its protocol is that of its developer tools: JSON, with a zero byte after each message.
"""

import base64
import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import time

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SECONDS = 60
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
KEYS = {"Enter": 13, "ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35, " ": 32}


class Browser:
    """One page of a browser, and what was said on its console."""

    def __init__(self, profile, size=(1000, 900), offline=True):
        for_browser, self.to = os.pipe()
        self.back, from_browser = os.pipe()

        def connect():  # in the child: it reads what it is told at 3 and answers at 4
            there, here = os.dup2(for_browser, 100), os.dup2(from_browser, 101)
            os.dup2(there, 3)
            os.dup2(here, 4)

        line = [PROGRAM, *FLAGS, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}", "about:blank"]
        self.process = subprocess.Popen(
            line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=connect,
            start_new_session=True,
        )  # fmt: skip
        os.close(for_browser)
        os.close(from_browser)
        self.numbers, self.rest, self.session = itertools.count(1), b"", None
        self.complaints, self.requests, self.frames = [], [], []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Network", "Page"):
            self.ask(f"{domain}.enable")
        self.ask("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
        if offline:
            none = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
            self.ask("Network.emulateNetworkConditions", **none)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.to)
        os.close(self.back)

    def ask(self, method, session=None, **parameters):
        """Return the answer to one command, noting on the way what the page complains of."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session or self.session:
            message["sessionId"] = session or self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + SECONDS
        while True:
            while b"\0" not in self.rest:
                if not select.select([self.back], [], [], max(0.0, end - time.monotonic()))[0]:
                    raise TimeoutError(f"{method}: no answer in {SECONDS} s")
                more = os.read(self.back, 1 << 16)
                if not more:
                    raise EOFError(f"{method}: the browser has gone")
                self.rest += more
            first, self.rest = self.rest.split(b"\0", 1)
            answer = json.loads(first)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.note(answer.get("method"), answer.get("params", {}))

    def note(self, method, event):
        """Keep what matters of an event."""
        if method == "Target.attachedToTarget" and self.session:
            self.frames.append(event["sessionId"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        loud = event.get("type") in ("error", "warning", "assert")
        if method in ("Runtime.exceptionThrown", "Log.entryAdded") or (method == "Runtime.consoleAPICalled" and loud):
            self.complaints.append(event)

    def open(self, url):
        """Load a page and wait until it is complete."""
        self.ask("Page.navigate", url=url)
        end = time.monotonic() + SECONDS
        while self.run("document.readyState") != "complete" or self.run("location.href") == "about:blank":
            assert time.monotonic() < end, f"{url} did not load"
            time.sleep(0.02)

    def run(self, expression, frame=None):
        """Return the value of a JavaScript expression, in the page or in one of `self.frames`."""
        answer = self.ask("Runtime.evaluate", frame, expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")

    def told(self):
        """Return what a screen reader is told of the page as it is now: a role and a name for each thing."""
        nodes = self.ask("Accessibility.getFullAXTree")["nodes"]
        return [(x["role"]["value"], x.get("name", {}).get("value", "")) for x in nodes if not x.get("ignored")]

    def text(self, selector):
        """Return the text of an element."""
        return self.run(f"document.querySelector({json.dumps(selector)}).textContent")

    def click(self, selector):
        """Press and release the mouse over the middle of an element."""
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        x, y = self.run(f"(b => [b.x + b.width / 2, b.y + b.height / 2])({box})")
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key):
        """Press and release a key."""
        code = {"key": key, "windowsVirtualKeyCode": KEYS[key], **({"text": " "} if key == " " else {})}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **code)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=KEYS[key])

    def look(self, width, height, dark=False):
        """Show pages in so many pixels, light or dark."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path, whole=False):
        """Save what the page looks like, or the whole of it, however high."""
        clip = {}
        if whole:
            width, height = self.run("[innerWidth, document.documentElement.scrollHeight]")
            clip = {
                "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
                "captureBeyondViewport": True,
            }
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", **clip)["data"]))
