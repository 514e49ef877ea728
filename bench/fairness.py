"""A whole circuit search, and what a light request waits beside heavy ones."""
import json
import threading

import load
from common import JSON, Results, ids
from services import Failed, Services, post, timed
from sweeps import METRIC, Sweep

LIGHT = {"model": "tiny", "input": ids(20)}
LIGHT_SECONDS, LIGHT_LIMIT = 10, 30  # a request that is not answered by then counts as that long
CIRCUIT = {"model": "small", "clean": ids(20), "corrupted": ids(20, 5), "metric": METRIC}


def keep_busy(port, path, body):
    """Sends the heavy request again and again, until the service is stopped."""

    def send():
        try:
            while True:
                post(port, path, body, timeout=3600)
        except (Failed, OSError):
            pass

    threading.Thread(target=send, daemon=True).start()


def light(port):
    """Latencies in ms of one client with a light request."""
    result = load.run([port], load.request("/attention", json.dumps(LIGHT).encode(), JSON), 1, LIGHT_SECONDS, 1, LIGHT_LIMIT)
    if result["bad"]:
        raise Failed(f"a light request was answered {set(result['bad'])}")
    return [1000 * x for x in result["latencies"]] + [1000.0 * LIGHT_LIMIT] * result["unanswered"]


def circuit(bench, results, limit):
    with Services(bench) as services:
        port = services.headlight()
        post(port, "/attention", {"model": "small", "input": ids(20)})
        flops = json.loads(post(port, "/circuits", {**CIRCUIT, "dry_run": True}))["flops"]
        name, about = "/circuits, GPT-2-small size, 20 tokens", f"dry run: {flops / 1e9:.0f} GFLOP"
        try:
            seconds, answer = timed(lambda: json.loads(post(port, "/circuits", CIRCUIT, timeout=limit)))
            results.figure(name, "s", [seconds], None, f"{about}; {len(answer['edges']):,} of {answer['edge_count']:,} edges")
        except OSError:  # a time-out of the client
            results.figure(name, "s", [limit], None, f"{about}; **not finished** in the time that this command gives it")
        except Failed as e:
            results.note(f"{name} ({about}) was refused: {e}")


def beside(bench, results, name, heavy):
    with Services(bench) as services:
        port = services.headlight()
        for model in ("tiny", "small"):
            post(port, "/attention", {"model": model, "input": ids(20)})
        load.run([port], load.request("/attention", json.dumps(LIGHT).encode(), JSON), 2, 1, int(1000 * bench.warm))
        for path, body in heavy:
            keep_busy(port, path, body)
        threading.Event().wait(1)
        latencies = light(port)
        detail = f"p50 {load.quantile(latencies, 0.5):.1f}, p99 {load.quantile(latencies, 0.99):.1f}, longest {max(latencies):.1f} ms; {len(latencies)} requests"
        results.figure(f"light request {name}", "ms", [load.quantile(latencies, 0.5), load.quantile(latencies, 0.99)], None, detail)


def measure(bench, budget, rounds):
    results = Results()
    sweep = ("/patching", Sweep("resid_post", 20).body())
    beside(bench, results, "alone", [])
    beside(bench, results, "beside a running /circuits", [("/circuits", CIRCUIT)])
    beside(bench, results, "beside two running /patching sweeps", [sweep, sweep])
    circuit(bench, results, max(30, budget.left()))
    return results
