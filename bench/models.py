"""Makes the models that everything is measured on: GPT-2 with random weights, as Hugging Face folders.

    python models.py FOLDER
"""
import os
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
SIZES = {"tiny": dict(n_layer=4, n_embd=256, n_head=8, vocab_size=2000), "small": dict(n_layer=12, n_embd=768, n_head=12, vocab_size=50257)}
KEYS_GAIN = 4  # random queries and keys are so small that attention would be almost uniform


def make(folder, name):
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    size = SIZES[name]
    model = GPT2LMHeadModel(GPT2Config(n_positions=1024, bos_token_id=0, eos_token_id=0, **size)).eval()
    with torch.no_grad():
        for block in model.transformer.h:
            block.attn.c_attn.weight[:, : 2 * size["n_embd"]].mul_(KEYS_GAIN)
    model.save_pretrained(f"{folder}/{name}")
    tokenizer(size["vocab_size"]).save_pretrained(f"{folder}/{name}")


def tokenizer(vocabulary):
    """One word a token id. Every request sends token ids; interp-engine does not load a model without a tokenizer."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({f"t{i}": i for i in range(vocabulary)}, unk_token="t0"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=words, bos_token="t0", eos_token="t0", unk_token="t0")


def dtypes(source, folder):
    """The weights of one model as float32, float16 and bfloat16 files, without the head, which shares the embedding."""
    import shutil

    import torch
    from safetensors.torch import load_file, save_file

    weights = load_file(f"{source}/model.safetensors")
    for dtype in ("float32", "float16", "bfloat16"):
        os.makedirs(f"{folder}/{dtype}", exist_ok=True)
        save_file({k: v.to(getattr(torch, dtype)) for k, v in weights.items()}, f"{folder}/{dtype}/model.safetensors")
        shutil.copy(f"{source}/config.json", f"{folder}/{dtype}/config.json")
    return sum(v.numel() for v in weights.values())


def main():
    folder = sys.argv[1]
    for name in SIZES:
        if not os.path.exists(f"{folder}/{name}/tokenizer.json"):
            make(folder, name)


if __name__ == "__main__":
    main()
