"""Writes parameters as a Transformers checkpoint in float16, and checks that it reloads to the same logits."""

import json
import os

import torch
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

import model
from circuits import HEADS, LAYERS


def save(parameters, tokenizer, folder):
    """Writes config.json, model.safetensors (the tied output weight is not stored twice) and the tokenizer."""
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=model.CONTEXT,
        n_embd=model.D_MODEL,
        n_layer=LAYERS,
        n_head=HEADS,
        n_inner=model.D_MLP,
        resid_pdrop=0,
        embd_pdrop=0,
        attn_pdrop=0,
        bos_token_id=0,
        eos_token_id=0,
        tie_word_embeddings=True,
    )
    gpt2 = GPT2LMHeadModel(config)
    state = {name: value.detach().clone() for name, value in parameters.items()}
    state["lm_head.weight"] = state["transformer.wte.weight"]
    gpt2.load_state_dict(state)
    gpt2.half().save_pretrained(folder)
    os.remove(os.path.join(folder, "generation_config.json"))  # says nothing that config.json does not
    os.chmod(os.path.join(folder, "model.safetensors"), 0o644)
    save_tokenizer(tokenizer, folder)


def save_tokenizer(tokenizer, folder):
    """Writes tokenizer.json and a tokenizer_config.json that older versions of Transformers can read as well."""
    tokenizer.backend_tokenizer.save(os.path.join(folder, "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokenizer.bos_token,
        "eos_token": tokenizer.eos_token,
        "unk_token": tokenizer.unk_token,
        "pad_token": tokenizer.pad_token,
        "add_bos_token": True,
        "model_max_length": tokenizer.model_max_length,
    }
    with open(os.path.join(folder, "tokenizer_config.json"), "w", encoding="utf-8") as file:
        json.dump(settings, file, indent=2)
        file.write("\n")


@torch.no_grad()
def check(parameters, folder):
    """-> largest logit difference from the checkpoint, widened, to the parameters: rounded to float16, and as is."""
    gpt2 = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    vocabulary = parameters["transformer.wte.weight"].shape[0]
    ids = torch.randint(1, vocabulary, (8, model.CONTEXT), generator=torch.Generator().manual_seed(0))
    positions = torch.arange(model.CONTEXT)[None].expand_as(ids)
    mask = torch.tril(torch.ones(model.CONTEXT, model.CONTEXT, dtype=torch.bool))[None, None]
    theirs = gpt2(ids).logits

    def ours(p):
        return model.forward(p, ids, positions, mask, HEADS)[0] @ p["transformer.wte.weight"].T

    rounded = ours({name: value.half().float() for name, value in parameters.items()})
    return (theirs - rounded).abs().max().item(), (theirs - ours(parameters)).abs().max().item()
