"""Makes every documented call with the generated Python client: calls.py URL CALLS ANSWERS"""

import json
import re
import sys

import openapi_client
from openapi_client.exceptions import ApiException

url, calls, answers = sys.argv[1:]
client = openapi_client.ApiClient(openapi_client.Configuration(host=url))


def send(call):
    api = getattr(openapi_client, call["tag"] + "Api")(client)
    method = getattr(api, re.sub(r"(?<!^)([A-Z])", lambda m: "_" + m.group(1).lower(), call["operation"]))
    arguments = list(call["parameters"])
    if call["body"] is not None:
        arguments.append(getattr(openapi_client, call["request"])(**call["body"]))
    try:
        answer = method(*arguments)
    except ApiException as error:
        return {"status": error.status, "body": None}
    except Exception as error:
        return {"status": 0, "error": f"{type(error).__name__}: {str(error)[:300]}"}
    return {"status": 200, "body": None if answer is None else json.loads(answer.to_json())}


with open(calls) as file:
    made = [send(call) for call in json.load(file)]
with open(answers, "w") as file:
    json.dump(made, file)
