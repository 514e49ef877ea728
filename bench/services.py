"""Starts Headlight, the peers and the workers as children with logs, and stops exactly these."""
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
READY_SECONDS = 180
GIVEN = set()


class Failed(Exception):
    """A program did not start, or refused a request. The message says why."""


def free_port():
    """A port that is free and was not given out before: a child binds it only seconds later."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in GIVEN:
            GIVEN.add(port)
            return port


def post(port, path, body, accept="application/json", timeout=600):
    """The bytes of an answer."""
    headers = {"Content-Type": "application/json", "Accept": accept}
    try:
        with OPENER.open(urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), headers), timeout=timeout) as reply:
            return reply.read()
    except urllib.error.HTTPError as e:
        raise Failed(f"{path}: {e.code} {e.read()[:300].decode(errors='replace')}") from e


def get(port, path):
    return OPENER.open(f"http://127.0.0.1:{port}{path}", timeout=30).read()


def timed(call):
    """Seconds and result of a call."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


class Services:
    """Children of one section; leaving the context stops them."""

    def __init__(self, bench):
        self.bench, self.children, self.starting = bench, [], []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children.clear()

    def headlight(self, *settings, models=None, java=()):
        """The service on its defaults; returns its port. Its process is children[-1]. `java`: in place of `-jar` and the jar."""
        port = free_port()
        self.start("headlight", ["java", *(java or ("-jar", self.bench.jar)), f"--server.port={port}", f"--headlight.models-dir={models or self.bench.models}", *settings])
        self.starting.append((port, "/actuator/health/readiness", self.children[-1], self.log))
        self.ready()
        return port

    def peer(self, kind, threads=None):
        """A server of peer_server.py, up after ready(); PyTorch's own number of threads if none is given."""
        port = free_port()
        extra = {"MODELS": self.bench.models, "PEER": kind, **({"THREADS": str(threads)} if threads else {})}
        command = [sys.executable, "-m", "uvicorn", "peer_server:app", "--port", str(port), "--log-level", "warning", "--app-dir", HERE]
        self.start(kind, command, extra)
        self.starting.append((port, "/docs", self.children[-1], self.log))
        return port

    def interp_engine(self, model):
        """interp-engine's own server, up after ready()."""
        port = free_port()
        self.start(f"interp-engine-{model}", [sys.executable, "-m", "interp_engine.server", "--model", f"{self.bench.models}/{model}", "--device", "cpu", "--dtype", "float32", "--port", str(port), "--log-level", "warning"])
        self.starting.append((port, "/health", self.children[-1], self.log))
        return port

    def worker(self, kind, python=sys.executable):
        return Worker(self.start(kind, [python, f"{HERE}/worker.py", kind, self.bench.models], pipe=True), self.log)

    def java_worker(self, source, *arguments):
        """A Java program in one file, with the classes and libraries of the jar."""
        classes = f"{self.bench.unpacked}/BOOT-INF"
        command = ["java", "-cp", f"{classes}/classes:{classes}/lib/*", source, *arguments]
        return Worker(self.start(os.path.basename(source), command, pipe=True), self.log)

    def start(self, name, command, extra=None, pipe=False):
        self.log = f"{self.bench.folder}/logs/{name}.log"
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "WANDB_MODE": "disabled", **(extra or {})}
        with open(self.log, "w") as log:
            pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True) if pipe else dict(stdout=log, stderr=log)
            self.children.append(subprocess.Popen(command, env=environment, **pipes))
        return self.children[-1]

    def ready(self):
        """Waits for all that were started together."""
        while self.starting:
            wait(*self.starting.pop(0))


def wait(port, path, child, log):
    start, name = time.time(), os.path.basename(log)
    while time.time() - start < READY_SECONDS:
        if child.poll() is not None:
            raise Failed(f"{name}: ended with {child.returncode}: {tail(log)}")
        try:
            get(port, path)
            return
        except urllib.error.HTTPError as e:  # interp-engine answers 503 until its model is loaded, and says if that failed
            answer = e.read().decode(errors="replace")
            if '"failed"' in answer:
                raise Failed(f"{name}: {answer}") from e
        except OSError:
            pass
        time.sleep(0.02)
    raise Failed(f"{name}: not ready after {READY_SECONDS} s: {tail(log)}")


class Worker:
    """A child that answers one JSON line for each JSON line: what is measured without HTTP."""

    def __init__(self, child, log):
        self.child, self.log = child, log

    def __call__(self, do, **arguments):
        print(json.dumps({"do": do, **arguments}), file=self.child.stdin, flush=True)
        line = self.child.stdout.readline()
        if not line:
            raise Failed(f"{os.path.basename(self.log)}: {tail(self.log)}")
        return json.loads(line)


def tail(log):
    with open(log, errors="replace") as f:
        return " / ".join(line.strip() for line in f.read()[-2000:].splitlines()[-4:])
