"""From an interpretation to one ordered set of items: plan what may match, count, rank, cut into pages."""
