"""From a query to an answer: parse, retrieve candidates, rank in tiers, snippets, facets, similar items.

This package owns the search stretch of the path. `service.py` shows one search on one screen; `routes.py` offers it as
JSON with the typed answers of `schema.py`. It writes no HTML and knows no engine.
"""
