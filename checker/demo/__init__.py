"""The story that `headwater demo` tells, on real input."""
