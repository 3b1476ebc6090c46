"""Cách Hay: the command line, where settings, store, engines, search and pages are put together."""
