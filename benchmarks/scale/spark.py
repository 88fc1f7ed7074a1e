"""What the engines' own benchmarks measure on Spark, where it is installed."""

from __future__ import annotations

from importlib import import_module

from benchmarks.scale.figures import Figures


def figures(part: str, *, small: bool) -> Figures:
    """The rows of `benchmarks/spark_map.py` or `benchmarks/spark_group.py`."""
    module = import_module(f"benchmarks.{part}")
    absent: str = module.absent()
    if absent or small:
        return Figures(skipped=absent or "small sizes would measure the start of Spark alone", small=small)
    return Figures(rows=tuple(module.rows()))
