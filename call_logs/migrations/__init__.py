"""Alembic migrations, packaged with the program and run when the store is opened."""
