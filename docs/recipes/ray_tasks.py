"""Slices as Ray tasks: python docs/recipes/ray_tasks.py STORE SLICES, in a clone that every node has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import ray


def measure(share: str, store: str, clone: str) -> tuple[int, str]:
    """One slice: the exit code, and what was said."""
    command = ["headwater", "measure", "--download", "--jobs", "1", "--slice", share, "--store", store]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main(store: str, slices: int) -> int:
    """Measure all slices, then judge by the evidence alone: 0 passes, 1 refused, 3 not whole."""
    ray.init()
    shares = [f"{number}/{slices}" for number in range(1, slices + 1)]
    # A task whose node is lost is run again.
    task = ray.remote(num_cpus=1, max_retries=3)(measure)
    ended = ray.get([task.remote(share, store, str(Path.cwd())) for share in shares])
    for share, (code, said) in zip(shares, ended, strict=True):
        sys.stdout.write(f"slice {share} ended with {code}: {said}")
    check = ["headwater", "check", "--rev", "HEAD", "--all", "--require-evidence", "--slices", str(slices)]
    return subprocess.run([*check, "--store", store], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
