"""Tests of policies: cases with given or measured evidence, what they cover, and which changes they would miss."""
