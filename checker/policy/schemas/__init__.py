"""Each kind of document as JSON Schema, and a quick look whether a document fits."""
