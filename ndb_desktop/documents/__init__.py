"""PDF, image and text documents: sniffed, rendered and read in a child process with limits."""
