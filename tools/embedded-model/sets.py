"""Held-out sentences and repeats to measure on, and how they are scored."""

import random
from itertools import count, islice

import torch

import tasks
from people import name_sentence
from probes import padded


class NameSet:
    """n name sentences of one kind and part, in words that are one token each."""

    def __init__(self, probe, n, part, seed, **options):
        self.probe = probe
        r = random.Random(seed)
        drawn = (name_sentence(r, part, **options) for _ in count())
        self.sentences = list(islice((s for s in drawn if probe.knows(s.prompt)), n))
        self._load([probe.encode(tasks.with_articles(s.prompt)) for s in self.sentences])

    def _load(self, sequences):
        self.sequences = sequences
        self.ids, self.ends = padded(sequences)

    def _end_logits(self):
        return self.probe.logits(self.ids)[torch.arange(len(self.sequences)), self.ends]

    def accuracy(self):
        """-> share where every right name beats every wrong one, share where the most likely token is a right name."""
        beaten = first = 0
        for row, s in zip(self._end_logits(), self.sentences):
            right, wrong = ([self.probe.id_of(n) for n in names] for names in (s.right, s.wrong))
            beaten += bool(row[right].min() > row[wrong].max())
            first += int(row.argmax()) in right
        return beaten / len(self.sentences), first / len(self.sentences)

    def logit_difference(self):
        """Mean logit of the (first) right name less that of the (first) wrong one."""
        rows = self._end_logits()
        pairs = [(self.probe.id_of(s.right[0]), self.probe.id_of(s.wrong[0])) for s in self.sentences]
        return sum(float(row[a] - row[b]) for row, (a, b) in zip(rows, pairs)) / len(pairs)

    def flipped(self):
        """The same sentences with the other name as the giver: "... , Mary gave a drink to"."""
        sequences = []
        for sequence, s in zip(self.sequences, self.sentences):
            right, wrong = self.probe.id_of(s.right[0]), self.probe.id_of(s.wrong[0])
            sequence = list(sequence)
            last = max(i for i, token in enumerate(sequence) if token == wrong)
            sequence[last] = right
            sequences.append(sequence)
        other = object.__new__(NameSet)
        other.probe, other.sentences = self.probe, self.sentences
        other._load(sequences)
        return other


def acceptable(probe, sentence):
    """Tokens that are right answers: any verb of the right number, or else the answer alone."""
    for forms in zip(*tasks.VERBS):
        if sentence.answer[1:] in forms:
            return [probe.id_of(form) for form in forms]
    return [probe.encode(sentence.answer)[0]]


def task_accuracy(probe, task, n, seed):
    """Right on n held-out sentences.

    Agreement and pronouns: the right form above the wrong one. Years: the most likely year is later. Else: the most
    likely token of all is the answer. -> accuracy, share where the most likely token of all is an acceptable one.
    """
    r = random.Random(seed)
    sentences = [tasks.TASKS[task](r, True) for _ in range(n)]
    ids, ends = padded([probe.encode(tasks.with_articles(s.prompt)) for s in sentences])
    rows = probe.logits(ids)[torch.arange(n), ends]
    top = rows.argmax(-1)
    if task == "greater-than":
        years = torch.tensor([probe.tokenizer.convert_tokens_to_ids(f"{i:02d}") for i in range(100)])
        best = rows[:, years].argmax(1)
        right = [int(best[i]) > int(s.wrong) for i, s in enumerate(sentences)]
        first = [right[i] and int(top[i]) in years for i in range(n)]
        return sum(right) / n, sum(first) / n
    answers = [probe.encode(s.answer)[0] for s in sentences]
    first = [int(top[i]) in acceptable(probe, s) for i, s in enumerate(sentences)]
    if sentences[0].wrong is None:
        return sum(first) / n, sum(first) / n
    wrongs = [probe.encode(s.wrong)[0] for s in sentences]
    right = [bool(rows[i, a] > rows[i, b]) for i, (a, b) in enumerate(zip(answers, wrongs))]
    return sum(right) / n, sum(first) / n


def repeats(probe, n, seed, length=25, words=None):
    """n rows of a random block twice; any tokens, or words only."""
    r = random.Random(seed)
    vocabulary = len(probe.tokenizer)
    blocks = [[r.choice(words) if words else r.randrange(1, vocabulary) for _ in range(length)] for _ in range(n)]
    return torch.tensor([[0] + block + block for block in blocks])


def repeat_accuracy(probe, ids):
    """Share of the tokens of the second copy (from its second token on) that are the most likely ones."""
    length = (ids.shape[1] - 1) // 2
    logits = probe.logits(ids)[:, length + 1 : -1]
    return (logits.argmax(-1) == ids[:, length + 2 :]).float().mean().item()
