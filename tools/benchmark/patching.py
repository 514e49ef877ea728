"""Sweeps of one model: Headlight's POST /patching against a loop of hooked forward passes in Transformers, in turn.

    java -jar target/headlight-0.1.0.jar --server.port=8081 --headlight.models-dir=DIR
    python patching.py --url http://127.0.0.1:8081 --models DIR --model MODEL --tokens 20 --rounds 3

Layer x position of resid_post, clean into corrupted; both compute the same grid, and the largest difference is printed.
"""
import argparse, json, statistics, time, urllib.request
import torch
from transformers import AutoModelForCausalLM


def headlight(url, body):
    request = urllib.request.Request(url + "/patching", json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


@torch.no_grad()
def loop(model, clean, corrupted, answer, foil):
    blocks = model.transformer.h
    states = model(torch.tensor([clean]), output_hidden_states=True).hidden_states
    grid = torch.empty(len(blocks), len(clean))
    for layer, block in enumerate(blocks):
        kept = {}
        handle = block.register_forward_hook(lambda m, i, out: kept.update(out=out))  # the last of hidden_states is normed
        model(torch.tensor([clean]))
        handle.remove()
        source = kept["out"][0] if isinstance(kept["out"], tuple) else kept["out"]
        for position in range(len(clean)):
            def patch(module, inputs, out):
                value = (out[0] if isinstance(out, tuple) else out).clone()
                value[:, position] = source[:, position]
                return (value, *out[1:]) if isinstance(out, tuple) else value

            handle = block.register_forward_hook(patch)
            logits = model(torch.tensor([corrupted])).logits[0, -1]
            handle.remove()
            grid[layer, position] = logits[answer] - logits[foil]
    return grid


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--models", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    a = parser.parse_args()
    model = AutoModelForCausalLM.from_pretrained(f"{a.models}/{a.model}", attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(0)
    clean, corrupted = torch.randint(0, model.config.vocab_size, (2, a.tokens), generator=generator).tolist()
    body = {"model": a.model, "clean": clean, "corrupted": corrupted, "hook": "resid_post", "over": ["layer", "position"],
            "metric": {"type": "logit_difference", "answer": 3, "foil": 4}}
    headlight(a.url, body)
    ours, theirs = [], []
    for _ in range(a.rounds):
        start = time.perf_counter()
        answer = headlight(a.url, body)
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        grid = loop(model, clean, corrupted, 3, 4)
        theirs.append(time.perf_counter() - start)
    difference = (torch.tensor(answer["grid"]["data"]) - grid).abs().max().item()
    print(f"{a.model}, {grid.numel()} cells, {a.tokens} tokens: Headlight {statistics.median(ours):.2f} s, loop "
          f"{statistics.median(theirs):.2f} s, {statistics.median(theirs) / statistics.median(ours):.1f} times; "
          f"largest difference {difference:.1e}; work {answer['work']}")


main()
