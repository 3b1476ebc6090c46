"""Where items are kept and published: the store, the generations of the indexes, and the mirror on a search server."""
