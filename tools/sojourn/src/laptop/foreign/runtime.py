"""Runs a handler as Lambda does: asks the Runtime API for one event after another."""

import importlib
import json
import os
import sys
import traceback
import urllib.request

BASE = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"


class Context:
    def __init__(self, request_id: str) -> None:
        self.aws_request_id = request_id
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")


def tell(path: str, body: object) -> None:
    request = urllib.request.Request(f"{BASE}/{path}", json.dumps(body).encode())
    urllib.request.urlopen(request).close()


def described(error: BaseException) -> dict[str, str]:
    traceback.print_exc()
    return {"errorType": type(error).__name__, "errorMessage": str(error)}


sys.path.insert(0, os.getcwd())
module, _, name = os.environ["_HANDLER"].rpartition(".")
try:
    handler = getattr(importlib.import_module(module.replace("/", ".")), name)
except BaseException as error:
    tell("init/error", described(error))
    raise
while True:
    with urllib.request.urlopen(f"{BASE}/invocation/next") as response:
        request_id = response.headers["lambda-runtime-aws-request-id"]
        event = json.load(response)
    try:
        answer = handler(event, Context(request_id))
    except Exception as error:
        tell(f"invocation/{request_id}/error", described(error))
    else:
        tell(f"invocation/{request_id}/response", answer)
