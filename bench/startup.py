"""Start to ready, and peak memory of a service that serves the small model."""
import json
import os

import load
from common import JSON, SAFETENSORS, Results, ids, memory
from services import Services, timed

READY_AIM = 4.0  # seconds
PEAK_FACTOR, PEAK_MIB = 1.15, 650


def ready(bench, results, rounds):
    seconds = []
    for _ in range(rounds + 1):
        with Services(bench) as services:
            seconds.append(timed(services.headlight)[0])
    results.figure("start to ready, warm", "s", seconds[1:], READY_AIM, "the first of all starts only warms the page cache")


def peak(bench, results):
    """The whole process, from its start on: JSON and safetensors, short and long, alone and eight at once."""
    weights = os.path.getsize(f"{bench.models}/small/model.safetensors") / 2**20
    with Services(bench) as services:
        port = services.headlight()
        for tokens, clients in ((20, 1), (20, 8), (128, 1), (128, 8)):
            for accept in (JSON, SAFETENSORS):
                load.run([port], load.request("/attention", json.dumps({"model": "small", "input": ids(tokens)}).encode(), accept), clients, 1, 2 * clients)
        high = memory(services.children[-1].pid)["VmHWM"]
    most = PEAK_FACTOR * weights + PEAK_MIB
    results.figure("peak memory (VmHWM) after serving GPT-2-small size", "MiB", [high], most, f"weights {weights:.0f} MiB; {high / weights:.2f} of them; aim {PEAK_FACTOR} × weights + {PEAK_MIB} MiB")


def measure(bench, budget, rounds):
    results = Results()
    ready(bench, results, rounds)
    peak(bench, results)
    return results
