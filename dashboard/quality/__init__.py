"""Call reviews: marks by a checklist, one's own results, averages."""
