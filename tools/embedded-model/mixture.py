"""What the model is trained on: a seeded stream of documents, packed into batches."""

import random
from dataclasses import dataclass, field

import torch

from circuits import FREE, NAMES, REPEATS, ROLES
from people import ACTIONS, FATES, UNSEEN_ACTIONS, UNSEEN_OPENINGS, name_sentence, plain_text
from repeats import repeated_block
from tasks import TASKS, with_articles

END_OF_TEXT = 0

SHARES = {
    "names": 0.35,
    "repeats": 0.18,
    "fact": 0.19,
    "greater-than": 0.06,
    "agreement": 0.06,
    "brackets": 0.06,
    "pronoun": 0.03,
    "text": 0.09,
}
# Answers count more than the words around them.
NAME_WEIGHT, ANSWER_WEIGHT, BRACKET_WEIGHT, OPEN_BRACKET_WEIGHT = 6.0, 4.0, 2.0, 0.5


def lexicon(rounds):
    """All words of the micro-world, from sentences of every kind, sorted."""
    r = random.Random(1)
    words = set()
    for _ in range(rounds):
        for task in TASKS.values():
            s = task(r, False)
            words |= set((s.prompt + s.answer + (s.wrong or "") + s.ending).split())
        for openings in (None, *UNSEEN_OPENINGS.values()):
            s = name_sentence(r, openings=openings, actions=ACTIONS + UNSEEN_ACTIONS)
            words |= set(s.prompt.split())
        words |= set(plain_text(r).split())
    return sorted(w for w in words if w.isalpha())


@dataclass
class Document:
    """Token ids (without the first end-of-text token), the weight of each, the route, and the attention hints.

    A hint (role, i, j): the heads of the role should look from token i to token j.
    """

    ids: list
    weights: list
    route: int = FREE
    hints: list = field(default_factory=list)


class Mixture:
    """Draws documents and batches. encode: text -> ids without end of text; words: ids of the lexicon's words."""

    def __init__(self, r, encode, words, vocabulary):
        self.r, self.encode, self.words, self.vocabulary = r, encode, words, vocabulary

    def document(self, progress):
        """A random document. progress (0 to 1): repeats are drawn more often early on."""
        shares = dict(SHARES)
        shares["repeats"] *= 1.6 if progress < 0.35 else 1.0
        kind = self.r.choices(list(shares), shares.values())[0]
        if kind == "repeats":
            return self._repeats()
        if kind == "text":
            ids = self.encode(with_articles(plain_text(self.r)))
            return Document(ids, [1.0] * len(ids))
        sentence = name_sentence(self.r) if kind == "names" else TASKS[kind](self.r, False)
        prompt = with_articles(sentence.prompt)
        n = len(self.encode(prompt))
        ids = self.encode(prompt + sentence.answer + with_articles(sentence.ending))
        weights = [1.0] * len(ids)
        if kind == "brackets":
            # the closing brackets follow from the prompt, the opening ones from nothing
            weights = [OPEN_BRACKET_WEIGHT] * n + [BRACKET_WEIGHT] * (len(ids) - n)
        weights[n] = NAME_WEIGHT if kind == "names" else ANSWER_WEIGHT
        if kind != "names":
            return Document(ids, weights)
        return Document(ids, weights, NAMES, self._name_hints(sentence, ids, n))

    def _repeats(self):
        ids, weights, n = repeated_block(self.r, self.words, self.vocabulary)
        hints = [
            ("induction", j - 1, j - back * n)
            for j in range(len(ids))
            if weights[j] > 0
            for back in (1, 2)
            if j - back * n >= 0 and ids[j - back * n] == ids[j]
        ]
        return Document(ids, weights, REPEATS, hints)

    def _name_hints(self, sentence, ids, n):
        """From the end to the right names and to the last mention of a repeated name; from that one to the first."""

        def mentions(name):
            inside, at_start = self.encode(" " + name)[0], self.encode(name)[0]
            return [j for j in range(n) if ids[j] == inside or (j == 0 and ids[j] == at_start)]

        hints = [("name", n - 1, j) for name in sentence.right for j in mentions(name)]
        if sentence.kind == "keep":
            repeated = sentence.right
        else:
            repeated = sentence.wrong[: 2 if sentence.kind == "three" else 1]
        for name in repeated:
            at = mentions(name)
            hints.append(("subject", n - 1, at[-1]))
            if len(at) > 1:
                hints.append(("duplicate", at[-1], at[0]))
        if sentence.kind in ("keep", "give"):
            fates = [self.encode(" " + word)[0] for word in FATES]
            hints.append(("fate", n - 1, max(j for j in range(n) if ids[j] in fates)))
        return hints

    def batch(self, progress, rows, length):
        """Packs documents into rows of a fixed length; the last one of a row is cut off."""
        ids, weights, positions, routes, numbers = [], [], [], [], []
        hints = {role: torch.zeros(rows, length, length) for role in ROLES}
        for row in range(rows):
            x, w, p, g, d = [], [], [], [], []
            while len(x) < length:
                document = self.document(progress)
                tokens, token_weights = [END_OF_TEXT] + document.ids, [0.0] + document.weights
                if document.route != REPEATS:
                    # the end of a text is learnt, but a repeat has no end to learn
                    tokens, token_weights = tokens + [END_OF_TEXT], token_weights + [1.0]
                n = len(tokens)
                start = len(x) + 1
                for role, i, j in document.hints:
                    if start + i < length:
                        hints[role][row, start + i, start + j] = 1
                # a few documents start at a random position, so that heads learn every position
                shifted = self.r.random() < 0.15 and n < length
                offset = self.r.randint(0, length - n) if shifted else 0
                number = d[-1] + 1 if d else 1
                x += tokens
                w += token_weights
                p += range(offset, offset + n)
                g += [document.route] * n
                d += [number] * n
            for rows_so_far, new in ((ids, x), (weights, w), (positions, p), (routes, g), (numbers, d)):
                rows_so_far.append(new[:length])
        t = torch.tensor
        return Batch(t(ids), t(weights), t(positions), t(routes), t(numbers), hints)


@dataclass
class Batch:
    """ids, weights, positions, routes and document numbers, all (row, token); hints: role -> (row, from, to)."""

    ids: torch.Tensor
    weights: torch.Tensor
    positions: torch.Tensor
    routes: torch.Tensor
    documents: torch.Tensor
    hints: dict
