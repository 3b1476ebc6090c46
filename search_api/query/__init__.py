"""From what a visitor typed to what is meant: parse, interpret. Nothing here opens an index."""
