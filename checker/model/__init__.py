"""The nouns: frozen records that travel between the rooms. Nothing here reads, prints or decides."""
