"""What the product says about itself to its operators: log lines and metrics. Knows nothing of the domain."""
