"""16 inputs in one request against 16 requests, at once and one after the other."""
import json

import load
from attention import NAMES
from common import SAFETENSORS, Results, ids
from services import Failed, Services, timed

COUNT = 16


def send(port, body, clients, least):
    """Sends the request until so many were answered, by so many clients."""
    result = load.run([port], load.request("/attention", json.dumps(body).encode(), SAFETENSORS), clients, 0, least)
    if result["bad"]:
        raise Failed(f"/attention answered {set(result['bad'])}")


def measure(bench, budget, rounds):
    results = Results()
    with Services(bench) as services:
        port = services.headlight()
        for number, model in enumerate(("tiny", "small")):
            many = {"model": model, "input": [ids(20, k) for k in range(COUNT)]}
            one = {"model": model, "input": ids(20)}
            kinds = {
                "one request": lambda: send(port, many, 1, 1),
                "16 requests at once": lambda: send(port, one, COUNT, 1),  # each client sends one: the last one is waited for
                "16 requests in turn": lambda: send(port, one, 1, COUNT),
            }
            for call in [*kinds.values()] * 3:
                call()
            got = {k: [] for k in kinds}
            for _ in budget.rounds(3 * rounds, 1 / (2 - number)):
                for kind, call in kinds.items():
                    got[kind].append(1000 * timed(call)[0])
            results.comparison(f"16 inputs of 20 tokens, {NAMES[model]}, safetensors", "ms", got.pop("one request"), got)
    return results
