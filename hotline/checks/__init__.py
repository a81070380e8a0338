"""What is looked at before and while the program runs: `hotline check`, `hotline doctor`."""
