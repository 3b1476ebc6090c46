"""The words and numbers of official papers: fields, document types, document numbers, places. All words are in tables."""
