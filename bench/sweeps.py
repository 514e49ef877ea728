"""Sweeps, attribution patching and head scores of the small model: POST requests against loops in process, in turn."""
import json
import random

from common import HEADS, LAYERS, Results, difference, ids
from services import Services, post, timed

METRIC = {"type": "logit_difference", "answer": 3, "foil": 4}
AIMS = {("resid_post", 20): 20, ("resid_post", 128): 8}
SAMPLE = {20: 24, 128: 6}  # cells of a peer's loop in one round; its time is scaled up to all cells
GRID_BOUND = 1e-3  # of a logit difference
RELATIVE_BOUND = 1e-3  # of the largest estimate of attribution patching
HEAD_SEQUENCES, HEAD_LENGTH = 10, 25


class Sweep:
    """One sweep from two inputs of random tokens, layer by position or by head."""

    def __init__(self, hook, tokens):
        source = random.Random(tokens)
        self.hook, self.tokens = hook, tokens
        self.clean, self.corrupted = ([source.randrange(50257) for _ in range(tokens)] for _ in range(2))
        self.over = ["layer", "position" if hook == "resid_post" else "head"]
        width = tokens if hook == "resid_post" else HEADS
        self.cells = [(layer, index) for layer in range(LAYERS) for index in range(width)]

    def body(self):
        return {"model": "small", "clean": self.clean, "corrupted": self.corrupted, "hook": self.hook, "over": self.over, "metric": METRIC}

    def name(self):
        return f"`{self.hook}`, {self.over[0]} × {self.over[1]}, {self.tokens} tokens"

    def loop(self, worker, cells):
        """Seconds that a peer would take for all cells, and its values of some."""
        answer = worker("sweep", clean=self.clean, corrupted=self.corrupted, hook=self.hook, cells=cells)
        return answer["clean"] + answer["cells"] * len(self.cells) / len(cells), answer["grid"]


def patching(port, peers, sweep, budget, rounds, share, results):
    ours, theirs, worst, source = [], {p: [] for p in peers}, {p: 0 for p in peers}, random.Random(1)
    for _ in budget.rounds(rounds, share):
        seconds, answer = timed(lambda: json.loads(post(port, "/patching", sweep.body())))
        ours.append(seconds)
        for name, worker in peers.items():
            cells = source.sample(sweep.cells, SAMPLE[sweep.tokens])
            seconds, grid = sweep.loop(worker, cells)
            theirs[name].append(seconds)
            worst[name] = max(worst[name], difference([answer["grid"]["data"][a][b] for a, b in cells], grid))
    for name in peers:
        results.check(f"/patching, {sweep.name()}", name, worst[name], GRID_BOUND)
    aim = AIMS.get((sweep.hook, sweep.tokens))
    work = answer["work"]
    detail = f"{100 * work['token_layers'] / work['token_layers_naive']:.0f} % of the naive work"
    results.comparison(f"/patching, {sweep.name()}, {len(sweep.cells)} cells", "s", ours, theirs, {"TransformerLens 3.9": aim} if aim else {}, detail)


def attribution(port, lens, sweep, budget, rounds, share, results):
    def ask():
        return json.loads(post(port, "/attribution-patching", sweep.body()))

    def there():
        return lens("attribution", clean=sweep.clean, corrupted=sweep.corrupted, hook=sweep.hook)

    ask(), there()
    ours, theirs = [], []
    for _ in budget.rounds(rounds, share):
        seconds, answer = timed(ask)
        reference = there()
        ours.append(seconds)
        theirs.append(reference["seconds"])
    grid = answer["grid"]["data"] if "grid" in answer else answer["estimate"]["data"]
    scale = max(abs(x) for row in reference["grid"] for x in row)
    results.check(f"/attribution-patching, {sweep.name()}, relative to the largest", "TransformerLens 3.9", difference(grid, reference["grid"]) / scale, RELATIVE_BOUND)
    results.comparison(f"/attribution-patching, {sweep.name()}", "s", ours, {"TransformerLens 3.9": theirs})


def heads(port, lens, budget, rounds, results):
    body = {"model": "small", "scores": ["previous_token", "duplicate_token", "induction"], "sequence_length": HEAD_LENGTH, "sequences": HEAD_SEQUENCES}
    ours, theirs = [], []
    post(port, "/heads", body)
    for _ in budget.rounds(rounds, 0.1):
        ours.append(timed(lambda: post(port, "/heads", body))[0])
        theirs.append(lens("heads", sequences=HEAD_SEQUENCES, length=HEAD_LENGTH)["seconds"])
    results.comparison(f"/heads, three scores on {HEAD_SEQUENCES} sequences of 2 × {HEAD_LENGTH} tokens", "s", ours, {"TransformerLens 3.9": theirs})


def measure(bench, budget, rounds):
    results = Results()
    with Services(bench) as services:
        port, lens = services.headlight(), services.worker("transformer_lens_3")
        loops = {"TransformerLens 3.9": lens, "Transformers": services.worker("transformers"), "TransformerLens 4.3": services.worker("transformer_lens_4", bench.python4)}
        heads(port, lens, budget, rounds, results)
        post(port, "/patching", {**Sweep("resid_post", 20).body(), "layers": [LAYERS - 1]})
        for tokens in (20, 128):
            for hook in ("resid_post", "z"):
                attribution(port, lens, Sweep(hook, tokens), budget, rounds, 0.08, results)
        patching(port, loops, Sweep("resid_post", 20), budget, rounds, 0.3, results)
        only_lens = {"TransformerLens 3.9": lens}
        patching(port, only_lens, Sweep("z", 20), budget, rounds, 0.15, results)
        patching(port, only_lens, Sweep("z", 128), budget, rounds, 0.3, results)
        patching(port, only_lens, Sweep("resid_post", 128), budget, rounds, 1, results)
    return results
