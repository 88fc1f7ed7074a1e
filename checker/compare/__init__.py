"""Holds documents and samples of shards and datasets against each other."""
