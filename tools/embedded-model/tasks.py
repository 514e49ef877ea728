"""Small tasks with one known answer each: facts, years, agreement, brackets, pronouns; and short stories.

Every generator takes a random.Random and whether a held-out sentence is wanted, and returns a Sentence.
"""

import re
import zlib
from dataclasses import dataclass

from words import ADJECTIVES, ANIMALS, COUNTRIES, MEN, NAMES, OBJECTS, PLACES, PLURAL, SINGULAR, WOMEN


@dataclass
class Sentence:
    """A prompt, the token that should follow, the tempting wrong one (or None), and the rest of the sentence."""

    prompt: str
    answer: str
    wrong: str | None
    ending: str


def with_articles(text):
    """"a apple" -> "an apple"."""
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)


def is_held_out(*key):
    """True for one in eight keys: these combinations are never trained on."""
    return zlib.crc32("|".join(map(str, key)).encode()) % 8 == 0


RELATIONS = {
    "capital": (
        [
            "The capital of {s} is {o}",
            "The capital city of {s} is called {o}",
            "If you visit {s} you should see its capital , {o}",
            "In {s} the capital is {o}",
        ],
        [(c[0], c[1]) for c in COUNTRIES],
    ),
    "language": (
        [
            "The language of {s} is {o}",
            "The people of {s} speak {o}",
            "In {s} the language is {o}",
            "Everyone in {s} can speak {o}",
        ],
        [(c[0], c[2]) for c in COUNTRIES],
    ),
    "continent": (
        [
            "The country of {s} is in {o}",
            "You can find {s} on the map of {o}",
            "The continent of {s} is {o}",
            "In which part of the world is {s} ? It is in {o}",
        ],
        [(c[0], c[3]) for c in COUNTRIES],
    ),
    "money": (
        [
            "The money of {s} is the {o}",
            "In {s} you pay with the {o}",
            "The people of {s} pay with the {o}",
            "The coin of {s} is called the {o}",
        ],
        [(c[0], c[4]) for c in COUNTRIES],
    ),
    "young": (
        ["The young of a {s} is called a {o}", "A young {s} is a {o}", "The child of the {s} is a {o}"],
        [(a[0], a[1]) for a in ANIMALS],
    ),
    "sound": (
        ["On the farm the {s} {o}", "Every night the {s} {o}", "When it is happy the {s} {o}"],
        [(a[0], a[2]) for a in ANIMALS],
    ),
}
FACTS = [(relation, s, o) for relation, (_, pairs) in RELATIONS.items() for s, o in pairs]


def fact(r, held_out):
    """A fact in one of its paraphrases. One paraphrase of every fact is held out."""
    while True:
        relation, subject, obj = r.choice(FACTS)
        templates = RELATIONS[relation][0]
        i = r.randrange(len(templates))
        if (zlib.crc32((relation + subject).encode()) % len(templates) == i) == held_out:
            break
    prompt = templates[i].replace(" {o}", "").format(s=subject)
    return Sentence(prompt, " " + obj, None, " .")


SPANS = "war trip feast storm reign project journey famine".split()


def greater_than(r, held_out):
    """A span of years within a century: the second year must be the later one."""
    while True:
        noun, century, year = r.choice(SPANS), r.randint(11, 19), r.randint(2, 97)
        if is_held_out(noun, century, year) == held_out:
            break
    prompt = f"The {noun} lasted from the year {century}{year:02d} to the year {century}"
    return Sentence(prompt, f"{r.randint(year + 1, 99):02d}", f"{year:02d}", " .")


PREPOSITIONS = ["near the", "behind the", "next to the", "with the"]
VERBS = [("is", "are"), ("was", "were"), ("has", "have"), ("runs", "run"), ("likes", "like")]
AFTER_VERB = {
    "is": "tired old big small here".split(),
    "are": "tired old big small here".split(),
    "was": "tired old here".split(),
    "were": "tired old here".split(),
    "has": ["a box", "a key"],
    "have": ["a box", "a key"],
    "runs": ["fast", "home"],
    "run": ["fast", "home"],
    "likes": ["music", "cake"],
    "like": ["music", "cake"],
}


def agreement(r, held_out):
    """A verb that agrees with its subject, not with the noun in between."""
    while True:
        i, j = r.sample(range(len(SINGULAR)), 2)
        subject_number, other_number, preposition = r.randrange(2), r.randrange(2), r.choice(PREPOSITIONS)
        if is_held_out(i, j, subject_number, other_number) == held_out:
            break
    verbs = r.choice(VERBS)
    verb = verbs[subject_number]
    between = "" if r.random() < 0.2 else f" {preposition} {(SINGULAR, PLURAL)[other_number][j]}"
    prompt = f"The {(SINGULAR, PLURAL)[subject_number][i]}{between}"
    return Sentence(prompt, " " + verb, " " + verbs[1 - subject_number], " " + r.choice(AFTER_VERB[verb]) + " .")


CLOSING = {"(": ")", "[": "]", "{": "}"}


def brackets(r, held_out):
    """Nested brackets of three kinds: the innermost open one must be closed first."""
    while True:
        stack, out = [], []
        length = r.randint(6, 16)
        while len(out) < length or not stack:
            if stack and (len(stack) >= 5 or r.random() < 0.45):
                out.append(CLOSING[stack.pop()])
            else:
                stack.append(r.choice("([{"))
                out.append(stack[-1])
        if is_held_out(*out) == held_out:
            break
    closing = [CLOSING[b] for b in reversed(stack)]
    return Sentence("code " + " ".join(out), " " + closing[0], None, "".join(" " + b for b in closing[1:]) + " .")


def pronoun(r, held_out):
    """A pronoun that agrees with the name."""
    while True:
        woman = r.random() < 0.5
        name = r.choice(WOMEN if woman else MEN)
        place, obj = r.choice(PLACES), r.choice(OBJECTS)
        if is_held_out(name, place) == held_out:
            break
    right, wrong = (" she", " he") if woman else (" he", " she")
    prompt = f"One day {name} went to the {place} because"
    return Sentence(prompt, right, wrong, f" wanted a {r.choice(ADJECTIVES)} {obj} .")


def story(r, held_out):
    """A few sentences about one person. No answer: it is there so that free text reads as lines."""
    woman = r.random() < 0.5
    name = r.choice(WOMEN if woman else MEN)
    friend = r.choice([x for x in NAMES if x != name])
    they, their = ("she", "her") if woman else ("he", "his")
    They = they.capitalize()
    adjective, other_adjective = r.choice(ADJECTIVES), r.choice(ADJECTIVES)
    obj, place = r.choice(OBJECTS), r.choice(PLACES)
    animal = r.choice(ANIMALS)[0]
    lines = [
        f"Once there was a {adjective} {r.choice(['girl' if woman else 'boy', 'child', animal])} named {name} .",
        f"One day {name} went to the {place} because {they} wanted a {other_adjective} {obj} .",
    ]
    lines += r.sample(
        [
            f"{They} saw {friend} there and they played all day .",
            f"At the {place} {they} found a {other_adjective} {obj} .",
            f"{They} was very happy .",
            f"{name} asked {friend} to help {their} friend .",
            f"The {animal} was sad , so {name} gave it a {obj} .",
            f"{name} put the {obj} in {their} box .",
        ],
        r.randint(2, 3),
    )
    lines.append(r.choice([f"Then {they} went home .", f"In the end {name} and {friend} were good friends ."]))
    return Sentence(" ".join(lines), "", None, "")


TASKS = {
    "fact": fact,
    "greater-than": greater_than,
    "agreement": agreement,
    "brackets": brackets,
    "pronoun": pronoun,
}
