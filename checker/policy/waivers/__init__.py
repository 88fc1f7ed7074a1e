"""Waivers as files: read, approved, signed, standing on a day; what relaxing a rule makes of it."""
