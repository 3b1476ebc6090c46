"""The words and numbers of official papers: fields, document types, document numbers, places; every one from a table."""
