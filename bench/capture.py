"""Every hook point of one forward pass, in process: no HTTP and no copy to a wire format on either side."""
import json
import os

from common import SAFETENSORS, Results, difference, ids, read_tensors
from services import HERE, Services, get, post

AIMS = {20: 3, 128: 2, 512: 2}  # against TransformerLens 3.9
JAVA = f"{HERE}/../src/test/java/dev/headlight/bench/CaptureInProcess.java"
WARM = 40  # passes of Headlight, for the JIT compiler
RELATIVE_BOUND = 1e-4  # of the largest value of a hook point
LABELS = {"transformer_lens_3": "TransformerLens 3.9", "transformer_lens_4": "TransformerLens 4.3", "transformers": "Transformers"}


def workers(bench, services):
    found = {"Headlight": services.java_worker(JAVA, f"{bench.models}/small", str(os.cpu_count()))}
    for kind, label in LABELS.items():
        found[label] = services.worker(kind, *([bench.python4] if kind == "transformer_lens_4" else []))
    return found


def check(bench, services, found, results):
    """The values that POST /activations answers against each cache, for every hook point that both name alike."""
    port = services.headlight()
    post(port, "/attention", {"model": "small", "input": ids(4)})  # a model lists its hook points once it is loaded
    hooks = [h["name"] for h in json.loads(get(port, "/models/small"))["hook_points"]]
    ours = read_tensors(post(port, "/activations", {"model": "small", "input": ids(20), "hooks": hooks}, SAFETENSORS))
    for label in ("TransformerLens 3.9", "TransformerLens 4.3"):
        path = f"{bench.folder}/cache.safetensors"
        found[label]("capture", ids=ids(20), keep=path)
        with open(path, "rb") as f:
            theirs = read_tensors(f.read())
        os.remove(path)
        shared, worst = 0, 0
        for name, value in ours.items():
            value_there = theirs.get(name.partition(".")[2])  # our names begin with the index of the input
            if value_there is not None and value_there.size == value.size:
                shared += 1
                scale = max(1.0, abs(value[abs(value) < 1e30]).max())
                worst = max(worst, difference(value, value_there.reshape(value.shape)) / scale)
        results.check(f"{shared} hook points of {len(ours)} with the same name and size, relative to the largest value", label, worst if shared > 50 else float("inf"), RELATIVE_BOUND)


def measure(bench, budget, rounds):
    results = Results()
    with Services(bench) as services:
        found = workers(bench, services)
        with Services(bench) as service:
            check(bench, service, found, results)
        for tokens, share in ((20, 0.25), (128, 0.4), (512, 1)):
            for name, worker in found.items():
                for _ in range(max(2, int(WARM * bench.warm)) if name == "Headlight" and tokens == 20 else 2):
                    worker("capture", ids=ids(tokens))
            got = {name: [] for name in found}
            for number in budget.rounds(3 * rounds, share):
                for name in found if number % 2 == 0 else reversed(found):
                    got[name].append(found[name]("capture", ids=ids(tokens)))
            add(results, tokens, got)
    return results


def add(results, tokens, got):
    seconds = {name: [1000 * g["seconds"] for g in runs] for name, runs in got.items()}
    sizes = "; ".join(f"{name} {runs[0]['tensors']} tensors, {runs[0]['bytes'] / 2**20:.0f} MiB" for name, runs in got.items())
    results.comparison(f"all hook points, GPT-2-small size, {tokens} tokens", "ms", seconds.pop("Headlight"), seconds, {"TransformerLens 3.9": AIMS[tokens]})
    results.note(f"{tokens} tokens: {sizes}.")
