"""Scripts that run in `.venv-peers`, never in Setright's own environment."""
