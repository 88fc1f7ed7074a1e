"""What sizes cost that one machine can only simulate: `python -m benchmarks.scale`, told in docs/scale.md."""
