"""Writes docs/benchmarks.md from the results of all sections."""
import statistics

TITLES = {
    "attention": "POST /attention",
    "capture": "All hook points captured",
    "sweeps": "Sweeps",
    "pictures": "Pictures",
    "inputs": "Many inputs in one request",
    "fairness": "Circuits, and light requests beside heavy ones",
    "operations": "Operations of a block",
    "startup": "Start and memory",
    "loading": "Memory of loading",
    "hardware": "The hardware's limit",
}
TEXTS = {
    "attention": """Every layer and head, over HTTP, closed loop: each client sends its next request when it has its answer. Peers, each with
the same weights in float32: **B** is FastAPI, Transformers' `AutoModel` (no unembedding, eager attention,
`output_attentions`) and orjson in one process with PyTorch's own number of threads; **B2** is two such processes with one
thread each, clients dealt out; **T** is FastAPI, TransformerLens 3.9 `run_with_cache` and orjson; **interp-engine** is
its own server, asked for `attn_probs` of all layers, which it answers in one form only, base64 in JSON. Headlight answered
{warm} before, for the JIT compiler. The latencies are Headlight's median and 99th percentile. *Forward* is the
time of its forward passes for each request, with the rate of their operations: the rest of a lone request's time is
HTTP, JSON, digits and the client. The machine's own rates are under [the hardware's limit](#the-hardwares-limit).""",
    "capture": """One forward pass with every hook point and the logits, in process on both sides: Headlight is
[CaptureInProcess](../src/test/java/dev/headlight/bench/CaptureInProcess.java) on the classes of the jar, with as many
threads as cores; nothing is copied to a wire format. The peers run `run_with_cache` of everything; Transformers
returns all hidden states and patterns, which is all that it has without hooks of one's own. The times include freeing
the values.""",
    "sweeps": """The small model; the metric is a logit difference. Headlight is asked over HTTP; the peers loop over the cells in
process, one run a cell, after one cached clean run. A round of a peer computes a random sample of the cells
({sample}), and the time per cell is scaled up to all; Headlight computes all cells. Attribution patching of the peer
uses autograd; its head scores are means of diagonals of the cached patterns.""",
    "pictures": """The embedded model and a sentence of 14 words. Headlight's time is the whole request: HTTP, the forward pass, the drawing and
the encoding. matplotlib draws the same numbers in process, with the same labels, at its standard 100 dots per inch.""",
    "inputs": """One request with 16 inputs against 16 requests with one input each; a ratio above 1 means that the one request is faster.""",
    "fairness": """A light request is `POST /attention` on the tiny model with 20 tokens, JSON, from one client. The heavy requests of
the small model (20 tokens) are sent again as soon as they are answered. A light request that is not answered within 30 s
counts as 30 s.""",
    "operations": """Each operation on its own, in process, with as many threads as cores, on the weights of 12 layers in turn, so that they
come from memory as in a forward pass: Headlight's
([OperationsInProcess](../src/test/java/dev/headlight/bench/OperationsInProcess.java)) against what Transformers' GPT-2
calls. The shortest mean of 10 rounds.""",
    "startup": """Start to ready is the time from the start of the process until the readiness probe answers.""",
    "loading": """The resident memory that a service uses beyond what it used when it was ready, while one request loads the small model and
computes all logits (`headlight.map-weights=always`), at its peak. Mapped memory is pages of the file, which the system
takes back when it needs them.""",
    "hardware": """What PyTorch reaches on this machine, and the forward pass of a lone client (`headlight_forward_seconds`; operations from the
dry run) in the same rounds. The limit of a pass is the longer of two times: its operations at the rate of the large matrix
product, and one reading of the weights at the rate of the sum, each with the better number of threads.""",
}


def number(x):
    return f"{x:,.0f}" if abs(x) >= 1000 else f"{x:.0f}" if abs(x) >= 100 else f"{x:.1f}" if abs(x) >= 10 else f"{x:.2f}" if abs(x) >= 0.1 else f"{x:.2g}"


def spread(values):
    return number(values[0]) if len(values) == 1 else f"{number(min(values))} - {number(max(values))}"


def ratios(row, peer):
    """Of each round; above 1 Headlight is faster."""
    return [a / b if row["high"] else b / a for a, b in zip(row["ours"], row["peers"][peer])]


def reached(good):
    return "reached" if good else "**missed**"


