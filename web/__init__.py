"""The pages that a visitor sees: Jinja2 templates over `search_api`'s typed answers, static files, security headers.

`pages` holds the routes, a few lines each. Each template renders one typed context of `contexts`. `exports` writes files,
and `formats` writes dates for people. This package holds no search logic, and every page works without JavaScript.
"""
