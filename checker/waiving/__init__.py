"""Waivers for people: writing one, and seeing how they stand."""
