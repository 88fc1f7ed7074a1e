"""Mix machine-made records into human shards. The demo copies this file into its data repository as a DVC stage."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def machine_records(human: int, share: float) -> int:
    """How many machine records make `share` of the whole when every human record stays."""
    return round(human * share / (1 - share))


def main() -> None:
    """`FOLDER GENERATED TARGET --share S --shard N`: S of GENERATED in every shard, and N more in one of their own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("human", type=Path)
    parser.add_argument("generated", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--share", type=float, required=True)
    parser.add_argument("--shard", type=int, required=True)
    given = parser.parse_args()
    given.target.mkdir(parents=True, exist_ok=True)
    generated = iter(given.generated.read_text(encoding="utf-8").splitlines())
    for shard in sorted(given.human.glob("*.jsonl")):
        rows = shard.read_text(encoding="utf-8").splitlines()
        for _ in range(machine_records(len(rows), given.share)):
            # The topic is the shard's, as a contributor who fills up a thin topic would have it.
            rows.append(json.dumps({**json.loads(next(generated)), "topic": shard.stem}))
        (given.target / shard.name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    if given.shard:
        rows = [next(generated) for _ in range(given.shard)]
        (given.target / "generated.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
