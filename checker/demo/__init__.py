"""The story that `headwater demo` tells: a real repository, real hooks, one clean commit and four refusals."""

from checker.demo.story import run_demo

__all__ = ["run_demo"]
