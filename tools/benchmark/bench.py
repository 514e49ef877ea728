"""Times POST /attention of Headlight and of peer_server.py in turn, with the same client, inputs and moment.

    python bench.py --headlight http://127.0.0.1:8080 --peer http://127.0.0.1:8001 --model micro --tokens 20 --clients 1 8
"""
import argparse
import json
import statistics
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(url, body, accept):
    request = urllib.request.Request(url + "/attention", body, {"Content-Type": "application/json", "Accept": accept})
    start = time.perf_counter()
    with OPENER.open(request) as reply:
        size = len(reply.read())
    return time.perf_counter() - start, size


def burst(url, body, accept, clients, requests):
    """requests a second, and the median and 95th percentile of one request in ms."""
    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        times = sorted(t for t, _ in pool.map(lambda _: post(url, body, accept), range(requests)))
    return requests / (time.perf_counter() - start), 1000 * statistics.median(times), 1000 * times[int(0.95 * len(times))]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--headlight", required=True)
    p.add_argument("--peer", required=True)
    p.add_argument("--model", required=True)
    p.add_argument("--tokens", type=int, default=20)
    p.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    p.add_argument("--requests", type=int, default=200)
    p.add_argument("--rounds", type=int, default=5)
    o = p.parse_args()
    body = json.dumps({"model": o.model, "input": [(i * 37) % 1000 + 1 for i in range(o.tokens)]}).encode()
    forms = [("JSON", "application/json", "application/json"), ("binary", "application/vnd.safetensors", "application/octet-stream")]
    print("| form | clients | Headlight requests/s | peer requests/s | ratio | Headlight median, p95 (ms) | peer median, p95 (ms) |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, ours, theirs in forms:
        for clients in o.clients:
            a, b = [], []
            for i in range(o.rounds + 1):  # the first round warms up
                a.append(burst(o.headlight, body, ours, clients, o.requests))
                b.append(burst(o.peer, body, theirs, clients, o.requests))
            a, b = ([statistics.median(x) for x in zip(*rows[1:])] for rows in (a, b))
            print(f"| {name} | {clients} | {a[0]:.0f} | {b[0]:.0f} | {a[0] / b[0]:.1f} | {a[1]:.1f}, {a[2]:.1f} | {b[1]:.1f}, {b[2]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
