"""Start to ready, and peak memory of a service that serves the small model."""
import json
import os
import shutil
import subprocess

import load
from common import JSON, SAFETENSORS, Results, ids, memory
from services import Failed, Services, timed

READY_AIM = 4.0  # seconds
PEAK_FACTOR, PEAK_MIB = 1.15, 650


def ready(bench, results, rounds):
    for name, java in (("java -jar", ()), ("unpacked, with an archive of its classes, as in the container", extracted(bench))):
        seconds = []
        for _ in range(min(rounds, 3) + 1):
            with Services(bench) as services:
                seconds.append(timed(lambda: services.headlight(java=java))[0])
        results.figure(f"start to ready, warm, {name}", "s", seconds[1:], READY_AIM, "the first of all starts only warms the page cache")


def extracted(bench):
    """Options of Java for the unpacked jar with an archive of its classes: what the Dockerfile does."""
    folder, jar = f"{bench.folder}/extracted", os.path.basename(bench.jar)
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["java", "-Djarmode=tools", "-jar", bench.jar, "extract", "--destination", folder], check=True, stdout=subprocess.DEVNULL)
    archive, started = f"{folder}/classes.jsa", f"{folder}/{jar}"
    subprocess.run(["java", f"-XX:ArchiveClassesAtExit={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Dspring.context.exit=onRefresh", "-jar", started], check=True, stdout=subprocess.DEVNULL)
    return (f"-XX:SharedArchiveFile={archive}", "-jar", started)


def peak(bench, results, name, *settings):
    """The whole process, from its start on: JSON and safetensors, short and long, alone and eight at once."""
    weights = os.path.getsize(f"{bench.models}/small/model.safetensors") / 2**20
    with Services(bench) as services:
        port = services.headlight(*settings)
        for tokens, clients in ((20, 1), (20, 8), (128, 1), (128, 8)):
            for accept in (JSON, SAFETENSORS):
                request = load.request("/attention", json.dumps({"model": "small", "input": ids(tokens)}).encode(), accept)
                result = load.run([port], request, clients, 1, 2 * clients)
                if result["bad"] or result["unanswered"]:
                    raise Failed(f"statuses {set(result['bad'])}, {result['unanswered']} unanswered")
        high = memory(services.children[-1].pid)["VmHWM"]
    most = PEAK_FACTOR * weights + PEAK_MIB
    results.figure(f"peak memory (VmHWM) after serving GPT-2-small size, {name}", "MiB", [high], most, f"weights {weights:.0f} MiB; {high / weights:.2f} of them; aim {PEAK_FACTOR} × weights + {PEAK_MIB} MiB")


def measure(bench, budget, rounds):
    results = Results()
    ready(bench, results, rounds)
    peak(bench, results, "on the defaults")
    peak(bench, results, "without packed weights", "--headlight.pack-weights=false")
    return results
