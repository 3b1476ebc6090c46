"""From a query to an answer: parse, interpret, plan, rank, show; and the tasks beside searching.

`service.py` shows the whole path on one screen, and `routes.py` offers it as JSON with the typed answers of `schema/`. The
path goes through the rooms `query`, `retrieval` and `display`. This package writes no HTML and knows no engine.
"""
