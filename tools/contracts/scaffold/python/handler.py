"""What Lambda calls: one event, kept once."""

import os
from typing import Any

from facts import fact_of
from store import Facts

_facts: list[Facts] = []


def handle(event: Any, context: object) -> None:
    """An exception is a failed delivery: it is retried, then dead-lettered."""
    if not _facts:
        _facts.append(Facts(os.environ["FACTS_TABLE"]))
    keep(event, _facts[0])


def keep(event: Any, facts: Any) -> bool:
    """Whether the event was new."""
    return bool(facts.keep(fact_of(event)))
