"""Chromium, driven through its debugging pipe: no driver and no web sockets."""

import base64
import itertools
import json
import os
import subprocess


class Browser:
    """One page. Whatever it logs, throws or asks the network for is kept."""

    def __init__(self, program, folder):
        to_child, self._send = os.pipe()
        self._receive, from_child = os.pipe()
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        flags += ["--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"]
        # The pipe's ends are the descriptors 3 and 4 there.
        shell = f'exec "$0" "$@" 3<&{to_child} 4>&{from_child}'
        self._child = subprocess.Popen(
            ["bash", "-c", shell, program, *flags],
            pass_fds=(to_child, from_child),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_child)
        os.close(from_child)
        self._numbers = itertools.count(1)
        self._unread = b""
        self._session = None
        self.complaints = []
        self.requested = []
        self._loaded = False
        targets = self._call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        attached = self._call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def close(self):
        self._child.kill()
        self._child.wait()
        os.close(self._send)
        os.close(self._receive)

    def open(self, url, width, height=900, dark=False):
        """Loads it anew; returns when it has run its scripts."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", media="", features=[theme])
        self._go("about:blank")  # Else a new #fragment alone would load nothing.
        self.complaints, self.requested = [], []
        self._go(url)

    def value(self, expression):
        """What a JavaScript expression yields; a promise is waited for."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def pdf(self):
        """The page as it would be printed; its scripts are told of it, before and after."""
        return base64.b64decode(self._call("Page.printToPDF", printBackground=True)["data"])

    def show_as_print(self, width):
        """Lays the page out by its style for paper, still on a screen and by a dark system's wish."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        theme = {"name": "prefers-color-scheme", "value": "dark"}
        self._call("Emulation.setEmulatedMedia", media="print", features=[theme])

    def screenshot(self, path):
        """The whole page as a PNG."""
        shot = self._call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _go(self, url):
        self._loaded = False
        self._call("Page.navigate", url=url)
        while not self._loaded:
            self._read()

    def _call(self, method, **parameters):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def _read(self):
        while b"\0" not in self._unread:
            more = os.read(self._receive, 1 << 20)
            if not more:
                raise AssertionError("Chromium ended")
            self._unread += more
        text, self._unread = self._unread.split(b"\0", 1)
        message = json.loads(text)
        parameters = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.exceptionThrown":
                self.complaints.append(parameters["exceptionDetails"])
            case "Runtime.consoleAPICalled":
                self.complaints.append(parameters["args"])
            case "Log.entryAdded":
                self.complaints.append(parameters["entry"])
            case "Network.requestWillBeSent":
                self.requested.append(parameters["request"]["url"])
        return message
