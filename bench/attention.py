"""POST /attention, every layer and head, over HTTP: Headlight and the servers of the peers in turn."""
import base64
import json

import load
import numpy
from common import FORMS, LAYERS, Results, difference, ids, read_tensors
from hardware import forwards
from services import Failed, Services, post

CASES = [  # model, tokens, clients
    *(("tiny", 20, c) for c in (1, 8, 32)),
    *(("tiny", 128, c) for c in (1, 8)),
    *(("small", 20, c) for c in (1, 8, 32)),
    *(("small", 128, c) for c in (1, 8)),
]
DEPTH = {"tiny": 4, "small": LAYERS}
NAMES = {"tiny": "4 layers, d 256", "small": "GPT-2-small size"}
PATTERN_BOUND = 1e-4  # float32 sums in another order: TransformerLens and Transformers differ by 2.5e-5 from each other
WARM_REQUESTS = {"tiny": 2000, "small": 60}  # of Headlight, for the JIT compiler; the peers have none


def headlight_body(model, tokens):
    return {"model": model, "input": ids(tokens)}


def engine_body(model, tokens):
    return {"prompt_token_ids": ids(tokens), "points": [f"attn_probs.{layer}" for layer in range(DEPTH[model])]}


class Server:
    """Where a kind of server listens and what it is asked. Several ports: clients are dealt out."""

    def __init__(self, ports, path="/attention", body=headlight_body):
        self.ports, self.path, self.body = ports, path, body

    def burst(self, case, form, seconds, least, clients=None):
        model, tokens, count = case
        data = load.request(self.path, json.dumps(self.body(model, tokens)).encode(), FORMS[form])
        ports = self.ports[model] if isinstance(self.ports, dict) else self.ports
        result = load.run(ports, data, clients or count, seconds, least)
        if result["bad"]:
            raise Failed(f"{self.path} of port {ports} answered {set(result['bad'])} in case {case}, {form}")
        return result

    def profiled(self, case, form, seconds, least):
        """A burst to Headlight, with the seconds of its forward passes."""
        port = self.ports[0]
        before = forwards(port, case[0])[1]
        result = self.burst(case, form, seconds, least)
        return {**result, "forward": forwards(port, case[0])[1] - before}

    def flops(self, model, tokens):
        """Operations of one request, by a dry run of Headlight."""
        return json.loads(post(self.ports[0], self.path, {**self.body(model, tokens), "dry_run": True}))["flops"]

    def patterns(self, model, tokens, form):
        """[layer, head, query, key] as this server answers it."""
        port = (self.ports[model] if isinstance(self.ports, dict) else self.ports)[0]
        answer = post(port, self.path, self.body(model, tokens), FORMS[form])
        if self.body is engine_body:
            tensors = json.loads(answer)["activations"].values()
            return numpy.stack([numpy.frombuffer(base64.b64decode(t["data"]), "<f4").reshape(t["shape"]) for t in tensors])
        if form == "safetensors":
            return next(iter(read_tensors(answer).values()))
        answer = json.loads(answer)
        return numpy.array(answer["results"][0]["attention"]["data"] if "results" in answer else answer["attention"], dtype=numpy.float32)


def start(services, results):
    servers = {
        "Headlight": Server([services.headlight()]),
        "B": Server([services.peer("transformers")]),
        "B2": Server([services.peer("transformers", threads=1), services.peer("transformers", threads=1)]),
        "T": Server([services.peer("transformer_lens")]),
    }
    services.ready()
    try:
        ports = {model: [services.interp_engine(model)] for model in DEPTH}
        services.ready()
        servers["interp-engine"] = Server(ports, "/v1/capture", engine_body)
        results.note("interp-engine's own server runs on the CPU (its eager backend), one process for each model.")
    except Failed as e:
        results.note(f"interp-engine's own server did not run: {e}")
    return servers


def check(servers, results):
    for model in DEPTH:
        for tokens in (20, 128):
            for form in FORMS:
                ours = servers["Headlight"].patterns(model, tokens, form)
                for name, server in servers.items():
                    if name != "Headlight":
                        theirs = server.patterns(model, tokens, form)
                        results.check(f"patterns, {NAMES[model]}, {tokens} tokens, {form}", name, difference(ours, theirs), PATTERN_BOUND)


def warm(servers, scale):
    for name, server in servers.items():
        for model in DEPTH:
            for form in FORMS:
                least = int(WARM_REQUESTS[model] * scale / 2) if name == "Headlight" else 3
                server.burst((model, 20, 2), form, 0.3, max(3, least))
                server.burst((model, 128, 1), form, 0.3, 2 if name != "Headlight" else 5)


def asked(servers, clients):
    return [n for n in servers if clients == 1 or n in ("Headlight", "B", "B2")]


def aims(tokens, form, clients):
    if clients == 1:
        return {"B": 1.3, "B2": 1.3, "T": 4, "interp-engine": 2}
    return {"B2": 1.5 if form == "safetensors" else 2 if tokens == 20 else 1.3}


def least(model, tokens, clients):
    return max(clients, 3) if (model, tokens) == ("small", 128) else 2 * clients


def measure(bench, budget, rounds):
    results, got = Results(), {}
    with Services(bench) as services:
        servers = start(services, results)
        check(servers, results)
        warm(servers, bench.warm)
        flops = {case: servers["Headlight"].flops(*case[:2]) for case in CASES}
        for number in budget.rounds(rounds):
            for case in CASES:
                for form in FORMS:
                    names = asked(servers, case[2])
                    for name in names if number % 2 == 0 else reversed(names):  # a drift of the machine favours nobody
                        few = 1 if name == "T" else least(*case)
                        ask = servers[name].profiled if name == "Headlight" else servers[name].burst
                        got.setdefault((case, form), {}).setdefault(name, []).append(ask(case, form, bench.seconds, few))
    for (case, form), runs in got.items():
        add(results, case, form, runs, flops[case])
    return results


def add(results, case, form, runs, flops):
    model, tokens, clients = case
    rates = {name: [r["rate"] for r in bursts] for name, bursts in runs.items()}
    ours = runs["Headlight"]
    latencies = [x for r in ours for x in r["latencies"]]
    forward = sum(r["forward"] for r in ours) / len(latencies)
    detail = f"{1000 * load.quantile(latencies, 0.5):.1f}, {1000 * load.quantile(latencies, 0.99):.1f} ms; forward {1000 * forward:.1f} ms, {flops / forward / 1e9:.0f} GFLOP/s"
    name = f"{NAMES[model]}, {tokens} tokens, {form}, {clients} client{'s' * (clients > 1)}"
    results.comparison(name, "/s", rates.pop("Headlight"), rates, aims(tokens, form, clients), detail, high=True)
    results.rows[-1]["client"] = max(r["client"] for bursts in runs.values() for r in bursts)
