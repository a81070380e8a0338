"""Work on a case: evidence, visits, statements, tasks; tickets that belong together."""
