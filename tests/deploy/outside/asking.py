"""How the checks ask: a client for each service, and errors expected by AWS's own code."""

import time
from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

#: Seconds to wait for what happens by itself: a busy machine, ten processes starting.
PATIENCE_S = 120


@dataclass
class Cloud:
    """Where the cloud is, and what its stack calls things."""

    endpoint: str
    stack: str
    session: boto3.Session
    #: Physical ids by logical id.
    resources: dict[str, str]

    def client(self, service: str, **config):
        """As a user would make it: nothing differs from AWS but the endpoint's URL."""
        return self.session.client(service, endpoint_url=self.endpoint, config=Config(**config) if config else None)


def refused(code: str, call, *args, status: int = 400, says: str = "", **parameters) -> ClientError:
    """The error that `call` ends with: AWS's code, its HTTP status, and words that help."""
    try:
        answer = call(*args, **parameters)
    except ClientError as error:
        told = error.response["Error"]
        assert told["Code"] == code, f"expected {code}: {error}"
        found = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert found == status, f"expected HTTP {status} with {code}, not {found}"
        assert says in told.get("Message", ""), f"expected {says!r}: {error}"
        assert error.response["ResponseMetadata"].get("RequestId"), f"no request id: {error}"
        return error
    raise AssertionError(f"expected {code}, and was answered {answer}")


def until(what: str, look):
    """The first answer of `look` that is not empty."""
    ends = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < ends, f"{what} did not come to be within {PATIENCE_S} s"
        time.sleep(0.05)
    return found
