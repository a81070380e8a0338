"""The pages: one module a subject, each with its `router`."""
