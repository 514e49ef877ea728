"""Start to ready, peak memory of a service that serves the small model, and memory of loading."""
import json
import os

import load
import models
from common import JSON, Results, ids, memory, reset_peak
from services import SAFETENSORS, Services, post, timed

READY_AIM = 4.0  # seconds
PEAK_FACTOR, PEAK_MIB = 1.15, 650
PAIRS = [(a, b) for b in ("float32", "float16") for a in ("float32", "float16", "bfloat16")]


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


def loading(bench, results, budget):
    """
    Memory beyond that of the ready service, while one request loads the model and computes all logits.

    Every pair of file and computing dtype has a service of its own; every weight is touched.
    """
    folder = f"{bench.folder}/dtypes"
    count = models.dtypes(f"{bench.models}/small", folder)
    for number, (stored, computed) in enumerate(PAIRS):
        if number and budget.left() < 0:
            results.note(f"The time for this section was over before the pair {stored}, {computed} and those after it.")
            return
        with Services(bench) as services:
            port = services.headlight(f"--headlight.dtype={computed}", "--headlight.map-weights=always", models=folder)
            pid = services.children[-1].pid
            before = memory(pid)
            reset_peak(pid)
            answer = json.loads(post(port, "/activations", {"model": stored, "input": [1, 2, 3, 4], "hooks": ["logits"], "positions": [-1]}))
            assert answer["provenance"]["dtype"] == computed
            after = memory(pid)
        weights = count * (4 if computed == "float32" else 2) / 2**20
        above = after["VmHWM"] - before["VmRSS"]
        stays = f"{after['RssAnon'] - before['RssAnon']:.0f} MiB stay in memory, {after['RssFile'] - before['RssFile']:.0f} MiB mapped"
        results.figure(f"loading a {stored} file, computing in {computed}: peak above the ready service", "MiB", [above], None, f"{above / weights:.2f} of {weights:.0f} MiB of weights; {stays}")


def measure(bench, budget, rounds):
    results = Results()
    ready(bench, results, rounds)
    peak(bench, results)
    loading(bench, results, budget)
    return results
