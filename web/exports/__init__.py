"""Exports. (Provisional: its owner replaces this file; EXPORTS is used by web/contexts/find.py.)"""

#: Forms of an export: ending of the address and shown name.
EXPORTS = (("xlsx", "Excel"), ("csv", "CSV"), ("docx", "Word"), ("json", "JSON"))
