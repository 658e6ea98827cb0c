"""What this consumer keeps, over the examples and the conformance kit. Run: python -m unittest"""

import json
import pathlib
import unittest

from facts import Fact, NotUnderstood, fact_of
from handler import keep

HERE = pathlib.Path(__file__).parent
EVENTS = sorted((HERE / "events").glob("*.json"))


class Memory:
    """The table's promise without the table: a fact is written once."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], Fact] = {}

    def keep(self, fact: Fact) -> bool:
        key = (fact["aggregateId"], fact["sequence"])
        new = key not in self.rows
        self.rows.setdefault(key, fact)
        return new


def read(path: pathlib.Path):
    return json.loads(path.read_text())


class EveryEvent(unittest.TestCase):
    def test_is_kept_once(self) -> None:
        self.assertTrue(EVENTS)
        for path in EVENTS:
            memory = Memory()
            self.assertEqual([keep(read(path), memory), keep(read(path), memory)], [True, False], path.name)

    def test_of_another_version_or_kind_is_refused(self) -> None:
        for path in EVENTS:
            event = read(path)
            event["detail"]["meta"]["schemaVersion"] += 1
            with self.assertRaises(NotUnderstood):
                fact_of(event)
            event["detail-type"] = "SomethingElse"
            with self.assertRaises(NotUnderstood):
                fact_of(event)

    def test_leaves_the_same_however_it_is_delivered(self) -> None:
        for path in sorted((HERE / "conformance").glob("*.json")):
            cases = read(path)
            plain = self.left_by(cases[0])
            for case in cases[1:]:
                if case["expect"].startswith("as_plain"):
                    self.assertEqual(self.left_by(case), plain, f"{path.name}: {case['name']}")
                if case["expect"] == "besides_unknown":
                    # What is kept whole is kept with what is not known of it.
                    self.assertEqual(len(self.left_by(case)), len(plain), f"{path.name}: {case['name']}")

    def left_by(self, case):
        memory = Memory()
        for event in case["deliveries"]:
            keep(event, memory)
        return sorted((key[1], row["event"], row["says"]) for key, row in memory.rows.items())


if __name__ == "__main__":
    unittest.main()
