"""From what a visitor typed to what it means: parse and interpret. Nothing here opens an index."""
