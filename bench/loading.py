"""Memory of loading a model, for every pair of file and computing dtype; each pair has a service of its own."""
import json

import models
from common import Results, memory, reset_peak
from services import Services, post

PAIRS = [(a, b) for b in ("float32", "float16") for a in ("float32", "float16", "bfloat16")]


def measure(bench, budget, rounds):
    """Beyond the ready service, while one request loads the model and computes all logits, so that it touches every weight."""
    results = Results()
    folder = f"{bench.folder}/dtypes"
    count = models.dtypes(f"{bench.models}/small", folder)
    for number, (stored, computed) in enumerate(PAIRS):
        if number and budget.left() < 0:
            results.note(f"The time for this section was over before the pair {stored}, {computed} and those after it.")
            break
        pair(folder, stored, computed, count, bench, results)
    return results


def pair(folder, stored, computed, count, bench, results):
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
    results.figure(f"{stored} file, computing in {computed}", "MiB", [above], None, f"{above / weights:.2f} of {weights:.0f} MiB of weights; {stays}")
