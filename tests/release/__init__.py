"""What is released and how: dependencies, archives, the version, and what other machines are told to run."""
