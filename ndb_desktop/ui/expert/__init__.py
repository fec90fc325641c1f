"""Expert desk (专家评审): open, declare, score, check, sign."""
