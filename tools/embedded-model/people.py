"""Sentences in which the right name has to be found: "When Mary and John went ... , John gave a drink to" -> " Mary".

Kinds: two (two names, one again), distractor (something between subject and verb), three (three names, two again),
keep and give (who owns the thing: the repeated or the other name), stay (a third person who stays out of it),
newcomer (the giver is new, so both names are right). The controls keep "the last name" or "not the last name" from
being enough. Pairs of names belong to one part: training, development or test.
"""

import zlib
from dataclasses import dataclass

import tasks
from words import ADJECTIVES, ANIMALS, NAMES, OBJECTS, PLACES

TRAIN, DEVELOPMENT, TEST = 0, 1, 2


@dataclass
class NameSentence:
    """A prompt, one right name, all right names, all names in play that are wrong, the ending, and the kind."""

    prompt: str
    answer: str
    right: list
    wrong: list
    ending: str
    kind: str


# Braces: L the names, P a place, Q and O things, N an animal, J an adjective, D a distracting name.
FIXED_OPENINGS = [
    "When {L} went to the {P} ,",
    "After {L} came back from the {P} ,",
    "While {L} were at the {P} ,",
    "{L} had a good time at the {P} .",
    "Then {L} went to the {P} .",
    "Once {L} met at the {P} .",
    "One day {L} were playing near the {P} .",
    "Because {L} were at the {P} ,",
    "The friends {L} walked home from the {P} .",
    "Before {L} left the {P} ,",
    "Yesterday {L} saw a {Q} at the {P} .",
    "Friends {L} found a {Q} at the {P} .",
    "It was a {J} day and {L} were at the {P} .",
    "At the {P} {L} found a {Q} .",
    "{L} ran home from the {P} .",
    "There was a {N} near the {P} . {L} saw it .",
    "As it was late , {L} left the {P} .",
    "{L} sat near the {P} with a {N} .",
    "The {N} was at the {P} , and {L} went there .",
    "One day there were {L} and a {N} at the {P} .",
]
# Openings with the names after the verb.
NAMES_LAST_OPENINGS = [
    "A {N} ran to {L} at the {P} .",
    "The teacher met {L} at the {P} .",
    "There was a box near {L} in the {P} .",
    "The king found {L} in the {P} .",
    "The {N} was a friend of {L} .",
    "At the {P} a {N} came to {L} .",
    "Near the box sat {L} with a {N} .",
    "It was a {J} day for {L} at the {P} .",
    "The children saw {L} and a {N} .",
    "The farmer gave {L} a {Q} .",
]
# The rest of the openings are put together: a lead or a conjunction, the names, a scene, a trail.
LEADS = ["", "", "", "One day ", "Then ", "Yesterday ", "Once ", "In the morning ", "Later ", "After that "]
LEADS += ["It was late . ", "It was a {J} day . ", "The {N} was {J} . ", "As it was late , ", "In the end "]
LEADS += ["There was a {N} near the {P} . "]
CONJUNCTIONS = ["When", "After", "While", "Because", "Before", "Since"]
SCENES = [
    "went to the {P}",
    "walked to the {P}",
    "came back from the {P}",
    "met at the {P}",
    "were playing near the {P}",
    "had a good time at the {P}",
    "sat near the {P}",
    "saw a {Q} at the {P}",
    "found a {Q} near the {P}",
    "left the {P}",
    "ran home from the {P}",
    "were in the {P}",
    "bought a {Q} at the {P}",
    "saw a {N} near the {P}",
    "talked at the {P}",
    "waited near the {P}",
    "put a {Q} in the box",
    "asked for a {Q} at the {P}",
]
TRAILS = ["", "", "", "", "", " with a {N}", " and were happy", " for a long time"]

# Never trained on. The training openings were written by people who had seen figures on the first two lists; the third
# was written together with the training openings, before any figure, and neither was changed after.
UNSEEN_OPENINGS = {
    "first": [
        "As soon as {L} got to the {P} ,",
        "Last night {L} ran to the {P} and sat down .",
        "In the {P} there were {L} .",
        "{L} came to the {P} with a {Q} .",
    ],
    "second": [
        "The {N} saw {L} near the {P} .",
        "{L} played all day at the {P} .",
        "{L} wanted a {Q} , so they went to the {P} .",
    ],
    "third": [
        "The {P} was quiet and {L} sat there .",
        "Near the {P} the {N} ran to {L} .",
        "With a {Q} in the box {L} came home from the {P} .",
        "Because it was a {J} day {L} played at the {P} .",
        "All the friends went to the {P} , and {L} stayed there .",
        "{L} were very {J} at the {P} and found a {N} there .",
    ],
}

ACTIONS = [
    "gave a {O} to",
    "handed a {O} to",
    "showed a {O} to",
    "sent a {O} to",
    "sold a {O} to",
    "passed the {O} to",
    "threw the {O} to",
    "wanted to give a {O} to",
    "took a {O} and gave it to",
    "read the {O} to",
    "got a {O} from",
    "bought a {O} for",
    "found a {O} for",
    "asked for a {O} from",
    "went to give a {O} to",
    "came home with a {O} for",
    "put the {O} in a box for",
]
UNSEEN_ACTIONS = ["brought a {O} over to", "decided to lend a {O} to", "made a {O} for"]

