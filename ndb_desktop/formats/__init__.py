"""The files that travel between the desks: bundle, score file, card, receipt; hand-over files in and out."""
