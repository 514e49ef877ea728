"""Every call that the API document shows, and the service's own answers to them, for the generated clients to repeat.

  documented.py collect URL FOLDER    writes calls.json, calls.tsv and typescript files, and the service's answers
  documented.py compare FOLDER NAME   compares the answers of a client (NAME.json) with those of the service
"""

import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

ANY_TYPE = ("input", "clean", "corrupted", "source", "reference", "answer", "foil", "targets")


def request(url, method="GET", body=None):
    """Status and JSON of an answer; None for an empty one."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, None


def calls(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method not in ("get", "post", "put", "delete"):
                continue
            call = {"operation": operation["operationId"], "tag": operation["tags"][0], "method": method.upper()}
            names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "path"]
            call["parameters"] = ["micro" for _ in names]
            call["path"] = re.sub(r"{\w+}", "micro", path)
            if any(p.get("required") and p["in"] != "path" for p in operation.get("parameters", [])):
                continue  # a picture, which has no JSON
            success = next(answer for status, answer in operation["responses"].items() if status < "300")
            if success.get("content") and "application/json" not in success["content"]:
                continue
            schema = success.get("content", {}).get("application/json", {}).get("schema", {})
            call["answer"] = schema.get("$ref", "").rpartition("/")[2]
            if "requestBody" not in operation:
                yield {**call, "example": "", "body": None, "request": ""}
                continue
            content = operation["requestBody"]["content"]["application/json"]
            for name, example in content["examples"].items():
                reference = content["schema"]["$ref"].rpartition("/")[2]
                yield {**call, "example": name, "body": example["value"], "request": reference}


def collect(url, folder):
    status, document = request(url + "/v3/api-docs")
    listed = sorted(calls(document), key=lambda call: call["method"] == "DELETE")
    for call in listed:
        answers = [request(url + call["path"], call["method"], call["body"]) for _ in range(2)]
        call["status"] = answers[0][0]
        call["expected"] = [answer for _, answer in answers]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calls.json").write_text(json.dumps(listed))
    rows = ["\t".join([c["tag"], c["operation"], c["request"], ",".join(c["parameters"]), json.dumps(c["body"])]) for c in listed]
    (folder / "calls.tsv").write_text("\n".join(rows) + "\n")
    (folder / "calls-fetch.ts").write_text(typescript(listed, "fetch"))
    (folder / "calls-axios.ts").write_text(typescript(listed, "axios"))
    print(f"{len(listed)} documented calls")


def camel(name):
    return re.sub(r"_(\w)", lambda m: m.group(1).upper(), name)


def camelled(value, any_type=False):
    """Fields as typescript-fetch names them; a value of any type is sent as it is."""
    if any_type or not isinstance(value, (dict, list)):
        return value
    if isinstance(value, list):
        return [camelled(v) for v in value]
    return {camel(k): camelled(v, k in ANY_TYPE) for k, v in value.items()}


def lower(name):
    return name[:1].lower() + name[1:]


def typescript(listed, library):
    """A program that makes every call with a literal, so that the compiler checks its types."""
    lines = ["import * as client from './client';", "import { writeFileSync } from 'fs';"]
    lines += ["const configuration = new client.Configuration({ basePath: process.argv[2] });"]
    lines += ["const answers: { status: number; body: any }[] = [];"]
    lines += ["async function call(send: () => Promise<any>, json: (answer: any) => any) {"]
    lines += ["  try { answers.push({ status: 200, body: json(await send()) }); }"]
    lines += ["  catch (e: any) { if (!e.response) throw e; answers.push({ status: e.response.status, body: null }); }", "}"]
    lines += ["async function main() {"]
    for call in listed:
        api = f"new client.{call['tag']}Api(configuration)"
        if library == "fetch":
            fields = [f"{lower(call['request'])}: {json.dumps(camelled(call['body']))}"] if call["body"] else []
            fields += [f"id: {json.dumps(p)}" for p in call["parameters"]]
            argument = "{ " + ", ".join(fields) + " }" if fields else ""
            json_of = f"client.{call['answer']}ToJSON(answer)" if call["answer"] else "null"
        else:
            argument = ", ".join(json.dumps(v) for v in call["parameters"] + ([call["body"]] if call["body"] else []))
            json_of = "answer.data"
        lines.append(f"  await call(() => {api}.{call['operation']}({argument}), (answer) => {json_of});")
    lines += ["}", "main().then(() => writeFileSync(process.argv[3], JSON.stringify(answers)));"]
    return "\n".join(lines) + "\n"


def differences(expected, other, actual, at=""):
    """Paths of the values that a client has and the service did not send. Two answers of the service show what is random."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in expected.keys() | actual.keys():
            if key.endswith("sha256"):
                continue  # null until it has been computed
            if key not in expected and actual[key] == []:
                continue  # Java's classes have an empty list for one that is not there
            yield from differences(expected.get(key), (other or {}).get(key), actual.get(key), f"{at}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for i, value in enumerate(expected):
            yield from differences(value, other[i] if isinstance(other, list) and len(other) == len(expected) else None, actual[i], f"{at}[{i}]")
    elif isinstance(expected, (int, float)) and isinstance(actual, (int, float)) and not isinstance(expected, bool):
        near = abs(expected - actual) <= 1e-6 * max(1, abs(expected))
        if not near and expected == other:
            yield f"{at}: {expected!r} became {actual!r}"
    elif expected != actual and expected == other and (expected is not None or actual != ""):
        yield f"{at}: {str(expected)[:80]} became {str(actual)[:80]}"


def compare(folder, name):
    listed = json.loads((folder / "calls.json").read_text())
    answers = json.loads((folder / f"{name}.json").read_text())
    assert len(answers) == len(listed), f"{name} made {len(answers)} of {len(listed)} calls"
    wrong = 0
    for call, answer in zip(listed, answers):
        found = []
        status = call["status"] if call["status"] >= 300 else 200
        if answer["status"] != status:
            found = [f"status {status} became {answer['status']} {answer.get('error', '')}"]
        elif status == 200:
            found = list(differences(*call["expected"], answer["body"]))
        for line in found[:3]:
            print(f"{name}: {call['operation']} ({call['example']}): {line}")
        wrong += bool(found)
    print(f"{name}: {len(listed) - wrong} of {len(listed)} documented calls have the service's own answer")
    return wrong


if __name__ == "__main__":
    if sys.argv[1] == "collect":
        collect(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(min(1, compare(Path(sys.argv[2]), sys.argv[3])))
