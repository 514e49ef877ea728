"""Ten times as many requests a second as the service can answer: what the accepted and the refused ones wait."""
import asyncio
import json
import threading
import time

import load
import soak_requests

HEAVY = {"input": [[i % 400 + 1 for i in range(128)]] * 4}
TIMES = 10


class Liveness:
    """Asks for the liveness, each time on a new connection, until it is closed. Latencies in seconds."""

    def __init__(self, port):
        self.port, self.latencies, self.failures, self.open = port, [], 0, True
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.open = False
        self.thread.join()

    def run(self):
        raw = soak_requests.Request("GET", "/actuator/health/liveness").raw()
        while self.open:
            start = time.perf_counter()
            try:
                connection = load.Connection(self.port)
                connection.socket.settimeout(10)
                connection.socket.sendall(raw)
                fine = b" 200 " in connection.socket.recv(1 << 12)
                connection.close()
            except OSError:
                fine = False
            self.latencies.append(time.perf_counter() - start)
            self.failures += not fine
            time.sleep(0.05)


async def one(port, raw, results):
    """One request on a connection of its own, as each arrives from another client."""
    start = time.perf_counter()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        head = await reader.readuntil(b"\r\n\r\n")
        while await reader.read(1 << 18):
            pass
        writer.close()
        results.append((int(head.split(b" ", 2)[1]), time.perf_counter() - start))
    except (OSError, asyncio.IncompleteReadError):
        results.append((0, time.perf_counter() - start))


async def arrivals(port, rate, seconds):
    """Sends requests at a rate, whatever happens to those before; (status, seconds) of each, status 0 for none."""
    request = soak_requests.post("/attention", HEAVY)
    request.headers["Connection"] = "close"
    raw, results, tasks, start = request.raw(), [], [], time.perf_counter()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0, start + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one(port, raw, results)))
    await asyncio.gather(*tasks)
    return results, time.perf_counter() - start


def measure(port, places, seconds):
    """The full queue alone, then ten times the rate of requests that it answered. `places`: requests that compute or wait."""
    body = json.dumps(HEAVY).encode()
    load.run([port], load.request("/attention", body, soak_requests.JSON), 2, 2, 20)
    full = load.run([port], load.request("/attention", body, soak_requests.JSON), places, seconds, places)
    with Liveness(port) as liveness:
        results, elapsed = asyncio.run(arrivals(port, TIMES * full["rate"], seconds))
    accepted = [s for status, s in results if status == 200]
    refused = [s for status, s in results if status == 429]
    other = sorted({status for status, _ in results} - {200, 429})
    return dict(full=full, accepted=accepted, refused=refused, other=other, elapsed=elapsed, liveness=liveness)


def faults(m):
    """What is not as it should be, in words."""
    found = []
    if m["full"]["bad"] or m["other"]:
        found.append(f"statuses {set(m['full']['bad'])} with a full queue, {m['other']} beyond it (0: no answer)")
    if not m["refused"] or load.quantile(m["refused"], 0.99) > 1:
        found.append("a 429 took more than 1 s")
    if not m["accepted"] or load.quantile(m["accepted"], 0.5) > 1.5 * load.quantile(m["full"]["latencies"], 0.5):
        found.append("accepted requests took 1.5 times as long as with a full queue")
    if m["liveness"].failures or load.quantile(m["liveness"].latencies, 0.99) > 0.1:
        found.append(f"liveness: {m['liveness'].failures} failures, p99 above 100 ms")
    return found


def report(m):
    ms = lambda values, share: f"{1000 * load.quantile(values, share):.0f}" if values else "none"
    full, accepted, refused, live = m["full"]["latencies"], m["accepted"], m["refused"], m["liveness"].latencies
    print(f"full queue: {m['full']['rate']:.1f} requests/s, p50 {ms(full, 0.5)} ms, p99 {ms(full, 0.99)} ms")
    print(f"{TIMES} times as many: {len(accepted) / m['elapsed']:.1f} accepted/s, p50 {ms(accepted, 0.5)} ms, p99 {ms(accepted, 0.99)} ms")
    print(f"refused: {len(refused)}, p50 {ms(refused, 0.5)} ms, p99 {ms(refused, 0.99)} ms, slowest {ms(refused, 1)} ms")
    print(f"liveness: {len(live)} probes, p50 {ms(live, 0.5)} ms, p99 {ms(live, 0.99)} ms, slowest {ms(live, 1)} ms")
