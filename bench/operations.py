"""The operations of a block of the small model, one by one, in process: Headlight's against PyTorch's own."""
import os

from common import Results
from services import HERE, Services

JAVA = f"{HERE}/../src/test/java/dev/headlight/bench/OperationsInProcess.java"
TOKENS = (20, 128)


def measure(bench, budget, rounds):
    results = Results()
    with Services(bench) as services:
        workers = {"Headlight": services.java_worker(JAVA, str(os.cpu_count())), "PyTorch": services.worker("operations")}
        for tokens, share in zip(TOKENS, (0.5, 1)):
            got = {name: [] for name in workers}
            for number in budget.rounds(rounds, share):
                for name in workers if number % 2 == 0 else reversed(workers):
                    got[name].append(workers[name]("operations", tokens=tokens))
            for operation in got["PyTorch"][0]:
                ours, theirs = ([1e6 * g[operation] for g in got[name]] for name in ("Headlight", "PyTorch"))
                results.comparison(f"{operation}, {tokens} tokens", "µs", ours, {"PyTorch": theirs})
    return results
