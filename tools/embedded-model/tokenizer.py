"""Makes the tokenizer: byte-level BPE as in GPT-2, in which every word of the micro-world is one token.

Years are split as " 17" + "32". Every text gets the end-of-text token (id 0) in front, as in training.

    python tokenizer.py OUT
"""

import json
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from export import save_tokenizer
from mixture import lexicon

END = "<|endoftext|>"
DIGITS = "0123456789"


def digit_merges():
    """Merges that make " 1", " 2", " 10" ... " 29" and "00" ... "99" tokens, so that a year is two tokens."""
    return (
        [["Ġ", d] for d in "12"]
        + [["Ġ" + c, d] for c in "12" for d in DIGITS]
        + [[a, b] for a in DIGITS for b in DIGITS]
    )


def trained_bpe(words):
    """BPE trained on the lexicon alone, so that it ends with whole words."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4000,
        min_frequency=1,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    # words at the start of a text have no space before them
    capitalised = [w for w in words if w[0].isupper()]
    marks = [" ,", " .", " ?", " )", " ]", " }", " (", " [", " {"]
    tokenizer.train_from_iterator([" " + w for w in words] * 4 + capitalised + marks, trainer)
    return tokenizer


def with_years(tokenizer):
    """Puts the digit merges first and their tokens last."""
    j = json.loads(tokenizer.to_str())
    vocabulary = j["model"]["vocab"]
    merges = digit_merges()
    for a, b in merges:
        vocabulary.setdefault(a + b, len(vocabulary))
    j["model"]["merges"] = merges + [m for m in j["model"]["merges"] if m not in merges]
    return Tokenizer.from_str(json.dumps(j))


def make_tokenizer():
    """The tokenizer, wrapped for Transformers."""
    words = lexicon(12000)
    tokenizer = with_years(trained_bpe(words))
    assert all(len(tokenizer.encode(" " + w).ids) == 1 for w in words), "a word is not one token"
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{END} $A", pair=f"{END} $A $B", special_tokens=[(END, 0)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        unk_token=END,
        pad_token=END,
        model_max_length=128,
    )


def encoder(tokenizer):
    """text -> ids without the end-of-text token in front."""
    return lambda text: tokenizer._tokenizer.encode(text, add_special_tokens=False).ids


if __name__ == "__main__":
    made = make_tokenizer()
    save_tokenizer(made, sys.argv[1])
    print(len(made), "tokens")
