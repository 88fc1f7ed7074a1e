"""Adoption: look at a repository, choose what fits it, write it without overwriting anything."""
