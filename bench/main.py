"""Measures Headlight beside its peers and writes docs/benchmarks.md. `bench/run` installs the peers and starts this.

A section that fails is reported with its reason, and the command ends with 1; so it does if numbers differ.
"""
import argparse
import dataclasses
import datetime
import glob
import hashlib
import importlib
import importlib.metadata
import json
import os
import platform
import signal
import subprocess
import sys
import time
import traceback
import zipfile

import report
from attention import WARM_REQUESTS
from common import Budget, save
from services import HERE
from sweeps import SAMPLE

ROOT = os.path.dirname(HERE)
SECONDS = {  # of each section, from 25 minutes less installing; what one leaves over the others get
    "hardware": 60, "operations": 25, "startup": 75, "loading": 60, "pictures": 45, "inputs": 30, "capture": 100, "attention": 460, "sweeps": 330, "fairness": 170,
}
PACKAGES = ("torch", "transformers", "transformer-lens", "interp-engine", "fastapi", "uvicorn", "orjson", "numpy", "matplotlib")


@dataclasses.dataclass
class Bench:
    """Where everything is. warm scales the warm-up of Headlight, seconds is the length of a burst of requests."""

    jar: str
    folder: str
    models: str
    python4: str
    warm: float
    seconds: float

    @property
    def unpacked(self):
        """A folder with the classes and libraries of the jar."""
        folder = f"{self.folder}/jar"
        stamp, current = f"{folder}/of", f"{os.path.abspath(self.jar)} {os.stat(self.jar).st_mtime_ns}"
        if not os.path.exists(stamp) or open(stamp).read() != current:
            subprocess.run(["rm", "-rf", folder], check=True)
            with zipfile.ZipFile(self.jar) as z:
                z.extractall(folder, [n for n in z.namelist() if n.startswith("BOOT-INF/")])
            with open(stamp, "w") as f:
                f.write(current)
        return folder


def arguments():
    p = argparse.ArgumentParser(prog="bench/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--jar", help="the service; by default the one in target/, which is built if there is none")
    p.add_argument("--only", action="append", choices=SECONDS, help="measure this section alone; may be repeated. Writes target/bench/benchmarks.md")
    p.add_argument("--rounds", type=int, default=5, help="most rounds of a case; fewer where the time does not suffice")
    p.add_argument("--minutes", type=float, default=25, help="time for everything, installing included")
    p.add_argument("--seconds", type=float, default=1.0, help="length of one burst of requests")
    p.add_argument("--warm", type=float, default=1.0, help="scales how many requests warm Headlight up; below 1 only to try the command out")
    p.add_argument("--out", help="the page to write; by default docs/benchmarks.md if all sections run")
    return p.parse_args()


def jar(given):
    if given:
        return given
    found = glob.glob(f"{ROOT}/target/headlight-*.jar")
    if not found:
        subprocess.run([f"{ROOT}/mvnw", "-B", "-ntp", "-q", "-f", ROOT, "-DskipTests", "package"], check=True)
        found = glob.glob(f"{ROOT}/target/headlight-*.jar")
    return found[0]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    return (done.stdout or done.stderr).strip()


def facts(bench):
    with open("/proc/cpuinfo") as f:
        cpu = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo") as f:
        memory = int(f.readline().split()[1]) / 2**20
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in PACKAGES)
    four = run(bench.python4, "-c", "import importlib.metadata as m; print(m.version('transformer-lens'))")
    with open(bench.jar, "rb") as f:
        service = hashlib.file_digest(f, "sha256").hexdigest()
    return {
        "service": f"{os.path.basename(bench.jar)}, SHA-256 {service[:16]}",
        "machine": f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB, Linux {platform.release()}",
        "load before the start": " ".join(f"{x:.2f}" for x in os.getloadavg()) + " (1, 5, 15 minutes)",
        "Java": run("java", "-version").splitlines()[0],
        "peers": f"Python {platform.python_version()}, {versions}; in a second environment transformer-lens {four}",
    }


def measure(bench, names, options, end):
    results = {}
    for i, name in enumerate(names):
        share = SECONDS[name] / sum(SECONDS[n] for n in names[i:])
        seconds = share * max(1, end - time.time())
        print(f"== {name}, {seconds:.0f} s", flush=True)
        start = time.time()
        try:
            results[name] = importlib.import_module(name).measure(bench, Budget(seconds), options.rounds).data()
        except Exception as e:  # the other sections are measured all the same
            results[name] = dict(rows=[], checks=[], notes=[], error=f"{type(e).__name__}: {e}")
            traceback.print_exc()
        results[name]["seconds"] = time.time() - start
        for line in report.table(results[name]["rows"]):
            print(line)
        print(*results[name]["notes"], f"== {name} took {results[name]['seconds']:.0f} s", sep="\n", flush=True)
        save(f"{bench.folder}/results.json", results)
    return results


def verdict(results):
    """0 if every section was measured and every number agrees."""
    bad = [c for data in results.values() for c in data["checks"] if not c["passed"]]
    for data in results.values():
        for c in data["checks"]:
            print(f"{'same' if c['passed'] else 'DIFFERS'}: {c['peer']}: {c['what']}: {c['difference']:.1e} (bound {c['bound']:.0e})")
    failed = [name for name, data in results.items() if data.get("error")]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    if bad:
        print(f"{len(bad)} numbers differ from a peer's", file=sys.stderr)
    return 1 if bad or failed else 0


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leaves the sections, which stop their children
    options = arguments()
    start = float(os.environ.get("BENCH_START", time.time()))
    folder = os.environ["BENCH_FOLDER"]
    bench = Bench(jar(options.jar), folder, f"{folder}/models", f"{folder}/tl4/bin/python", options.warm, options.seconds)
    subprocess.run([sys.executable, f"{HERE}/models.py", bench.models], check=True)
    about = facts(bench)
    names = [n for n in SECONDS if not options.only or n in options.only]
    most = 60 * options.minutes if not options.only else sum(SECONDS[n] for n in names) + time.time() - start
    results = measure(bench, names, options, start + most - 15)
    machine = dict(
        command=" ".join(["bench/run", *sys.argv[1:]]), date=datetime.date.today().isoformat(), minutes=(time.time() - start) / 60,
        commit=run("git", "describe", "--always", "--dirty"), facts=about,
    )
    values = dict(
        warm=", ".join(f"{int(n * options.warm):,} requests of the {m} model" for m, n in WARM_REQUESTS.items()),
        sample=", ".join(f"{n} at {t} tokens" for t, n in SAMPLE.items()),
    )
    out = options.out or (f"{folder}/benchmarks.md" if options.only else f"{ROOT}/docs/benchmarks.md")
    with open(out, "w") as f:
        f.write(report.write(results, machine, values))
    print(f"written: {out}; {machine['minutes']:.1f} minutes")
    raise SystemExit(verdict(results))


if __name__ == "__main__":
    main()
