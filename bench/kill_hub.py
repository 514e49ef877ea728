"""A hub on this machine for bench/kill, and the model that it has: GPT-2 with weights that need no library to make."""
import hashlib
import http.server
import json
import os
import random
import re
import struct
import threading
import time
from array import array

COMMIT = hashlib.sha1(b"the commit").hexdigest()
PIECE = 1 << 18
WIDTH, VOCABULARY, CONTEXT = 512, 1000, 64


def make(folder, layers):
    """Writes the checkpoint, about 12.6 MB a layer; returns its files."""
    os.makedirs(folder, exist_ok=True)
    config = dict(model_type="gpt2", architectures=["GPT2LMHeadModel"], n_embd=WIDTH, n_head=8, n_layer=layers, n_positions=CONTEXT, vocab_size=VOCABULARY,
                  activation_function="gelu_new", layer_norm_epsilon=1e-5, tie_word_embeddings=True)
    with open(f"{folder}/config.json", "w") as f:
        json.dump(config, f)
    weights(f"{folder}/model.safetensors", layers)
    return sorted(os.listdir(folder))


def weights(path, layers):
    header, at, shapes = {}, 0, list(tensors(layers))
    for name, shape in shapes:
        size = 4 * shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = dict(dtype="F32", shape=shape, data_offsets=[at, at + size])
        at += size
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    rng = random.Random(1)
    noise = array("f", (rng.gauss(0, 0.05) for _ in range(1 << 16)))
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(head)) + head)
        for name, shape in shapes:
            count = header[name]["data_offsets"][1] - header[name]["data_offsets"][0] >> 2
            if name.endswith("bias") or "ln_" in name:
                array("f", [float(name.endswith("weight"))] * count).tofile(f)
                continue
            start = rng.randrange(len(noise))
            turned = noise[start:] + noise[:start]
            for _ in range(count // len(noise)):
                turned.tofile(f)
            turned[: count % len(noise)].tofile(f)


def tensors(layers):
    """Names and shapes; the head shares the embedding."""
    yield "transformer.wte.weight", [VOCABULARY, WIDTH]
    yield "transformer.wpe.weight", [CONTEXT, WIDTH]
    for i in range(layers):
        for part, shape in (("attn.c_attn", [WIDTH, 3 * WIDTH]), ("attn.c_proj", [WIDTH, WIDTH]), ("mlp.c_fc", [WIDTH, 4 * WIDTH]), ("mlp.c_proj", [4 * WIDTH, WIDTH])):
            yield f"transformer.h.{i}.{part}.weight", shape
            yield f"transformer.h.{i}.{part}.bias", shape[1:]
        for norm in ("ln_1", "ln_2"):
            yield f"transformer.h.{i}.{norm}.weight", [WIDTH]
            yield f"transformer.h.{i}.{norm}.bias", [WIDTH]
    yield "transformer.ln_f.weight", [WIDTH]
    yield "transformer.ln_f.bias", [WIDTH]


class Hub:
    """Every repository owner/name has the same files, at one commit. `seconds`: how long a whole download takes; `sent`: bytes of files so far."""

    def __init__(self, folder):
        self.files, self.seconds, self.sent = {}, 0, 0
        for name in os.listdir(folder):
            with open(f"{folder}/{name}", "rb") as f:
                self.files[name] = f.read()
        self.bytes = sum(map(len, self.files.values()))
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                hub.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request):
        content = re.fullmatch(rf"/[^/]+/[^/]+/resolve/{COMMIT}/(.+)", request.path)
        if request.path.startswith("/api/models/"):
            self.send(request, 200, json.dumps({"sha": COMMIT, "siblings": [self.sibling(n) for n in self.files]}).encode(), counts=False)
        elif content and content[1] in self.files:
            data, start = self.files[content[1]], re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
            start = int(start[1]) if start else 0
            self.send(request, 206 if start else 200, data[start:], f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send(request, 404, b"")

    def sibling(self, name):
        data = self.files[name]
        return dict(rfilename=name, size=len(data), blobId=hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest())

    def send(self, request, status, body, content_range="", counts=True):
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        if status == 206:
            request.send_header("Content-Range", content_range)
        request.end_headers()
        try:
            for at in range(0, len(body), PIECE):
                self.sent += len(body[at : at + PIECE]) if counts else 0
                request.wfile.write(body[at : at + PIECE])
                time.sleep(self.seconds * PIECE / self.bytes)
        except OSError:
            pass  # the service was killed
