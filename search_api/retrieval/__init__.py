"""From an interpretation to one ranked set of items: plan what may match, count, rank, cut into pages."""
