"""What the company knows: articles, written and looked for, and shown beside tickets."""
