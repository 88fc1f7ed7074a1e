"""Near-duplicates with a known truth: what is found, what is found wrongly, and how fast."""
