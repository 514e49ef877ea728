"""The service that bench/kill ends: starts it, gives it work and holds its answers to the right ones."""
import json
import os
import threading
import urllib.request

import soak_clients
import soak_requests
from services import OPENER, Failed, free_port, post, timed, wait

BIG, FIXTURE = "big", "gpt2"  # made here, and a fixture with values from PyTorch
REQUEST = {"input": [5, 17, 300, 42, 7, 999], "layers": [0, 1]}
PATCHING = {"clean": "The capital of France is", "corrupted": "The capital of Italy is", "hook": "resid_post", "over": ["layer", "position"],
            "metric": {"type": "logit_difference", "answer": " Paris", "foil": " Rome"}}
TOLERANCE = 1e-4
CLIENTS = 8


class Service:
    """One service after the other on the same folders: models, temporary files and unpacked libraries."""

    def __init__(self, services, jar, folder, hub):
        self.services, self.jar, self.folder, self.hub = services, jar, folder, hub
        self.temporary = f"{folder}/tmp"
        os.makedirs(self.temporary)
        self.right = soak_requests.references(f"{folder}/models")
        self.starts, self.kills, self.port, self.reference, self.load_seconds = [], 0, 0, None, 0

    def launch(self):
        self.port = free_port()
        settings = [f"--server.port={self.port}", f"--headlight.models-dir={self.folder}/models", f"--headlight.hub.endpoint={self.hub}", "--headlight.device=cpu"]
        return self.services.start("kill", ["java", "-XX:TieredStopAtLevel=1", f"-Djava.io.tmpdir={self.temporary}", "-jar", self.jar, *settings], {"DJL_CACHE_DIR": f"{self.folder}/natives"})

    def start(self):
        """The seconds until it is ready."""
        took, _ = timed(lambda: self.ready(self.launch()))
        self.starts.append(took)
        return took

    def ready(self, child):
        wait(self.port, "/actuator/health/readiness", child, self.services.log)

    def kill(self):
        child = self.services.children.pop()
        if child.poll() is not None:
            raise Failed(f"the service ended by itself with {child.returncode}")
        child.kill()
        child.wait()
        self.kills += 1

    def ask(self, model=BIG):
        return soak_clients.values(json.loads(post(self.port, "/attention", {"model": model, **REQUEST}))["results"])

    def unload(self):
        OPENER.open(urllib.request.Request(f"http://127.0.0.1:{self.port}/models/{BIG}/load", method="DELETE"), timeout=60).close()

    def busy(self):
        """Clients that ask until the service is gone."""
        def client():
            while True:
                post(self.port, "/patching", PATCHING)
                self.ask()

        for _ in range(CLIENTS):
            self.background(client)

    def background(self, call):
        def until_killed():
            try:
                call()
            except (OSError, Failed, ValueError):
                pass

        threading.Thread(target=until_killed, daemon=True).start()

    def wrong(self, model=BIG):
        """Answers that are not the right ones: the fixture's are PyTorch's, those of the other model its own before any kill."""
        faults, client = [], soak_clients.Client(self.port)
        for request in self.right[:3]:
            answer = client.ask(request)
            tensors = soak_requests.safetensors(answer.body) if answer.status == 200 else {}
            if any(soak_clients.largest_gap(tensors.get(name, []), right) > TOLERANCE for name, right in request.reference.items()):
                faults.append(f"{FIXTURE}: {request.path} answers {answer.status} and not PyTorch's values")
        client.close()
        self.load_seconds, answer = timed(lambda: self.ask(model))  # the first of its requests after a start
        unlike = soak_clients.unlike(self.reference, answer)
        return faults + ([f"{model} answers otherwise than before: {unlike}"] if unlike else [])
