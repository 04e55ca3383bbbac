"""What Footfall costs, measured beside something else in the same run."""
