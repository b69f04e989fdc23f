"""A Prometheus of its own for a test, and promtool.

They are the ones that scripts/test has unpacked under build/prometheus.
"""

import json
import pathlib
import subprocess
import urllib.parse
import urllib.request

from harness import ROOT, wait_until
from nginx import free_port

UNPACKED = ROOT / "build/prometheus/usr/bin"

CONFIG = """
scrape_configs:
  - job_name: perigee
    scrape_interval: 1s
    scrape_timeout: 1s
    static_configs: [{{ targets: ["{target}"] }}]
"""


def check_metrics(text):
    """What promtool has to say about a page of metrics; "" where it is well."""
    command = [str(UNPACKED / "promtool"), "check", "metrics"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30)
    return done.stdout + done.stderr + ("" if done.returncode == 0 else f"exit {done.returncode}")


class Prometheus:
    """Scrapes a target every second, until close()."""

    def __init__(self, folder, target):
        folder = pathlib.Path(folder)
        (folder / "prometheus.yml").write_text(CONFIG.format(target=target))
        address = f"127.0.0.1:{free_port()}"
        self._url = f"http://{address}"
        self._log = folder / "prometheus.log"
        with self._log.open("w") as log:
            self._child = subprocess.Popen(
                [str(UNPACKED / "prometheus"), f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/prometheus", f"--web.listen-address={address}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )

    def _get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"{self._url}{path}?{query}", timeout=10) as answer:
            return json.load(answer)["data"]

    def query(self, text):
        """The result of an instant query: a list of (labels, value)."""
        found = self._get("/api/v1/query", query=text)["result"]
        return [(series["metric"], float(series["value"][1])) for series in found]

    def value(self, text):
        """The one value of a query that has one; 0 where it has none."""
        found = self.query(text)
        return found[0][1] if found else 0.0

    def wait_until_it_has(self, text, timeout=20):
        """Waits until a query has a result that is not 0; returns its value."""

        def find():
            if self._child.poll() is not None:
                raise AssertionError(self._log.read_text())
            try:
                return self.value(text)
            except OSError:  # It does not listen yet, or is not ready.
                return None

        return wait_until(find, timeout, text)

    def close(self):
        self._child.terminate()
        self._child.wait(20)
