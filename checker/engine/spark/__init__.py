"""Runs the work on Apache Spark, by what Spark Connect offers alone, so that any server of that protocol will do."""
