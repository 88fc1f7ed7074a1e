"""headwater keeps machine-learning training data anchored in the real world."""

__version__ = "0.1.0"
