"""What language models there are, which is in use, and what this machine can carry."""
