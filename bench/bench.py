"""Measures perigee beside its peers and writes README.md's tables: see scripts/bench."""

import argparse
import importlib
import resource
import time

import report
from measure import Settings

# Each is a module with measure(settings) -> (table, bars), and a pair of markers in README.md.
SECTIONS = ["streams", "accuracy", "keep_alive", "tls", "memory", "growth", "starts", "tags", "start_up",
            "idle", "json_text"]


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section",
                        help=f"of {', '.join(SECTIONS)}; default all")
    parser.add_argument("--quick", action="store_true", help="one round, short windows")
    parser.add_argument("--rounds", type=int, help="how often the peers take turns (3)")
    parser.add_argument("--dry", action="store_true", help="print the tables, leave README.md alone")
    parser.add_argument("--lock", metavar="FILE",
                        help="hold this lock (flock) while something is measured")
    arguments = parser.parse_args()
    for name in arguments.sections:
        if name not in SECTIONS:
            parser.error(f"no section is called {name!r}; there are {', '.join(SECTIONS)}")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    settings = Settings(arguments.quick, arguments.rounds, arguments.lock)
    for name in arguments.sections or SECTIONS:
        began = time.monotonic()
        print(f"== {name}", flush=True)
        content, bars = importlib.import_module(name).measure(settings)
        print(content)
        for bar in bars:
            print(" | ".join(bar.cells))
        if not arguments.dry:
            report.write(name, content, bars, settings)
        print(f"   took {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
