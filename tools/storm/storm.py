#!/usr/bin/env python3
"""A storm of clients on more models than the memory holds: every answer is compared, memory and native arrays are watched.

    java -jar headlight.jar --headlight.models-dir=DIR --headlight.memory-budget=… --server.port=8090
    storm.py --url http://127.0.0.1:8090 --goldens DIR --models llama,qwen3,mistral,gpt2,opt --clients 16 --minutes 10

Needs numpy. DIR holds the models with reference tensors (`golden.json`, `golden.safetensors`). A 429 is waited for as it
says, and counted. Exit 1 on a wrong answer, any other status, memory over the budget, or native arrays that stay.
"""
import argparse
import json
import random
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def tensors(raw):
    size = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8:8 + size]), raw[8 + size:]
    header.pop("__metadata__", None)
    kinds = {"F32": "<f4", "I64": "<i8"}
    return {k: np.frombuffer(data[slice(*t["data_offsets"])], kinds[t["dtype"]]).reshape(t["shape"])
            for k, t in header.items() if t["dtype"] in kinds}


class Model:
    """A model's id, and what its attention must be on two prompts."""

    def __init__(self, folder):
        self.id = folder.name
        names = {t["name"]: t.get("stored_as", t["name"]) for t in json.loads((folder / "golden.json").read_text())["tensors"]}
        held = tensors((folder / "golden.safetensors").read_bytes())
        layers = sum(n.startswith("a/") and n.endswith("hook_pattern") for n in names)
        self.prompts = [(held[names[f"{p}/input_ids"]][0].tolist(),
                         np.stack([held[names[f"{p}/blocks.{i}.attn.hook_pattern"]][0] for i in range(layers)])) for p in "ab"]


def get(url):
    with OPENER.open(url, timeout=120) as reply:
        return reply.read().decode()


def metric(url, name):
    for line in get(url + "/actuator/prometheus").splitlines():
        if line.startswith(name + " "):
            return float(line.split()[-1])
    raise SystemExit(f"no metric {name}")


def client(o, models, seed, until, counts, faults):
    rng = random.Random(seed)
    while time.time() < until and not faults:
        model = rng.choice(models)
        ids, right = rng.choice(model.prompts)
        body = json.dumps({"model": model.id, "input": ids}).encode()
        request = urllib.request.Request(o.url + "/attention", body, {
            "Content-Type": "application/json", "Accept": "application/vnd.safetensors"})
        try:
            with OPENER.open(request, timeout=300) as reply:
                gap = np.abs(tensors(reply.read())["0.attention"] - right).max()
            counts[model.id] += 1
            if not gap < 5e-5:
                faults.append(f"{model.id}: attention differs by {gap}")
        except urllib.error.HTTPError as e:
            if e.code != 429:
                faults.append(f"{model.id}: {e.code} {e.read()[:300]!r}")
            counts[429] += 1
            time.sleep(float(e.headers["Retry-After"]))
        except OSError as e:
            faults.append(f"{model.id}: {e}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--url", required=True)
    p.add_argument("--goldens", required=True, type=Path)
    p.add_argument("--models", required=True)
    p.add_argument("--clients", type=int, default=16)
    p.add_argument("--minutes", type=float, default=10)
    o = p.parse_args()
    models = [Model(o.goldens / name) for name in o.models.split(",")]
    arrays = metric(o.url, "headlight_native_arrays")
    budget = metric(o.url, "headlight_memory_budget_bytes")
    counts, faults, most = Counter(), [], 0.0
    until = time.time() + 60 * o.minutes
    threads = [threading.Thread(target=client, args=(o, models, i, until, counts, faults)) for i in range(o.clients)]
    for t in threads:
        t.start()
    while any(t.is_alive() for t in threads):
        most = max(most, metric(o.url, "headlight_memory_taken_bytes"))
        time.sleep(0.2)
    loads = sum(float(line.split()[-1]) for line in get(o.url + "/actuator/prometheus").splitlines()
                if line.startswith("headlight_model_load_seconds_count"))
    for model in models:
        OPENER.open(urllib.request.Request(f"{o.url}/models/{model.id}/load", method="DELETE")).close()
    left = metric(o.url, "headlight_native_arrays")
    print(f"{sum(n for k, n in counts.items() if k != 429)} right answers {dict(counts)}; {loads:.0f} loads; "
          f"most memory taken {most:.0f} of {budget:.0f} bytes; native arrays {arrays:.0f} before, {left:.0f} after")
    if most > budget:
        faults.append("memory over the budget")
    if left > arrays:
        faults.append("native arrays stay")
    print("\n".join(faults) or "no fault")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
