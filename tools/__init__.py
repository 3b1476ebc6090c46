"""Programs for those who work on the project: setting up, pictures of the pages, trying the image without Docker.

Nothing else imports them but their tests.
"""
