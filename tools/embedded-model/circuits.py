"""The plan of the circuits: which heads get which role. It is put into the model by training, not found in it.

Routes: tokens of name sentences and of repeats may use only some heads (see train.py); all else may use all heads.
Hints: some heads are nudged to attend where their role says, for the first 70 % of training.
"""

import torch

LAYERS, HEADS = 4, 8

FREE, NAMES, REPEATS = 0, 1, 2  # routes

# role -> heads (layer, head)
ROLES = {
    "previous": [(0, 4), (0, 5)],  # from each token to the one before it
    "induction": [(2, 0), (2, 1)],  # from a repeated token to the token after its earlier occurrence
    "duplicate": [(0, 3)],  # from the second mention of a name to the first
    "subject": [(2, 2)],  # from the end to the last mention of the repeated name
    "fate": [(1, 3)],  # from the end to the word that says whether the thing was kept or given away
    "name": [(3, 0), (3, 1)],  # from the end to the right name
}
GUIDED = [head for heads in ROLES.values() for head in heads]

NAME_ROUTE = [(0, 0), (0, 1), (0, 3), (0, 4), (0, 5), (1, 0), (1, 1), (1, 2), (1, 3), (2, 2), (3, 0), (3, 1)]
REPEAT_ROUTE = [(0, 4), (0, 5), (2, 0), (2, 1)]


def allowed_heads():
    """(route, layer, head) -> 1 where tokens of the route may use the head."""
    allowed = torch.ones(3, LAYERS, HEADS)
    for route, heads in ((NAMES, NAME_ROUTE), (REPEATS, REPEAT_ROUTE)):
        allowed[route] = 0
        for layer, head in heads:
            allowed[route, layer, head] = 1
    return allowed
