"""One sweep over the text of documents: numpy, or numba with equal bits."""
