"""Slices as Dask tasks: python docs/recipes/dask_tasks.py SCHEDULER STORE SLICES, in a clone that every node has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from distributed import Client


def measure(share: str, store: str, clone: str) -> tuple[int, str]:
    """One slice: the exit code, and what was said."""
    command = ["headwater", "measure", "--download", "--jobs", "1", "--slice", share, "--store", store]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main(scheduler: str, store: str, slices: int) -> int:
    """Measure all slices, then judge by the evidence alone: 0 passes, 1 refused, 3 not whole."""
    shares = [f"{number}/{slices}" for number in range(1, slices + 1)]
    with Client(scheduler) as client:
        # Not pure: a slice that is asked for again is to run again.
        futures = client.map(measure, shares, store=store, clone=str(Path.cwd()), retries=3, pure=False)
        for share, (code, said) in zip(shares, client.gather(futures), strict=True):
            sys.stdout.write(f"slice {share} ended with {code}: {said}")
    check = ["headwater", "check", "--rev", "HEAD", "--all", "--require-evidence", "--slices", str(slices)]
    return subprocess.run([*check, "--store", store], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
