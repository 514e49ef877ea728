"""The clients of the soak: those that behave, and those that hang up, drip their request, or stop reading."""
import base64
import http.client
import json
import math
import random
import socket
import threading
import time
from array import array
from collections import Counter

import soak_requests

FINE = {503, 504}  # of the statuses from 500 on
TIMEOUT = 120
LONG = [i % 400 + 1 for i in range(128)]
DIFFERENCE = 5e-5  # from PyTorch, of values above 1 relative


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


class Client:
    """One connection that is kept alive; opened again when the service has closed it."""

    def __init__(self, port):
        self.port, self.socket = port, None

    def ask(self, request):
        fresh = self.socket is None
        try:
            return self.once(request)
        except (ConnectionError, http.client.BadStatusLine):
            if fresh:
                raise
            self.close()
            return self.once(request)  # the service had closed the idle connection

    def once(self, request):
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.sendall(request.raw())
        except ConnectionError:
            pass  # refused before it was read whole: the answer is there
        reply = http.client.HTTPResponse(self.socket, method=request.method)
        reply.begin()
        answer = Answer(reply.status, reply.headers, reply.read())
        if reply.will_close:
            self.close()
        return answer

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def hang_up(rng, port, request):
    """Closes in the middle of the request, or soon after it."""
    raw = request.raw()
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as s:
        if rng.random() < 0.5:
            s.sendall(raw[: rng.randrange(len(raw))])
        else:
            s.sendall(raw)
            time.sleep(rng.random() * 0.05)


def drip(rng, port, request):
    """Sends the last bytes one by one, and reads the answer if it comes."""
    raw = request.raw()
    slow = min(len(raw), 20)
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as s:
        s.sendall(raw[:-slow])
        for at in range(len(raw) - slow, len(raw)):
            time.sleep(0.1)
            s.sendall(raw[at : at + 1])
        s.recv(1 << 16)


def stop_reading(rng, port, request):
    """Asks for a large answer over a small window and never reads it."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(("127.0.0.1", port))
        s.sendall(soak_requests.post("/attention", {"input": [LONG] * 8}).raw())
        time.sleep(1 + rng.random())


RUDE = (hang_up, drip, stop_reading)


class Soak:
    """Counts and faults of all clients."""

    def __init__(self, port, mix, alone, count, clients, seed):
        self.port, self.mix, self.alone, self.left, self.clients, self.seed = port, mix, alone, count, clients, seed
        self.lock, self.statuses, self.rude, self.compared, self.faults = threading.Lock(), Counter(), Counter(), Counter(), []

    def run(self):
        threads = [threading.Thread(target=self.client, args=(random.Random(f"{self.seed}/{i}"),)) for i in range(self.clients)]
        for t in threads:
            t.start()
        return threads

    def take(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0 and len(self.faults) < 20

    def client(self, rng):
        client = Client(self.port)
        while self.take():
            request = self.mix.draw(rng)
            if rng.random() < 0.02:
                self.misbehave(rng, request)
                continue
            try:
                self.check(request, client.ask(request))
            except (OSError, http.client.HTTPException) as e:
                client.close()
                self.fault(request, f"no answer: {type(e).__name__} {e}")
        client.close()

    def misbehave(self, rng, request):
        act = rng.choices(RUDE, (8, 1, 1))[0]
        self.rude[act.__name__] += 1
        try:
            act(rng, self.port, request)
        except OSError:
            pass  # the service may close such a connection at any time

    def fault(self, request, why):
        with self.lock:
            self.faults.append(f"{request.method} {request.path} {request.body[:300]!r}: {why[:300]}")

    def check(self, request, answer):
        with self.lock:
            self.statuses[answer.status] += 1
        if answer.status >= 500 and answer.status not in FINE:
            self.fault(request, f"{answer.status} {answer.body[:300]!r}")
        elif answer.status >= 400 and request.method != "HEAD":
            self.check_problem(request, answer)
        elif answer.status == 200 and request.reference is not None:
            self.check_reference(request, answer)
        elif answer.status == 200 and request.example in self.alone:
            with self.lock:
                self.compared["with the answer alone"] += 1
            where = unlike(self.alone[request.example], values(json.loads(answer.body)))
            if where:
                self.fault(request, f"differs from the answer alone at {where}")
        if answer.status == 429:
            time.sleep(min(0.5, float(answer.headers.get("Retry-After", "missing"))))

    def check_problem(self, request, answer):
        kind = answer.headers.get("Content-Type", "")
        if not kind.startswith("application/problem+json"):
            self.fault(request, f"{answer.status} with {kind!r}: {answer.body[:200]!r}")
        elif not answer.headers.get("X-Request-Id"):
            self.fault(request, f"{answer.status} without a request id")
        elif json.loads(answer.body)["status"] != answer.status:
            self.fault(request, f"{answer.status}, and its document says {answer.body[:200]!r}")

    def check_reference(self, request, answer):
        with self.lock:
            self.compared["with PyTorch's values"] += 1
        got = soak_requests.safetensors(answer.body)
        for name, right in request.reference.items():
            gap = largest_gap(got.get(name, ()), right)
            if not gap < DIFFERENCE:
                self.fault(request, f"{name} differs from PyTorch's by {gap}")


def largest_gap(a, b):
    """The largest difference of values, relative to those above 1. Masked scores are minus infinity, or PyTorch's least float."""
    if len(a) != len(b):
        return math.inf
    return max((gap(x, y) for x, y in zip(a, b)), default=0)


def gap(x, y):
    if x == y or max(x, y) < -1e30:
        return 0
    apart = abs(x - y) / max(1, abs(y))
    return apart if math.isfinite(apart) else math.inf


def values(answer):
    """An answer of JSON, its base64 tensors as lists."""
    if isinstance(answer, dict):
        if isinstance(answer.get("data"), str) and answer.get("dtype") == "float32":
            return {**answer, "data": list(array("f", base64.b64decode(answer["data"])))}
        return {k: values(v) for k, v in answer.items()}
    return [values(v) for v in answer] if isinstance(answer, list) else answer


def unlike(a, b, path=""):
    """Where two answers differ by more than rounding; empty if nowhere. `provenance` may gain the hash of the weights."""
    if isinstance(a, dict) and isinstance(b, dict):
        if a.keys() != b.keys():
            return path or "."
        return next((w for k in a if k != "provenance" and (w := unlike(a[k], b[k], f"{path}.{k}"))), "")
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return path
        return next((w for i, (x, y) in enumerate(zip(a, b)) if (w := unlike(x, y, f"{path}[{i}]"))), "")
    if isinstance(a, float) or isinstance(b, float):
        near = isinstance(a, (int, float)) and isinstance(b, (int, float)) and math.isclose(a, b, rel_tol=1e-3, abs_tol=2e-4)
        return "" if near else f"{path}: {a} and {b}"
    return "" if a == b else f"{path}: {a!r:.60} and {b!r:.60}"
