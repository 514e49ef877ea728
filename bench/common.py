"""What the sections share: inputs, time budgets, rows of results and checks of the numbers."""
import json
import os
import time

import numpy
import safetensors.numpy

JSON = "application/json"
SAFETENSORS = "application/vnd.safetensors"
FORMS = {"JSON": JSON, "safetensors": SAFETENSORS}
LAYERS, HEADS = 12, 12  # of the small model


def ids(count, salt=0):
    """Token ids below 1,001, which every model has."""
    return [(i * 37 + salt * 11) % 1000 + 1 for i in range(count)]


class Budget:
    """The time that a section may take."""

    def __init__(self, seconds):
        self.end = time.time() + seconds

    def left(self):
        return self.end - time.time()

    def rounds(self, most, share=1.0):
        """At least one round; another only if as long a one still fits into the share of the time that is left now."""
        end, longest = time.time() + share * self.left(), 0
        for number in range(most):
            if number and time.time() + longest > end:
                return
            start = time.time()
            yield number
            longest = max(longest, time.time() - start)


class Results:
    """
    The rows of a section, in the order of the report.

    A comparison has one number a round for Headlight and for each peer; a figure has numbers of Headlight or the machine.
    """

    def __init__(self):
        self.rows, self.checks, self.notes = [], [], []

    def comparison(self, case, unit, ours, peers, aims=None, detail="", high=False):
        """high: more is better. The ratio is above 1 where Headlight is faster."""
        peers = {k: v for k, v in peers.items() if v}
        self.rows.append(dict(case=case, unit=unit, ours=ours, peers=peers, aims=aims or {}, detail=detail, high=high))

    def figure(self, case, unit, values, most=None, detail=""):
        self.rows.append(dict(case=case, unit=unit, values=values, most=most, detail=detail))

    def check(self, what, peer, difference, bound):
        """A difference above the bound fails the command, at the end of the section."""
        self.checks.append(dict(what=what, peer=peer, difference=float(difference), bound=bound, passed=bool(difference <= bound)))

    def note(self, text):
        self.notes.append(text)

    def data(self):
        return dict(rows=self.rows, checks=self.checks, notes=self.notes)


def difference(a, b):
    """The largest absolute difference where both are finite: a masked score is -inf or the smallest float."""
    a, b = numpy.asarray(a, dtype=numpy.float64), numpy.asarray(b, dtype=numpy.float64)
    if a.shape != b.shape:
        return numpy.inf
    seen = (numpy.abs(a) < 1e30) & (numpy.abs(b) < 1e30)
    if not (numpy.isfinite(a[seen]).all() and numpy.isfinite(b[seen]).all()):
        return numpy.inf
    return float(numpy.abs(a[seen] - b[seen]).max(initial=0))


def memory(pid):
    """VmHWM, VmRSS, RssAnon and RssFile of a process, in MiB (Linux)."""
    with open(f"/proc/{pid}/status") as f:
        return {k: int(v.split()[0]) / 1024 for k, v in (line.split(":", 1) for line in f) if k in ("VmHWM", "VmRSS", "RssAnon", "RssFile")}


def reset_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w") as f:
        f.write("5")


def read_tensors(data):
    return safetensors.numpy.load(data)


def save(path, value):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as f:
        json.dump(value, f, indent=1)
