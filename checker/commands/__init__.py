"""The sub-commands, one file each: `declare` adds the arguments, `run` does the work."""
