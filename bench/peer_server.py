"""The peers over HTTP, as their users would write them: MODELS=folder, PEER=transformers|transformer_lens, THREADS=number.

    MODELS=DIR PEER=transformers uvicorn peer_server:app --port 8001

Both answer with orjson. The endpoint is async, so one request computes at a time, with all threads of the process.
"""
import os

import orjson
import peers
import torch
from fastapi import FastAPI, Request, Response
from safetensors.torch import save

if os.environ.get("THREADS"):
    torch.set_num_threads(int(os.environ["THREADS"]))
PEER = os.environ["PEER"]
app = FastAPI()
loaded = {}


def model(name):
    if name not in loaded:
        folder = os.path.join(os.environ["MODELS"], name)
        loaded[name] = peers.transformer_lens_3(folder) if PEER == "transformer_lens" else peers.transformers_model(folder, head=False)
    return loaded[name]


def patterns(m, ids):
    """[layer, head, query, key]"""
    with torch.no_grad():
        if PEER == "transformer_lens":
            _, cache = m.run_with_cache(ids)
            return torch.stack([cache[f"blocks.{layer}.attn.hook_pattern"][0] for layer in range(m.cfg.n_layers)])
        return torch.stack(m(ids, output_attentions=True, use_cache=False).attentions)[:, 0]


@app.post("/attention")
async def attention(request: Request):
    body = orjson.loads(await request.body())
    values = patterns(model(body["model"]), torch.tensor([body["input"]]))
    if request.headers["accept"] == "application/vnd.safetensors":
        return Response(save({"attention": values}), media_type="application/octet-stream")
    answer = {"shape": list(values.shape), "attention": values.numpy()}
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")
