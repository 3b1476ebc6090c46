"""The contexts of the templates: each template gets one frozen dataclass and nothing else. A module for each part of the
site."""
