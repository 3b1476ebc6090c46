"""What an item is, where it is kept, and the engines that index it.

This package owns the middle of the path: the item model (`model`), the field's words (`vocabulary`), document numbers
(`numbers`), settings and errors, the SQLite store, the engine ports (`ports`) with one adapter a file (`engines/`), and
the generation that publishes store and indexes together (`generation`). It knows no HTTP, no file formats, no HTML.
"""
