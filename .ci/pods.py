"""Rules of the manifests that no schema knows: every resource of the kustomization is there, and each pod is restricted.  pods.py FOLDER"""
import os
import sys

import yaml

PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def faults(folder):
    files = sorted(os.path.join(at, f) for at, _, names in os.walk(folder) for f in names if f.endswith(".yaml"))
    kinds = {f: yaml.safe_load(open(f)) for f in files}
    listed = kinds[f"{folder}/kustomization.yaml"]["resources"]
    yield from (f"{name} of the kustomization is missing" for name in listed if not os.path.exists(f"{folder}/{name}"))
    deployment = kinds[f"{folder}/deployment.yaml"]
    pod, labels = deployment["spec"]["template"]["spec"], deployment["spec"]["template"]["metadata"]["labels"]
    yield from restricted(pod)
    selectors = {"deployment": deployment["spec"]["selector"]["matchLabels"], "service": kinds[f"{folder}/service.yaml"]["spec"]["selector"],
                 "networkpolicy": kinds[f"{folder}/networkpolicy.yaml"]["spec"]["podSelector"]["matchLabels"]}
    yield from (f"the {name} selects {selector}, and the pod is {labels}" for name, selector in selectors.items() if not selector.items() <= labels.items())
    volumes, claims = {v["name"]: v for v in pod["volumes"]}, kinds[f"{folder}/models.yaml"]["metadata"]["name"]
    mounts = {m["name"] for c in pod["containers"] for m in c["volumeMounts"]}
    if mounts != set(volumes) or volumes["models"]["persistentVolumeClaim"]["claimName"] != claims:
        yield "mounts, volumes and claim do not match"
    if volumes["keys"]["secret"]["secretName"] != kinds[f"{folder}/optional/secret.yaml"]["metadata"]["name"]:
        yield "the Secret has another name than the Deployment reads"


def restricted(pod):
    if not (pod["securityContext"]["runAsNonRoot"] and pod["automountServiceAccountToken"] is False):
        yield "the pod may run as root, or has a token of the cluster"
    for container in pod["containers"]:
        security, resources = container["securityContext"], container["resources"]
        if not security["readOnlyRootFilesystem"] or security["allowPrivilegeEscalation"] or security["capabilities"] != {"drop": ["ALL"]}:
            yield f"{container['name']} has rights that it does not need"
        for kind in ("cpu", "memory"):
            if kind not in resources["requests"] or kind not in resources["limits"]:
                yield f"{container['name']} has no request or no limit of {kind}"
        yield from (f"{container['name']} has no {probe}" for probe in PROBES if probe not in container)


if __name__ == "__main__":
    found = list(faults(sys.argv[1]))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