BETWEEN = ["it was late and", "the {N} was sad so", "it was a {J} day and", "there was a {J} {N} and"]
DISTRACTORS = [
    ", who was very happy ,",
    "looked at the {Q} and",
    "said hello and then",
    ", a friend of {D} ,",
    ", a friend of {D} ,",
]
KEEPING = ["found a {O} and kept it .", "bought a {O} and put it in a box .", "took a {O} and kept it ."]
GIVING = ["found a {O} and gave it away .", "bought a {O} and did not want it .", "took a {O} and gave it away ."]

# The words that say what became of the thing.
FATES = ["kept", "put", "away", "want"]

KINDS = {"two": 0.2, "distractor": 0.15, "three": 0.23, "keep": 0.13, "give": 0.12, "stay": 0.09, "newcomer": 0.08}

# Lines that bring the words of the unseen openings and actions into training, in other places.
LINES = [
    "Last night the {N} ran to the {P} and sat down .",
    "As soon as it got late the {N} came home .",
    "The {N} came over to the {P} .",
    "The king decided to lend a {O} to the queen .",
    "The teacher made a {O} for the child .",
    "The man brought a {O} to the {P} .",
    "There were {J} birds in the {P} .",
    "The {O} belongs to the {N} .",
    "The {N} got a {O} soon .",
    "Near the {P} there was a {N} .",
    "With a {O} the {N} was very {J} .",
    "All the birds were {J} .",
    "The {N} stayed there and played .",
]


def part_of(names):
    """The part a set of names belongs to: one in sixteen for development, one in sixteen for the test."""
    crc = zlib.crc32("|".join(sorted(names)).encode()) % 16
    return {0: DEVELOPMENT, 8: TEST}.get(crc, TRAIN)


def fill(r, template, obj=None):
    """Fills every slot but the names with random words."""
    return template.format(
        P=r.choice(PLACES),
        O=obj or r.choice(OBJECTS),
        Q=r.choice(OBJECTS),
        N=r.choice(ANIMALS)[0],
        J=r.choice(ADJECTIVES),
        L="{L}",
        D="{D}",
    )


def training_opening(r):
    """One of the training openings, fixed or put together."""
    u = r.random()
    if u < 0.35:
        return r.choice(FIXED_OPENINGS)
    if u < 0.5:
        return r.choice(NAMES_LAST_OPENINGS)
    if u < 0.75:
        return r.choice(LEADS) + "{L} " + r.choice(SCENES) + r.choice(TRAILS) + " ."
    return r.choice(CONJUNCTIONS) + " {L} " + r.choice(SCENES) + r.choice(TRAILS) + " ,"


def name_sentence(r, part=TRAIN, kind=None, openings=None, actions=ACTIONS):
    """One sentence of a kind (random if None), with names of a part, from the training openings or the given ones."""
    kind = kind or r.choices(list(KINDS), KINDS.values())[0]
    while True:
        a, b, c, distracting = r.sample(NAMES, 4)
        names = [a, b, c] if kind in ("three", "newcomer", "stay") else [a, b]
        if part_of(names if kind == "three" else names[:2]) == part:
            break
    obj = r.choice(OBJECTS)
    opening = r.choice(openings) if openings else training_opening(r)

    if kind == "three":
        listed = r.choice([f"{a} , {b} and {c}", f"{a} and {b} and {c}"])
        order = [a, b, c]
        r.shuffle(order)
        subject, right, wrong = f"{order[0]} and {order[1]}", [order[2]], order[:2]
    else:
        listed = f"{a} and {b}"
        subject, other = (a, b) if r.random() < 0.5 else (b, a)
        right, wrong = [other], [subject]
        if kind == "newcomer":
            subject, right, wrong = c, [a, b], [c]

    text = fill(r, opening).replace("{L}", listed)
    if kind == "stay":
        line = f"{c} stayed at home ."
        first = r.random() < 0.5 or not text.endswith(".")
        text = f"{line} {text}" if first else f"{text} {line}"
        wrong = wrong + [c]

    if kind in ("keep", "give"):
        text += f" {subject} " + fill(r, r.choice(KEEPING if kind == "keep" else GIVING), obj)
        text += f" The {obj} belongs to"
        if kind == "keep":
            right, wrong = wrong, right
    else:
        if kind != "three" and r.random() < 0.3:
            text += " " + fill(r, r.choice(BETWEEN))
        text += f" {subject}"
        if kind == "distractor" or (kind == "stay" and r.random() < 0.3):
            line = r.choice(DISTRACTORS)
            if "{D}" in line:
                wrong = wrong + [distracting]
            text += " " + fill(r, line).replace("{D}", distracting)
        text += " " + fill(r, r.choice(actions), obj)
    return NameSentence(text, " " + r.choice(right), right, wrong, " .", kind)


def plain_text(r):
    """A short story, or a few unconnected lines."""
    if r.random() < 0.35:
        return " ".join(fill(r, r.choice(LINES)) for _ in range(r.randint(2, 4)))
    return tasks.story(r, False).prompt
