"""The configuration: one file, its sections and values, and the environment."""
