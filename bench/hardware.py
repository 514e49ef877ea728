"""What the machine itself can do, and which share of that the forward pass of the small model reaches, in the same rounds."""
import json
import os
import re
import statistics

from common import SAFETENSORS, Results, ids
from services import Services, get, post

TOKENS = (20, 128, 512)
REQUESTS = {20: 8, 128: 4, 512: 2}
EMBEDDINGS = ("wte", "wpe")  # looked up, not multiplied; /attention needs no unembedding


def body(tokens):
    """One pattern of the last layer: the whole forward pass, and a small answer."""
    return {"model": "small", "input": ids(tokens), "layers": [11], "heads": [0]}


def forwards(port, model="small"):
    """How many forward passes of a model there were, and their seconds."""
    text = get(port, "/actuator/prometheus").decode()
    return [float(re.search(rf'headlight_forward_seconds_{kind}\{{[^}}]*model="{model}"[^}}]*\}} (\S+)', text)[1]) for kind in ("count", "sum")]


def forward(port, tokens):
    """Mean seconds of one forward pass of a lone client."""
    before = forwards(port)
    for _ in range(REQUESTS[tokens]):
        post(port, "/attention", body(tokens), SAFETENSORS)
    after = forwards(port)
    return (after[1] - before[1]) / (after[0] - before[0])


def multiplied_bytes(path):
    """Bytes of the weights that a forward pass reads, from the header of the file."""
    with open(path, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
    return sum(v["data_offsets"][1] - v["data_offsets"][0] for k, v in header.items() if k != "__metadata__" and not any(e in k for e in EMBEDDINGS))


def measure(bench, budget, rounds):
    results, limits, passes = Results(), {}, {t: [] for t in TOKENS}
    with Services(bench) as services:
        port, tools = services.headlight(), services.worker("tools")
        flops = {t: json.loads(post(port, "/attention", {**body(t), "dry_run": True}))["flops"] for t in TOKENS}
        for t in TOKENS:
            for _ in range(max(2, int(10 * bench.warm)) if t == 20 else 2):
                post(port, "/attention", body(t), SAFETENSORS)
        for _ in budget.rounds(rounds):
            for threads in range(1, os.cpu_count() + 1):
                for what, value in tools("machine", threads=threads).items():
                    limits.setdefault((what, threads), []).append(value)
            for t in TOKENS:
                passes[t].append(forward(port, t))
    for (what, threads), values in limits.items():
        unit = what.rpartition(", ")[2]
        results.figure(f"{what.rpartition(', ')[0]}, {threads} thread{'s' * (threads > 1)}", unit, values)
    weights = multiplied_bytes(f"{bench.models}/small/model.safetensors")
    for t in TOKENS:
        shares(results, t, flops[t], weights, passes[t], limits)
    return results


def shares(results, tokens, flops, weights, seconds, limits):
    """The least time of a pass is that of its operations or that of reading its weights, whichever is longer."""

    def best(start):
        return max(statistics.median(v) for (what, _), v in limits.items() if what.startswith(start))

    compute, read = flops / best("matrix product 1024") / 1e9, weights / best("sum") / 1e9
    middle = statistics.median(seconds)
    limit = max(compute, read)
    detail = (
        f"{flops / 1e9:.2f} GFLOP, so {flops / middle / 1e9:.1f} GFLOP/s; the machine's limit is {1000 * limit:.1f} ms "
        f"({'operations' if compute >= read else 'reading the weights'}), of which it reaches **{100 * limit / middle:.0f} %**"
    )
    results.figure(f"forward pass, GPT-2-small size, {tokens} tokens", "ms", [1000 * s for s in seconds], None, detail)
