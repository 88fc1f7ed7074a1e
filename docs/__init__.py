"""The pages, and the program that writes those which are generated."""
