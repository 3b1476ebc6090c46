"""Speed, quality and scale, measured beside peers in the same run. This package is not installed with the product."""
