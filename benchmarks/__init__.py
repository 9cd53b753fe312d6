"""What claims of speed rest on. Each prints ratios against a limit measured in the same run."""
