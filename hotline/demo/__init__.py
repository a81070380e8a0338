"""Real calls on this machine, shown as they go."""
