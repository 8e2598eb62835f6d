"""How many people raised a theme: counts in, estimates with intervals and words out."""
