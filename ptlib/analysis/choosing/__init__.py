"""Which source to pick for a target, and how good such suggestions are."""
