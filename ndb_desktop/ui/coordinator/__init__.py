"""The coordinator desk (评审组织): one registry, from the hand-over to the results."""
