"""How well recursive collapse is seen: `python -m benchmarks.collapse`."""
