"""Resident memory of loading a GPT-2 of the smallest published size, in every pair of file and computing dtype (Linux).

    python load_memory.py --jar ../../target/headlight-0.1.0.jar

Each pair has a service of its own. Its memory is read when it is ready, the kernel's peak is reset, and one request loads
the model and computes all logits of four tokens, so that every weight is touched.
"""
import argparse
import json
import os
import subprocess
import tempfile
import time
import urllib.request

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PAIRS = [
    ("float32", "float32"),
    ("float16", "float32"),
    ("bfloat16", "float32"),
    ("float16", "float16"),
    ("float32", "float16"),
    ("bfloat16", "float16"),
]
MIB = 1 << 20


def checkpoints(folder):
    """One folder a dtype; returns the number of weights."""
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config())
    weights = {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}
    for dtype in ("float32", "float16", "bfloat16"):
        os.mkdir(f"{folder}/{dtype}")
        save_file({k: v.to(getattr(torch, dtype)) for k, v in weights.items()}, f"{folder}/{dtype}/model.safetensors")
        model.config.to_json_file(f"{folder}/{dtype}/config.json")
    return sum(v.numel() for v in weights.values())


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        return {k: int(v.split()[0]) * 1024 for k, v in (line.split(":") for line in f) if k in ("VmHWM", "VmRSS", "RssAnon", "RssFile")}


def get(url, body=None):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with OPENER.open(request, timeout=600) as reply:
        return json.load(reply)


def wait(url):
    for _ in range(600):
        try:
            return get(url + "/actuator/health/readiness")
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the service does not start")


def measure(o, folder, stored, computed):
    command = ["java", "-jar", o.jar, f"--server.port={o.port}", f"--headlight.models-dir={folder}", f"--headlight.dtype={computed}",
               "--headlight.map-weights=always"]
    service = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{o.port}"
        wait(url)
        before = memory(service.pid)
        with open(f"/proc/{service.pid}/clear_refs", "w") as f:
            f.write("5")
        body = {"model": stored, "input": [1, 2, 3, 4], "hooks": ["logits"], "positions": [-1]}
        answer = get(url + "/activations", json.dumps(body).encode())
        assert answer["provenance"]["dtype"] == computed
        return before, memory(service.pid)
    finally:
        service.terminate()
        service.wait()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--jar", required=True)
    p.add_argument("--port", type=int, default=18090)
    o = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        count = checkpoints(folder)
        print("| file | computes in | weights (MiB) | service before (MiB) | peak above it (MiB) | peak / weights | stays (MiB): memory, mapped |")
        print("|---|---|---:|---:|---:|---:|---:|")
        for stored, computed in PAIRS:
            size = count * (4 if computed == "float32" else 2)
            before, after = measure(o, folder, stored, computed)
            peak = after["VmHWM"] - before["VmRSS"]
            stays = [(after[k] - before[k]) / MIB for k in ("RssAnon", "RssFile")]
            print(f"| {stored} | {computed} | {size / MIB:.0f} | {before['VmRSS'] / MIB:.0f} | {peak / MIB:.0f} | {peak / size:.2f} | {stays[0]:.0f}, {stays[1]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
