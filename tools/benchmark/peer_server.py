"""A peer to measure against: the same answer from FastAPI and Transformers, as its users would write it.

    uvicorn peer_server:app --port 8001        (MODELS=folder of checkpoints)
"""
import os

import orjson
import torch
import transformers
from fastapi import FastAPI, Request, Response

torch.set_grad_enabled(False)
app = FastAPI()
loaded = {}


def model(name):
    if name not in loaded:
        folder = os.path.join(os.environ["MODELS"], name)
        loaded[name] = transformers.AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    return loaded[name]


@app.post("/attention")
async def attention(request: Request):
    body = orjson.loads(await request.body())
    out = model(body["model"])(torch.tensor([body["input"]]), output_attentions=True, use_cache=False)
    patterns = torch.stack(out.attentions)[:, 0].numpy()  # [layer, head, query, key]
    if request.headers["accept"] == "application/octet-stream":
        return Response(patterns.tobytes(), media_type="application/octet-stream")
    return Response(orjson.dumps({"attention": patterns}, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")
