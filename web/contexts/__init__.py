"""What each template is given: one frozen dataclass a template, and nothing else; a module for each part of the site."""