def comparisons(rows):
    yield "| case | Headlight | peer | its figure | ratio | min - max | rounds | aim | |"
    yield "|---|---:|---|---:|---:|---:|---:|---:|---|"
    for row in rows:
        for i, peer in enumerate(row["peers"]):
            each, aim = ratios(row, peer), row["aims"].get(peer)
            middle = statistics.median(each)
            ours = f"{number(statistics.median(row['ours']))} {row['unit']}" + (f" ({row['detail']})" if row["detail"] else "")
            first = f"| {row['case']} | {ours}" if i == 0 else "| | "
            verdict = "| | |" if aim is None else f"| ≥ {aim:g} | {reached(middle >= aim)} |"
            theirs = number(statistics.median(row["peers"][peer]))
            yield f"{first} | {peer} | {theirs} {row['unit']} | {middle:.2f} | {min(each):.2f} - {max(each):.2f} | {len(each)} {verdict}"


def figures(rows):
    yield "| what | median | min - max | aim | | |"
    yield "|---|---:|---:|---:|---|---|"
    for row in rows:
        middle = statistics.median(row["values"])
        verdict = "| |" if row["most"] is None else f"≤ {number(row['most'])} | {reached(middle <= row['most'])} |"
        yield f"| {row['case']} | {number(middle)} {row['unit']} | {spread(row['values'])} | {verdict} {row['detail']} |"


def table(rows):
    compared = [r for r in rows if "peers" in r]
    figured = [r for r in rows if "values" in r]
    return [*(comparisons(compared) if compared else []), *(figures(figured) if figured else [])]


def aims(results):
    """Pairs of a text and whether the aim was reached."""
    for data in results.values():
        for row in data.get("rows", []):
            if "peers" in row:
                for peer in row["peers"]:
                    if peer in row["aims"]:
                        yield f"{row['case']}, {peer}", statistics.median(ratios(row, peer)) >= row["aims"][peer]
            elif row["most"] is not None:
                yield row["case"], statistics.median(row["values"]) <= row["most"]


def checks(results):
    """One line a peer: the check that comes nearest to its bound, and how many there are."""
    worst, count = {}, {}
    for data in results.values():
        for c in data.get("checks", []):
            key = c["peer"], c["what"].split(",")[0]
            count[key] = count.get(key, 0) + 1
            if key not in worst or c["difference"] > worst[key]["difference"]:
                worst[key] = c
    yield "| peer | checks | the one with the largest difference | difference | bound |"
    yield "|---|---:|---|---:|---:|"
    for key, c in worst.items():
        yield f"| {key[0]} | {count[key]} | {c['what']} | {c['difference']:.1e} | {c['bound']:.0e} |"


def fill(text, values):
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def write(results, machine, values):
    """The whole page. A section without rows says why."""
    verdicts = list(aims(results))
    lines = [
        "# Benchmarks",
        "",
        f"Written by `{machine['command']}` on {machine['date']}, in {machine['minutes']:.0f} minutes; do not edit. Headlight {machine['commit']}, on its defaults.",
        "",
        *(f"- {k}: {v}" for k, v in machine["facts"].items()),
        "",
        "Headlight and each peer are measured in turn, round after round, on the same machine as the client. A ratio above 1 means that",
        "Headlight is faster; it is the median of the ratios of the rounds, and min - max are those of a single round.",
        f"**{sum(ok for _, ok in verdicts)} of {len(verdicts)} aims are reached.** [How to run it](../bench/README.md).",
        "",
        "The models are GPT-2 with random weights: tiny (4 layers, d 256, 8 heads) and small (12 layers, d 768, 12 heads, GPT-2-small size).",
    ]
    for name, title in TITLES.items():
        data = results.get(name)
        if data is None:
            continue
        lines += ["", f"## {title}", fill(TEXTS[name], values), ""]
        lines += table(data["rows"]) or [f"Not measured: {data.get('error', 'no reason is known')}"]
        if data["rows"] and data.get("error"):
            lines += ["", f"Then it failed: {data['error']}"]
        for note in data["notes"]:
            lines += ["", note]
        if name == "attention" and data["rows"]:
            share = max(r["client"] for r in data["rows"])
            lines += ["", f"The client itself took at most {100 * share:.0f} % of one core."]
    lines += ["", "## The same numbers", "Before or while a case was measured, its numbers were compared; a difference above its bound fails the command.", ""]
    lines += list(checks(results))
    return "\n".join(lines) + "\n"
