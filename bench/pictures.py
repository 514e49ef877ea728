"""Heatmaps: a request that computes, draws and sends a picture, against matplotlib drawing the same numbers in process."""
import json
import statistics

import load
from common import Results
from services import Failed, Services, post

TEXT = "When Mary and John went to the store , John gave a drink to"
AIM = 15
KINDS = {"one head": (1, 1, {"input": TEXT, "layers": [3], "heads": [0]}), "4 × 8 heads": (4, 8, {"input": TEXT})}
WARM = {"one head": 1000, "4 × 8 heads": 60}  # requests, for the JIT compiler
DRAWS = {"one head": 3, "4 × 8 heads": 1}  # of matplotlib, in a round and before the first


def measure(bench, budget, rounds):
    results = Results()
    with Services(bench) as services:
        port, tools = services.headlight(), services.worker("tools")
        answer = json.loads(post(port, "/attention", KINDS["4 × 8 heads"][2]))["results"][0]
        patterns, tokens = answer["attention"]["data"], answer["tokens"]
        for number, (name, form) in enumerate((n, f) for n in KINDS for f in ("png", "svg")):
            rows, columns, body = KINDS[name]
            data = [[patterns[3][0]]] if rows == 1 else patterns
            accept = {"png": "image/png", "svg": "image/svg+xml"}[form]

            def there():
                return tools("picture", form=form, rows=rows, columns=columns, data=data, tokens=tokens)

            request = load.request("/attention", json.dumps(body).encode(), accept)

            def here(seconds, least):
                result = load.run([port], request, 1, seconds, least)
                if result["bad"] or result["unanswered"]:
                    raise Failed(f"pictures: statuses {set(result['bad'])}, {result['unanswered']} unanswered")
                return 1000 * load.quantile(result["latencies"], 0.5)

            here(0, max(3, int(WARM[name] * bench.warm)))
            picture = post(port, "/attention", body, accept)
            for _ in range(DRAWS[name]):
                there()
            ours, theirs = [], []
            for _ in budget.rounds(3 * rounds, 1 / (4 - number)):
                ours.append(here(0.1, 3))
                drawn = [there() for _ in range(DRAWS[name])]
                theirs.append(1000 * statistics.median(d["seconds"] for d in drawn))
            sizes = f"{len(picture) / 1024:.0f} and {drawn[0]['bytes'] / 1024:.0f} KiB"
            results.comparison(f"{name}, {form.upper()}", "ms", ours, {"matplotlib": theirs}, {"matplotlib": AIM}, sizes)
    return results
