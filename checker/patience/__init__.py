"""How a place over a network is asked again: what passes by itself, how long to wait, how many questions at once."""
