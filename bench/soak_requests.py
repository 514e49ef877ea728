"""The requests of the soak: every documented example, broken forms of them, and requests whose answers PyTorch has computed."""
import json
import os
import random
import struct
from array import array
from dataclasses import dataclass, field

JSON = "application/json"
SAFETENSORS = "application/vnd.safetensors"
PATHS = ("/models/a%2Fb", "/models/%", "/models/[x]", "/nothing", "/models/..%2f..%2fetc", "/attention/", "/models/" + "x" * 300, "//", "/actuator/env")
VALUES = (None, "", -1, 10**9, 2.5, 1e308, True, [], {}, [[]], "x" * 3000, "\ud7ff\u0000", [0] * 5000, {"": None}, ["a", 1])
CALM_SECONDS = 0.02  # an example that takes longer is sent less often


@dataclass
class Request:
    """`reference`: tensors that the answer must hold, by name; `example`: the name of a documented example."""

    method: str
    path: str
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    example: str | None = None
    reference: dict | None = None

    def raw(self):
        headers = {"Host": "localhost", "Content-Length": str(len(self.body)), **self.headers}
        head = f"{self.method} {self.path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        return head.encode("latin1") + b"\r\n" + self.body


def post(path, body, accept=JSON, **more):
    return Request("POST", path, json.dumps(body).encode(), {"Content-Type": JSON, "Accept": accept}, **more)


def examples(document):
    """(name, path, body) of every example in an OpenAPI document, except downloads from the hub."""
    found = []
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {}).get(JSON, {})
        for name, example in content.get("examples", {}).items():
            if path != "/models":
                found.append((f"{path}: {name}", path, example["value"]))
    return found


def references(folder):
    """Requests to the models of a folder, with tensors of the right answers, computed with PyTorch."""
    found = []
    for model in sorted(os.listdir(folder)):
        files = [os.path.join(folder, model, name) for name in ("golden.json", "golden.safetensors")]
        if all(map(os.path.exists, files)):
            with open(files[0]) as listing, open(files[1], "rb") as tensors:
                found += of_model(model, json.load(listing), safetensors(tensors.read()))
    return found


def of_model(model, golden, held):
    found = []
    for prompt, ids in golden["prompts"].items():
        patterns = [held.get(f"{prompt}/blocks.{i}.attn.hook_pattern") for i in range(golden["sizes"]["n_layers"])]
        if all(patterns):
            right = {"0.attention": array("f", [x for pattern in patterns for x in pattern])}
            found.append(post("/attention", {"model": model, "input": ids}, SAFETENSORS, reference=right))
    for case in golden["cases"]:
        right = {f"0.{hook}.modified": held[name] for hook, name in case["tensors"].get("captured_modified", {}).items()}
        found.append(post("/interventions", {**case["request"], "model": model}, SAFETENSORS, reference=right))
    return found


def safetensors(raw):
    """Float32 and int64 tensors by name, flat."""
    size = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8 : 8 + size]), raw[8 + size :]
    header.pop("__metadata__", None)
    kinds = {"F32": "f", "I64": "q"}
    return {name: array(kinds[t["dtype"]], data[slice(*t["data_offsets"])]) for name, t in header.items() if t["dtype"] in kinds}


def broken(rng, path, body):
    """A request that is wrong in one random way. It may still be a valid one."""
    text = json.dumps(body)
    headers = {"Content-Type": JSON, "Accept": JSON}
    kind = rng.randrange(10)
    if kind == 0:
        return Request("POST", path, text[: rng.randrange(len(text))].encode(), headers)
    if kind == 1:
        return Request("POST", path, rng.randbytes(rng.randrange(200)), headers)
    if kind == 2:
        return Request("POST", path, text.encode(), {**headers, "Accept": rng.choice(("image/gif", "application/x-npy", "*/*;q=0", "text/html"))})
    if kind == 3:
        return Request("POST", path, text.encode(), {**headers, **rng.choice(({"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}, {"X-Long": "x" * 20_000}))})
    if kind == 4:
        return Request(rng.choice(("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "FOO")), path, b"", headers)
    if kind == 5:
        return Request("GET", rng.choice(PATHS), b"", headers)
    if kind == 6:
        return post(path, {**body, "model": rng.choice(("none", "../micro", "", "a/b", 7, None))})
    if kind == 7:
        return post(path, {**body, "input": rng.choice(([1] * 20_000, "ab " * 100_000, [-1], [10**12], [[]], "", ["a"] * 100, {"messages": []}))})
    if kind == 8:
        return Request("POST", path, ('{"input": [1], ' + text[1:]).encode(), headers)  # a key that is there twice, perhaps
    return post(path, mutated(rng, body))


def mutated(rng, value):
    """The value with one random part replaced, removed or added."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        if rng.random() < 0.15:
            return {k: v for k, v in value.items() if k != key}
        if rng.random() < 0.1:
            return {**value, "nothing": rng.choice(VALUES)}
        return {**value, key: mutated(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.6:
        at = rng.randrange(len(value))
        return [*value[:at], mutated(rng, value[at]), *value[at + 1 :]]
    return rng.choice(VALUES)


class Mix:
    """Draws requests: documented examples, each the rarer the longer it takes, reference prompts, and broken ones."""

    def __init__(self, known, seconds, right):
        self.known, self.right = known, right
        self.weights = [min(1.0, CALM_SECONDS / max(seconds[name], 1e-3)) for name, _, _ in known]

    def draw(self, rng: random.Random):
        luck = rng.random()
        if luck < 0.15 and self.right:
            return rng.choice(self.right)
        name, path, body = rng.choices(self.known, self.weights)[0]
        if luck < 0.4:
            return broken(rng, path, body)
        if luck < 0.45:
            return Request("GET", rng.choice(("/models", "/models/micro", "/v3/api-docs", "/", "/actuator/prometheus")), b"", {"Accept": "*/*"})
        if luck < 0.5:
            return post(path, body, rng.choice((SAFETENSORS, "image/png", "image/svg+xml")))
        return post(path, body, example=name)
