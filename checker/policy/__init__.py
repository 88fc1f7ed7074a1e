"""Policies and settings: read, validated, resolved against the shipped packs."""
