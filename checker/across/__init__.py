"""What a dataset is held against: its own copies, its versions before, gold, and other datasets."""
