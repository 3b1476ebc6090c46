"""Recognise the spans of a query: what is one thing, not words, however it is typed."""
