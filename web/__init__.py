"""The pages a reader sees: Jinja2 templates over `search_api`'s typed answers, static files, security headers.

This package owns the last stretch of the path. `pages.py` has the routes, a few lines each; each template renders one
typed context of `contexts.py`. It holds no search logic, and every page works without JavaScript.
"""
