"""Reads what --junit wrote, once it is known to be valid."""

import subprocess
import xml.etree.ElementTree as ElementTree

from harness import ROOT

SCHEMA = ROOT / "tests/fixtures/junit/junit.xsd"


class Junit:
    def __init__(self, path):
        command = ["xmllint", "--noout", "--schema", str(SCHEMA), str(path)]
        checked = subprocess.run(command, capture_output=True, text=True)
        if checked.returncode != 0:
            raise AssertionError(f"{checked.stderr}\n{path.read_text(errors='replace')}")
        self.root = ElementTree.parse(path).getroot()
        self.suites = [Suite(element) for element in self.root]
        self._check_sums(self.root, list(self.root))

    def suite(self, ending):
        """The one whose name ends so."""
        return next(suite for suite in self.suites if suite.name.endswith(ending))

    @property
    def problems(self):
        return [problem for suite in self.suites for problem in suite.problems]

    @staticmethod
    def _check_sums(root, suites):
        for number in "tests", "failures", "errors", "skipped":
            expected = sum(int(suite.get(number)) for suite in suites)
            if int(root.get(number)) != expected:
                raise AssertionError(f"{number}: {root.get(number)}, but {expected} in the suites")


class Suite:
    def __init__(self, element):
        self.name = element.get("name")
        self.properties = {p.get("name"): p.get("value") for p in element.iter("property")}
        self.cases = {}
        for case in element.iter("testcase"):
            if case.get("name") in self.cases:
                raise AssertionError(f"{case.get('name')!r} is there twice")
            self.cases[case.get("name")] = case
        counted = {
            "tests": len(self.cases),
            "failures": len(element.findall("testcase/failure")),
            "errors": len(element.findall("testcase/error")),
            "skipped": len(element.findall("testcase/skipped")),
        }
        told = {name: int(element.get(name)) for name in counted}
        if told != counted:
            raise AssertionError(f"{told}, but there are {counted}")
        self.output = element.findtext("system-out") or ""

    @property
    def problems(self):
        """(testcase, "failure" or "error", type, message)"""
        return [
            (name, child.tag, child.get("type"), child.get("message"))
            for name, case in self.cases.items()
            for child in case
            if child.tag in ("failure", "error")
        ]

    def failures_by_kind(self, metric="llm_requests"):
        start = f"{metric}.failed."
        return {
            name.removeprefix(start): int(value)
            for name, value in self.properties.items()
            if name.startswith(start)
        }
