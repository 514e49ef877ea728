"""Repeated random tokens: what follows can only be known from the earlier copy (induction)."""

LONGEST = 110


def repeated_block(r, words, vocabulary):
    """A random prefix, then a random block two or three times -> token ids, weights, length of the block.

    Weights are 1 only where the copy can be predicted. A document mixes tokens of words with any tokens.
    """
    share_of_words = r.random()

    def pick():
        return r.choice(words) if r.random() < share_of_words else r.randrange(1, vocabulary)

    prefix = [pick() for _ in range(r.randint(0, 12) if r.random() < 0.4 else 0)]
    block = [pick() for _ in range(r.randint(3, 30) if r.random() < 0.6 else r.randint(3, 12))]
    n = len(block)
    copies = 2 if n > 12 or r.random() < 0.6 else 3
    ids = prefix + block * copies
    weights = [0.0] * (len(prefix) + n + 1) + [1.0] * (n * copies - n - 1)
    return ids[:LONGEST], weights[:LONGEST], n
