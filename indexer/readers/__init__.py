"""Readers of file formats: one module for each format; the reader whose bid is highest reads the file."""
