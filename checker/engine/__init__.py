"""Runs the same work over many shards, on this machine or on Spark."""
