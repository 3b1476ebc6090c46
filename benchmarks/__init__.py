"""Speed, quality and scale, measured against peers in the same run. Not installed with the product."""
